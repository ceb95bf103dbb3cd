"""Connections as the core knows them: slots, generations, faults, and the end of it all."""

from __future__ import annotations

import pytest

from gearfast._native._csrc import ffi, lib
from tests.core.conftest import Stages
from tests.core.cutting import FORMS, SUBMITS
from tests.core.effects import Forgotten, Peer
from tests.core.stage import Stage, handle
from tests.protocol import wire
from tests.protocol.wire import (
    CAN_DO,
    ECHO_REQ,
    ERROR,
    GRAB_JOB,
    JOB_ASSIGN,
    PRE_SLEEP,
    SUBMIT_JOB,
    SUBMIT_JOB_BG,
    WORK_DATA,
    res,
)


def test_a_slot_is_free_once_its_peer_is_forgotten(stage: Stage) -> None:
    first = stage.connect(slot=5)
    first.leave()
    assert stage.forgotten == [first.peer]
    assert stage.core.counts().peers == 0
    second = stage.connect(slot=5)
    assert second.peer != first.peer
    assert second.ask(ECHO_REQ, b"x") == [res(wire.ECHO_RES, b"x")]


def test_what_comes_from_a_peer_that_is_gone_is_ignored(stage: Stage) -> None:
    old, client = stage.connect(slot=5), stage.connect(slot=6)
    old.leave()
    client.submit(b"f")
    for now_there in (False, True):
        if now_there:
            stage.connect(slot=5)
        for kind, body in ((SUBMIT_JOB, b"f\0\0x"), (CAN_DO, b"f"), (PRE_SLEEP, b""), (GRAB_JOB, b"")):
            assert stage.core.packet(old.peer, kind, body) == []
        assert stage.core.line(old.peer, b"status") == []
        assert stage.core.fault(old.peer, lib.GF_ERROR_MAGIC) == []
        assert stage.core.gone(old.peer) == [Forgotten(old.peer)]
    assert stage.core.counts().peers == 2
    assert stage.core.counts().jobs == 1


def test_so_is_what_comes_from_a_slot_nobody_ever_had(stage: Stage) -> None:
    nobody = Peer(4_000_000, 1)
    assert stage.core.packet(nobody, ECHO_REQ, b"x") == []
    assert stage.core.gone(nobody) == [Forgotten(nobody)]


def test_what_was_for_a_peer_that_is_gone_is_not_told_to_the_next(stage: Stage) -> None:
    client, worker = stage.connect(slot=0), stage.worker(b"f")
    client.submit(b"f", b"u", kind=SUBMIT_JOB)
    worker.ask(GRAB_JOB)
    client.leave()
    next_one = stage.connect(slot=0)
    worker.say(WORK_DATA, handle(1), b"x")
    assert next_one.hear() == []


def test_slots_may_be_far_apart(stage: Stage) -> None:
    workers = [stage.connect(slot=slot) for slot in (0, 63, 64, 1000, 9999)]
    for worker in workers:
        worker.say(CAN_DO, b"f")
    for number, worker in enumerate(workers, start=1):
        worker.submit(b"f")
        assert worker.ask(GRAB_JOB) == [res(JOB_ASSIGN, handle(number), b"f", b"")]


def test_a_fault_is_answered_with_its_error(stage: Stage) -> None:
    client = stage.connect()
    for error in range(lib.GF_ERROR_MAGIC, lib.GF_ERROR_LINE_TOO_LONG):
        info = lib.gf_errors[error]
        stage.take(stage.core.fault(client.peer, error))
        assert client.hear() == [res(ERROR, bytes(ffi.buffer(info.body, info.size)))]
    stage.take(stage.core.fault(client.peer, lib.GF_ERROR_LINE_TOO_LONG))
    assert client.hear() == [b"ERR LINE_TOO_LONG The+line+is+longer+than+8192+bytes\r\n"]


def test_packets_are_cut_as_the_protocol_says() -> None:
    for kind, (arguments, has_data) in FORMS.items():
        info = lib.gf_packets[kind]
        assert ffi.string(info.name).decode() == wire.NAMES[kind]
        assert (info.arguments, info.data, info.submit) == (arguments, has_data, kind in SUBMITS)
    assert len(FORMS) == lib.GF_PACKET_TYPES - 1


@pytest.mark.parametrize("told", [False, True])
def test_a_core_may_end_in_the_middle_of_everything(stage_with: Stages, told: bool) -> None:
    """The fixture checks that every block comes back; with `told` false effects are left in the core, too."""
    stage = stage_with(compat=11)
    client, worker = stage.connect(), stage.worker(b"f", b"g", timeout=b"1500")
    stage.sleeper(b"f", b"g")
    for kind in (SUBMIT_JOB, SUBMIT_JOB_BG):
        for unique in (b"", b"u", b"-"):
            client.submit(b"f", unique, b"d" * 50_000, kind=kind)
    client.ask(wire.SUBMIT_JOB_EPOCH, b"g", b"", b"%d" % (stage.wall // 1000 + 9), b"")
    worker.ask(GRAB_JOB)
    client.say(wire.SET_CLIENT_ID, b"me")
    if not told:
        stage.core.post(client.peer, ECHO_REQ, b"x" * 100_000)
