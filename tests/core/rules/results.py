"""WORK_*: what a worker says of the job it runs."""

from __future__ import annotations

from tests.core.rules import refusals
from tests.core.rules.life import fail, remove, tell_clients
from tests.core.rules.numbers import atoi_unsigned
from tests.core.rules.refusals import Refusal, refuse
from tests.core.rules.world import Connection, Job, World
from tests.protocol.wire import (
    WORK_COMPLETE,
    WORK_DATA,
    WORK_EXCEPTION,
    WORK_FAIL,
    WORK_STATUS,
    WORK_WARNING,
)

REFUSAL_OF: dict[int, Refusal] = {
    WORK_DATA: refusals.NO_JOB_FOR_DATA,
    WORK_WARNING: refusals.NO_JOB_FOR_DATA,
    WORK_STATUS: refusals.NO_JOB_FOR_RESULT,
    WORK_COMPLETE: refusals.NO_JOB_FOR_RESULT,
    WORK_FAIL: refusals.NO_JOB_FOR_RESULT,
    WORK_EXCEPTION: refusals.NO_JOB_FOR_EXCEPTION,
}
LONGEST_HANDLE = 63
DENOMINATOR_PARSED = 10


def on_result(world: World, who: Connection, kind: int, args: list[bytes]) -> None:
    handle = args[0].split(b"\0")[0]
    job = world.run_by(who, handle)
    if job is not None:
        accept(world, job, kind, args)
    elif kind == WORK_FAIL and len(handle) > LONGEST_HANDLE:
        refuse(world, who, refusals.HANDLE_TOO_LARGE)
    else:
        refuse(world, who, REFUSAL_OF[kind])


def accept(world: World, job: Job, kind: int, args: list[bytes]) -> None:
    """Clients get the packet as it came, but a failure as the bare handle."""
    if kind == WORK_FAIL:
        fail(world, job)
    elif kind == WORK_EXCEPTION:
        raise_exception(world, job, args)
    else:
        tell_clients(world, job, kind, *args)
    if kind == WORK_STATUS:
        job.numerator = atoi_unsigned(args[1])
        job.denominator = atoi_unsigned(args[2].split(b"\0")[0][:DENOMINATOR_PARSED])
    elif kind == WORK_COMPLETE:
        world.counts.completed += 1
        remove(world, job)


def raise_exception(world: World, job: Job, args: list[bytes]) -> None:
    """Final. Clients that did not ask for exceptions see a failure."""
    for client in reversed(job.clients):
        if client.exceptions:
            world.send(client, WORK_EXCEPTION, *args)
        else:
            world.send(client, WORK_FAIL, world.handle(job))
    world.counts.failed += 1
    remove(world, job)
