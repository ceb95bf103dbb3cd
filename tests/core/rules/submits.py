"""SUBMIT_JOB and its kin."""

from __future__ import annotations

from dataclasses import dataclass

from tests.core.effects import ACCEPTED, NOTICE, Record
from tests.core.rules import refusals
from tests.core.rules.keeping import accept, keep, record, refusal_by_store
from tests.core.rules.limits import refusal_of_bytes, refusal_of_function, refusal_of_unique
from tests.core.rules.numbers import fits_long, leading_number
from tests.core.rules.refusals import refuse
from tests.core.rules.schedule import next_minute
from tests.core.rules.waking import wake_for_a_job
from tests.core.rules.world import HIGH, LOW, NORMAL, Connection, Function, Job, World, key_of
from tests.protocol.wire import (
    JOB_CREATED,
    SUBMIT_JOB,
    SUBMIT_JOB_BG,
    SUBMIT_JOB_EPOCH,
    SUBMIT_JOB_HIGH,
    SUBMIT_JOB_HIGH_BG,
    SUBMIT_JOB_LOW,
    SUBMIT_JOB_LOW_BG,
    SUBMIT_JOB_SCHED,
    SUBMIT_REDUCE_JOB,
    SUBMIT_REDUCE_JOB_BACKGROUND,
)

PRIORITY_OF = {
    SUBMIT_JOB: NORMAL,
    SUBMIT_JOB_BG: NORMAL,
    SUBMIT_JOB_HIGH: HIGH,
    SUBMIT_JOB_HIGH_BG: HIGH,
    SUBMIT_JOB_LOW: LOW,
    SUBMIT_JOB_LOW_BG: LOW,
    SUBMIT_JOB_SCHED: NORMAL,
    SUBMIT_JOB_EPOCH: NORMAL,
    SUBMIT_REDUCE_JOB: NORMAL,
    SUBMIT_REDUCE_JOB_BACKGROUND: NORMAL,
}
FOREGROUND = (SUBMIT_JOB, SUBMIT_JOB_HIGH, SUBMIT_JOB_LOW, SUBMIT_REDUCE_JOB)
LONGEST_UNIQUE = 64


@dataclass
class Submit:
    """A submit packet with its arguments understood; `due` in s, `size` in bytes of its block."""

    kind: int
    function: bytes
    unique: bytes
    data: bytes
    size: int
    reducer: bytes = b""
    due: int = 0

    @property
    def priority(self) -> int:
        return PRIORITY_OF[self.kind]


def on_submit(world: World, who: Connection, kind: int, args: list[bytes], size: int) -> None:
    function, unique, *middle, data = args
    wanted = Submit(kind, function, unique, data, size)
    if kind == SUBMIT_JOB_EPOCH:
        wanted.due = leading_number(middle[0])
        if not fits_long(wanted.due):
            refuse(world, who, refusals.BAD_TIME)
            return
    elif kind == SUBMIT_JOB_SCHED:
        due = next_minute(middle, world.wall // 1000)
        if due is None:
            refuse(world, who, refusals.BAD_SCHEDULE)
            return
        wanted.due = due
    elif middle:
        wanted.reducer = middle[0]
    submit(world, who, wanted)


def submit(world: World, who: Connection, wanted: Submit) -> None:
    if len(wanted.unique) > LONGEST_UNIQUE or len(wanted.reducer) > LONGEST_UNIQUE:
        refuse(world, who, refusals.UNIQUE_TOO_LARGE)
        return
    refusal = refusal_without_function(world, wanted)
    if refusal is None:
        is_new = wanted.function not in world.functions
        function = world.function(wanted.function)
        existing = find(world, function, key_of(wanted.unique, wanted.data))
        if existing is not None:
            join(world, who, wanted, existing)
            return
        refusal = refusal_of(world, function, wanted, is_new=is_new)
    if refusal is None:
        create(world, who, wanted, function)
    else:
        world.counts.refused += 1
        refuse(world, who, refusal)


def refusal_without_function(world: World, wanted: Submit) -> refusals.Refusal | None:
    if wanted.function in world.functions:
        return None
    return refusal_of_function(world, wanted.function) or refusal_of_bytes(world, wanted.size)


def find(world: World, function: Function, key: tuple[bytes, bytes] | None) -> Job | None:
    """The waiting or running job that a submit with this key is the same as."""
    if key is None:
        return None
    return next((job for job in world.jobs_of(function) if job.key() == key), None)


def join(world: World, who: Connection, wanted: Submit, job: Job) -> None:
    """Nothing of the new submit counts but who sent it and whether it was foreground."""
    world.counts.coalesced += 1
    if wanted.kind in FOREGROUND:
        join_in_foreground(world, who, job)
    else:
        join_in_background(world, who, job)


def join_in_foreground(world: World, who: Connection, job: Job) -> None:
    refusal = refusal_of_bytes(world)
    if refusal is not None:
        refuse(world, who, refusal)
        return
    job.clients.append(who)
    world.send(who, JOB_CREATED, world.handle(job))


def join_in_background(world: World, who: Connection, job: Job) -> None:
    """The job outlives its clients from now on; is that new, the store hears of it."""
    refusal = refusal_by_store(world)
    if refusal is not None:
        refuse(world, who, refusal)
        return
    is_added = not job.stored
    job.background = True
    if is_added:
        keep(world, job, 0)
    accept(world, who, job, is_added=is_added)


def refusal_of(world: World, function: Function, wanted: Submit, *, is_new: bool) -> refusals.Refusal | None:
    if world.is_full(function, PRIORITY_OF[wanted.kind]):
        return refusals.QUEUE_FULL
    refusal = refusal_of_bytes(world, wanted.size, with_function=is_new)
    if refusal is None and key_of(wanted.unique, wanted.data) is not None:
        refusal = refusal_of_unique(world)
    if refusal is not None:
        return refusal
    return None if wanted.kind in FOREGROUND else refusal_by_store(world)


def create(world: World, who: Connection, wanted: Submit, function: Function) -> None:
    """A sleeping worker that submits to itself hears NOOP before JOB_CREATED."""
    foreground = wanted.kind in FOREGROUND
    job = new_job(world, wanted, function)
    job.background = not foreground
    job.clients = [who] if foreground else []
    world.counts.submitted += 1
    world.log(NOTICE, ACCEPTED + b"%s,%s,%d" % (function.name, job.unique, job.due))
    if not job.delayed:
        wake_for_a_job(world, function)
    if foreground:
        world.send(who, JOB_CREATED, world.handle(job))
    else:
        keep(world, job, job.due)
        accept(world, who, job, is_added=True)


def new_job(world: World, wanted: Submit, function: Function) -> Job:
    """A background job, unless more is said."""
    job = Job(
        number=world.next("job"),
        function=function,
        unique=wanted.unique,
        reducer=wanted.reducer,
        data=wanted.data,
        priority=wanted.priority,
        background=True,
        size=wanted.size,
        due=wanted.due,
        delayed=wanted.due > world.wall // 1000,
        place=world.next("place"),
    )
    world.jobs[job.number] = job
    job.function.added += 1
    return job


def restore(world: World, kept: Submit, key: bytes | None) -> None:
    """A job that was in the store, there under `key` if that is not its unique."""
    function = world.function(kept.function)
    existing = find(world, function, key_of(kept.unique, kept.data))
    if existing is None:
        job = new_job(world, kept, function)
        job.stored, job.key_in_store = True, key
        if world.renamed and key is None:
            keep(world, job, kept.due)
        if not job.delayed:
            wake_for_a_job(world, function)
        return
    existing.background = True
    if not existing.stored:
        world.renamed = world.renamed or key is not None
        keep(world, existing, 0)
    if key is not None:
        record(world, Record(is_add=False, key=key, function=function.name))
