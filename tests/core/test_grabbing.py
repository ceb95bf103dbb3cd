"""Which job a worker gets."""

from __future__ import annotations

import pytest

from tests.core.conftest import Stages
from tests.core.stage import Actor, Stage, handle
from tests.protocol.wire import (
    CAN_DO,
    CANT_DO,
    GRAB_JOB,
    NO_JOB,
    RESET_ABILITIES,
    SUBMIT_JOB_BG,
    SUBMIT_JOB_HIGH_BG,
    SUBMIT_JOB_LOW_BG,
    WORK_COMPLETE,
    first_packet,
    res,
)

HIGH, NORMAL, LOW = SUBMIT_JOB_HIGH_BG, SUBMIT_JOB_BG, SUBMIT_JOB_LOW_BG


def grab(worker: Actor) -> tuple[bytes, bytes]:
    """Handle and function of the job that the worker gets, empty when it gets none."""
    [answer] = worker.ask(GRAB_JOB)
    packet = first_packet(answer)
    assert packet is not None
    return (packet.args[0], packet.args[1]) if packet.kind != NO_JOB else (b"", b"")


def grabbed_functions(worker: Actor, number: int) -> str:
    return b"".join(grab(worker)[1] for _ in range(number)).decode()


@pytest.mark.parametrize("compat", [11, 20])
def test_one_function_is_served_by_priority_then_first_come(stage_with: Stages, compat: int) -> None:
    stage = stage_with(compat=compat)
    client, worker = stage.connect(), stage.worker(b"f")
    for kind in (LOW, NORMAL, HIGH, LOW, NORMAL, HIGH):
        client.submit(b"f", kind=kind)
    assert [grab(worker)[0] for _ in range(7)] == [*map(handle, (3, 6, 2, 5, 1, 4)), b""]


@pytest.mark.parametrize(
    ("compat", "round_robin", "order"),
    [(11, False, "CCCBBBAAA"), (11, True, "CBACBACBA"), (20, False, "AAACCCBBB"), (20, True, "AAACCCBBB")],
)
def test_order_across_functions(stage_with: Stages, compat: int, round_robin: bool, order: str) -> None:
    stage = stage_with(compat=compat, round_robin=round_robin)
    client, worker = stage.connect(), stage.worker(b"A", b"B", b"C")
    for function, kind in ((b"A", HIGH), (b"C", NORMAL), (b"B", LOW)):
        for _ in range(3):
            client.submit(function, kind=kind)
    assert grabbed_functions(worker, 9) == order


@pytest.mark.parametrize(
    ("compat", "round_robin", "order"),
    [(11, False, "CCBBAA"), (11, True, "CBACBA"), (20, False, "CBACBA"), (20, True, "CBACBA")],
)
def test_turns_among_functions_of_equal_priority(
    stage_with: Stages, compat: int, round_robin: bool, order: str
) -> None:
    stage = stage_with(compat=compat, round_robin=round_robin)
    client, worker = stage.connect(), stage.worker(b"A", b"B", b"C")
    for function in (b"A", b"B", b"C", b"A", b"B", b"C"):
        client.submit(function)
    assert grabbed_functions(worker, 6) == order


def test_a_turn_at_one_priority_counts_at_the_others(stage: Stage) -> None:
    client, worker = stage.connect(), stage.worker(b"A", b"B")
    for function, kind in ((b"B", HIGH), (b"A", NORMAL), (b"B", NORMAL)):
        client.submit(function, kind=kind)
    assert grabbed_functions(worker, 3) == "BAB"


@pytest.mark.parametrize("compat", [11, 20])
@pytest.mark.parametrize("idle", [0, 1, 300])
def test_one_function_among_many_is_found(stage_with: Stages, compat: int, idle: int) -> None:
    """However many functions the worker can do, or have jobs that it can't do."""
    stage = stage_with(compat=compat)
    client = stage.connect()
    for number in range(idle):
        client.submit(b"foreign%d" % number)
    worker = stage.worker(b"f", *(b"own%d" % number for number in range(idle)))
    client.submit(b"f")
    assert grab(worker)[1] == b"f"
    assert grab(worker) == (b"", b"")


def test_who_can_do_nothing_gets_nothing(stage: Stage) -> None:
    client, worker = stage.connect(), stage.connect()
    client.submit(b"f")
    assert worker.ask(GRAB_JOB) == [res(NO_JOB)]
    worker.say(CAN_DO, b"g")
    assert worker.ask(GRAB_JOB) == [res(NO_JOB)]


def test_cant_do_takes_back_every_registration_of_the_name(stage: Stage) -> None:
    client, worker = stage.connect(), stage.worker(b"f", b"g", b"f")
    client.submit(b"f")
    assert worker.ask(CANT_DO, b"unheard of") == []
    assert worker.ask(CANT_DO, b"f") == []
    assert worker.ask(GRAB_JOB) == [res(NO_JOB)]
    client.submit(b"g")
    assert grab(worker)[1] == b"g"


@pytest.mark.parametrize("functions", [1, 8, 9, 200])
def test_a_worker_of_many_functions_gives_up_one_after_another(stage: Stage, functions: int) -> None:
    """Each is registered twice; jobs of those that are left are still found, and no others."""
    names = [b"f%d" % number for number in range(functions)]
    client, worker, other = stage.connect(), stage.worker(*names, *names), stage.worker(*names)
    for gone, name in enumerate(names):
        client.submit(name)
        client.submit(names[-1])
        assert worker.ask(CANT_DO, name) == []
        assert grab(worker)[1] == (b"" if gone == functions - 1 else names[-1])
        assert grab(other)[1] == name
    assert stage.core.counts().registrations == functions
    worker.say(CAN_DO, b"again")
    client.submit(b"again")
    assert grab(worker)[1] == b"again"


def test_reset_abilities_takes_back_everything(stage: Stage) -> None:
    client, worker = stage.connect(), stage.worker(b"f", b"g")
    client.submit(b"f")
    client.submit(b"g")
    assert worker.ask(RESET_ABILITIES) == []
    assert worker.ask(GRAB_JOB) == [res(NO_JOB)]
    assert stage.core.counts().registrations == 0


def test_one_worker_may_run_several_jobs(stage: Stage) -> None:
    client, worker = stage.connect(), stage.worker(b"f")
    for _ in range(3):
        client.submit(b"f")
    assert [grab(worker)[0] for _ in range(3)] == [handle(1), handle(2), handle(3)]
    for number in (2, 3, 1):
        assert worker.ask(WORK_COMPLETE, handle(number), b"") == []
    assert stage.core.counts().completed == 3


@pytest.mark.parametrize("way_out", ["CANT_DO", "RESET_ABILITIES", "leaving"])
def test_many_registrations_of_one_function_are_taken_back_at_once(stage: Stage, way_out: str) -> None:
    """Enough of them that looking at the others for each one would not end within the test's time."""
    count = 200_000
    worker = stage.connect()
    for _ in range(count):
        worker.say(CAN_DO, b"f")
    if way_out == "leaving":
        worker.leave()
    elif way_out == "CANT_DO":
        worker.say(CANT_DO, b"f")
    else:
        worker.say(RESET_ABILITIES)
    assert stage.connect().admin(b"status") == b"f\t0\t0\t0\n.\n"


def looked_in_vain(stage: Stage) -> Actor:
    """A worker of 20 idle functions that has asked for a job beside 30 ready functions of others."""
    client = stage.connect()
    for number in range(30):
        client.submit(b"others%d" % number)
    worker = stage.worker(*(b"own%d" % number for number in range(20)))
    for _ in range(2):
        assert grab(worker) == (b"", b"")
    return worker


def test_who_looked_in_vain_finds_what_becomes_ready(stage: Stage) -> None:
    worker = looked_in_vain(stage)
    for function in (b"own19", b"own0", b"own7"):
        stage.connect().submit(function)
        assert grab(worker)[1] == function
        assert grab(worker) == (b"", b"")


def test_who_looked_in_vain_finds_what_it_learns(stage: Stage) -> None:
    worker = looked_in_vain(stage)
    worker.say(CAN_DO, b"others3")
    assert grab(worker)[1] == b"others3"
    assert grab(worker) == (b"", b"")


def test_who_looked_in_vain_finds_what_comes_back(stage: Stage) -> None:
    worker = looked_in_vain(stage)
    other = stage.worker(b"own5")
    stage.connect().submit(b"own5")
    assert grab(other)[1] == b"own5"
    assert grab(worker) == (b"", b"")
    other.leave()
    assert grab(worker)[1] == b"own5"
