"""Every kind of event is in the recording, as it happened and with what it is to tell."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from gearfast.recording import Ending, Event, Kind, Recording, Submit, Update
from tests.protocol.peer import Peer
from tests.protocol.wire import (
    CAN_DO,
    CANT_DO,
    ERROR,
    GRAB_JOB,
    JOB_ASSIGN,
    JOB_CREATED,
    RESET_ABILITIES,
    SUBMIT_JOB,
    SUBMIT_JOB_BG,
    SUBMIT_JOB_EPOCH,
    SUBMIT_JOB_HIGH,
    SUBMIT_JOB_LOW_BG,
    WORK_COMPLETE,
    WORK_DATA,
    WORK_EXCEPTION,
    WORK_FAIL,
    WORK_STATUS,
    WORK_WARNING,
    req,
)
from tests.recording.recorded import CHURN, events, peer, recording_server, submits, told

HIGH, NORMAL, LOW = range(3)


def grab(worker: Peer) -> bytes:
    """The handle of the next job."""
    worker.send(req(GRAB_JOB))
    return worker.receive_kind(JOB_ASSIGN).args[0]


def recorded(folder: Path, play: Callable[[Peer, Peer], None], *options: str) -> list[Event]:
    """What a client and a worker did."""
    with recording_server(folder, *options) as server, peer(server) as client, peer(server) as worker:
        client.settle()
        worker.settle()
        play(client, worker)
        worker.heard()
        client.heard()
    return events(folder / "jobs")


def test_foreground_job(tmp_path: Path) -> None:
    def play(client: Peer, worker: Peer) -> None:
        worker.can_do(b"resize")
        client.submit(SUBMIT_JOB_HIGH, b"resize", b"", b"x" * 100)
        handle = grab(worker)
        worker.send(req(WORK_STATUS, handle, b"1", b"2"), req(WORK_DATA, handle, b"part"))
        worker.send(req(WORK_WARNING, handle, b"hm"), req(WORK_COMPLETE, handle, b"y" * 300))

    found = recorded(tmp_path, play)
    assert told(found, *CHURN) == [
        ("REGISTER", 0, "resize", 0),
        ("SUBMIT", HIGH, "resize", 100),
        ("START", 0, "resize", 0),
        ("UPDATE", Update.STATUS, "resize", 1),
        ("UPDATE", Update.DATA, "resize", 4),
        ("UPDATE", Update.WARNING, "resize", 2),
        ("END", Ending.COMPLETE, "resize", 300),
    ]
    jobs = [event.number for event in found if event.kind in (Kind.SUBMIT, Kind.START, Kind.UPDATE, Kind.END)]
    assert set(jobs) == {jobs[0]}
    submitted, started, ended = (
        next(event for event in found if event.kind is kind) for kind in (Kind.SUBMIT, Kind.START, Kind.END)
    )
    assert started.peer != submitted.peer
    assert started.duration == round((started.at - submitted.at) * 1e6)
    assert ended.duration == round((ended.at - started.at) * 1e6)


def test_background_uniques_and_delay(tmp_path: Path) -> None:
    def play(client: Peer, _worker: Peer) -> None:
        client.submit(SUBMIT_JOB_LOW_BG, b"mail", b"one", b"abc")
        client.submit(SUBMIT_JOB_BG, b"mail", b"one", b"abcd")
        later = int(time.time()) + 100
        client.submit(SUBMIT_JOB_EPOCH, b"mail", b"", b"%d" % later, b"ab")

    found = recorded(tmp_path, play)
    first = LOW | Submit.BACKGROUND | Submit.UNIQUE
    second = NORMAL | Submit.BACKGROUND | Submit.UNIQUE | Submit.JOINED
    third = NORMAL | Submit.BACKGROUND | Submit.DELAYED
    assert told(found, *CHURN) == [
        ("SUBMIT", first, "mail", 3),
        ("SUBMIT", second, "mail", 4),
        ("SUBMIT", third, "mail", 2),
    ]
    added, joined, delayed = submits(found)
    assert added.number == joined.number
    assert [added.duration, joined.duration] == [None, None]
    assert delayed.duration in range(90, 101)


def test_submits_of_all_kinds_one_after_another(tmp_path: Path) -> None:
    """However few of their fields are written, each is read as it came."""
    details = {SUBMIT_JOB_BG: NORMAL | Submit.BACKGROUND, SUBMIT_JOB_LOW_BG: LOW | Submit.BACKGROUND}
    chance = random.Random(7)
    wanted = []
    with (
        recording_server(tmp_path) as server,
        peer(server) as one,
        peer(server) as other,
        peer(server) as worker,
    ):
        worker.can_do(b"f")
        for number in range(300):
            client = chance.choices((one, other), (5, 1))[0]
            kind = chance.choices((SUBMIT_JOB_BG, SUBMIT_JOB_LOW_BG), (5, 1))[0]
            function = chance.choices(("f", "g"), (5, 1))[0]
            unique = chance.choices(("", f"key-{number}"), (5, 1))[0]
            size = chance.choice((0, 5, 300, 70_000))
            client.submit(kind, function.encode(), unique.encode(), bytes(size))
            wanted.append((client is one, details[kind] | (Submit.UNIQUE if unique else 0), function, size))
            if number % 20 == 19:
                grab(worker)
    found = submits(events(tmp_path / "jobs"))
    first = found[0].peer
    assert [(event.peer == first, event.detail, event.function, event.size) for event in found] == wanted
    assert [event.number for event in found] == list(range(found[0].number, found[0].number + 300))


def test_pipelined_submits_take_little_of_the_file(tmp_path: Path) -> None:
    with recording_server(tmp_path) as server, peer(server) as client:
        client.send(*10_000 * [req(SUBMIT_JOB_BG, b"f", b"", b"12345")])
        for _ in range(10_000):
            client.receive_kind(JOB_CREATED)
    assert len(submits(events(tmp_path / "jobs"))) == 10_000
    assert (tmp_path / "jobs").stat().st_size < 4 * 10_000


def test_failures_and_losses(tmp_path: Path) -> None:
    def play(client: Peer, worker: Peer) -> None:
        worker.can_do(b"f")
        client.submit(SUBMIT_JOB, b"f", b"", b"")
        worker.send(req(WORK_FAIL, grab(worker)))
        client.receive_kind(WORK_FAIL)
        client.submit(SUBMIT_JOB, b"f", b"", b"")
        worker.send(req(WORK_EXCEPTION, grab(worker), b"why"))
        client.receive_kind(WORK_FAIL)
        client.submit(SUBMIT_JOB, b"f", b"", b"")
        grab(worker)
        worker.send(req(CANT_DO, b"f"), req(CAN_DO, b"f"))
        grab(worker)
        worker.send(req(RESET_ABILITIES))
        worker.settle()
        client.receive_kind(WORK_FAIL)
        other = client.submit(SUBMIT_JOB_BG, b"g", b"", b"")
        client.ask(b"cancel job " + other)

    found = recorded(tmp_path, play, "--job-retries", "2")
    assert [Ending(event.detail) for event in found if event.kind is Kind.END] == [
        Ending.FAIL,
        Ending.EXCEPTION,
        Ending.LOST,
        Ending.GIVEN_UP,
        Ending.CANCELLED,
    ]
    changes = [event.kind for event in found if event.kind in (Kind.REGISTER, Kind.UNREGISTER, Kind.RESET)]
    assert changes == [Kind.REGISTER, Kind.UNREGISTER, Kind.REGISTER, Kind.RESET]


def test_job_that_nobody_waits_for(tmp_path: Path) -> None:
    with recording_server(tmp_path) as server, peer(server) as watcher:
        with peer(server) as client:
            client.submit(SUBMIT_JOB, b"f", b"", b"")
        while b"f\t0" not in watcher.ask_table(b"status"):
            pass
    found = events(tmp_path / "jobs")
    assert ("END", Ending.UNWANTED, "f", 0) in told(found)
    assert [event.duration for event in found if event.kind is Kind.END] == [None]


def test_refused_submit(tmp_path: Path) -> None:
    def play(client: Peer, _worker: Peer) -> None:
        client.submit(SUBMIT_JOB_BG, b"f", b"", b"")
        assert client.ask(b"maxqueue f 1") == b"OK\r\n"
        client.send(req(SUBMIT_JOB_BG, b"f", b"", b"12345"))
        client.receive_kind(ERROR)

    found = recorded(tmp_path, play)
    assert told(found, *CHURN)[-1] == ("SUBMIT", NORMAL | Submit.BACKGROUND | Submit.REFUSED, "f", 5)


def test_no_payload_unique_or_address_unless_asked(tmp_path: Path) -> None:
    def play(client: Peer, worker: Peer) -> None:
        worker.can_do(b"f")
        client.submit(SUBMIT_JOB, b"f", b"secret-unique", b"secret-workload")
        worker.send(req(WORK_COMPLETE, grab(worker), b"secret-result"))

    recorded(tmp_path, play)
    content = (tmp_path / "jobs").read_bytes()
    assert b"secret" not in content
    assert b"127.0.0.1" not in content


def test_payloads_on_demand(tmp_path: Path) -> None:
    large = bytes(range(256)) * 2000

    def play(client: Peer, worker: Peer) -> None:
        worker.can_do(b"f")
        client.submit(SUBMIT_JOB, b"f", b"key", large)
        handle = grab(worker)
        worker.send(req(WORK_DATA, handle, b"part"), req(WORK_COMPLETE, handle, b"result"))

    found = recorded(tmp_path, play, "--record-payloads")
    kinds = (Kind.SUBMIT, Kind.UPDATE, Kind.END)
    assert [(event.unique, event.data) for event in found if event.kind in kinds] == [
        (b"key", large),
        (b"", b"part"),
        (b"", b"result"),
    ]
    assert {event.data for event in found if event.kind is Kind.CONNECT} == {b"127.0.0.1"}
    assert Recording([tmp_path / "jobs"]).has_payloads


def test_who_was_there_when_it_began(tmp_path: Path) -> None:
    with recording_server(tmp_path) as server, peer(server) as admin, peer(server) as worker:
        worker.can_do(b"f", b"g")
        client = peer(server)
        client.submit(SUBMIT_JOB_BG, b"f", b"", b"")
        assert admin.ask(b"record stop") == b"OK\r\n"
        while admin.ask(b"record status") != b"OK off\n":
            pass
        assert admin.ask(b"record start later").startswith(b"OK later")
        handle = grab(worker)
        worker.send(req(WORK_COMPLETE, handle, b""))
        worker.settle()
        client.close()
    found = events(tmp_path / "later")
    assert [event.detail for event in found if event.kind is Kind.CONNECT] == [1, 1, 1]
    assert {event.function for event in found if event.kind is Kind.REGISTER} == {"f", "g"}
    started, ended = (next(e for e in found if e.kind is kind) for kind in (Kind.START, Kind.END))
    assert started.duration is None
    assert ended.duration is not None


@pytest.mark.parametrize("threads", ["0", "2"])
def test_in_every_thread_mode(tmp_path: Path, threads: str) -> None:
    with recording_server(tmp_path, threads=threads) as server, peer(server) as client:
        for _ in range(10):
            client.submit(SUBMIT_JOB_BG, b"f", b"", b"abc")
    sizes = [event.size for event in submits(events(tmp_path / "jobs"))]
    assert sizes == [3] * 10
