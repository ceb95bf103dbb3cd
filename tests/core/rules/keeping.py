"""The store: what it is told, what waits for it, and what it tells."""

from __future__ import annotations

from tests.core.effects import ASYNC, NONE, SYNC, Record, Sent
from tests.core.rules import refusals
from tests.core.rules.world import Connection, Held, Job, World
from tests.protocol.wire import ERROR, JOB_CREATED, res


def key_in_store(job: Job) -> bytes:
    """Empty where one has to be made."""
    if job.key_in_store is not None:
        return job.key_in_store
    return b"" if job.unique == b"-" else job.unique


def record(world: World, record: Record) -> None:
    if world.options.durability != NONE:
        world.mark += 1
        world.records.append(record)


def keep(world: World, job: Job, when: int) -> None:
    """The job is one of the background from now on."""
    if world.options.durability == NONE:
        return
    job.stored = True
    key, function = key_in_store(job), job.function.name
    record(world, Record(True, key, function, job.number, job.priority, when, job.reducer, job.data))


def forget(world: World, job: Job) -> None:
    if job.stored:
        record(world, Record(False, key_in_store(job), job.function.name, job.number))


def refusal_by_store(world: World) -> refusals.Refusal | None:
    """Whether a background job can be taken on."""
    if world.trouble is None or world.options.durability == NONE:
        return None
    if world.options.durability == ASYNC and not world.reading:
        return None
    code, text = world.trouble.split(b"\0")
    return code, text


def accept(world: World, who: Connection, job: Job, *, is_added: bool) -> None:
    """JOB_CREATED of a background submit: once everything recorded so far is committed."""
    created = Sent(who.peer, res(JOB_CREATED, world.handle(job)))
    if world.options.durability == SYNC and world.mark > world.committed:
        world.held.append(Held(world.mark, created, job.number, is_added))
    else:
        world.tell(created)


def commit(world: World, count: int) -> None:
    world.committed += count
    while world.held and world.held[0].mark <= world.committed:
        world.effects.append(world.held.pop(0).effect)
    if world.paused and not world.reading:
        world.resume_all()


def fail_store(world: World, trouble: bytes) -> list[Job]:
    """What waits is answered now; returns the jobs that are not accepted after all, to be removed."""
    world.trouble = trouble
    held, world.held = world.held, []
    withdrawn = []
    for one in held:
        job = world.jobs.get(one.job) if one.job is not None else None
        if job is None:
            world.effects.append(one.effect)
            continue
        world.effects.append(Sent(one.effect.peer, res(ERROR, *trouble.split(b"\0"))))
        if one.is_added:
            job.background = False
            withdrawn.append(job)
    world.resume_all()
    return [job for job in withdrawn if not job.wanted and job.worker is None]
