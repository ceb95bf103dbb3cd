"""How jobs come to be and how they end."""

from __future__ import annotations

from tests.core.effects import DROPPED, LEASE_OVER, NOTICE, TIMED_OUT, WARNING
from tests.core.rules.keeping import forget
from tests.core.rules.waking import wake_for_a_job
from tests.core.rules.world import Job, World
from tests.protocol.wire import WORK_FAIL


def remove(world: World, job: Job) -> None:
    """Out of everything, without a word but to the store."""
    forget(world, job)
    del world.jobs[job.number]
    if job.worker is not None:
        job.worker.running.remove(job)


def tell_clients(world: World, job: Job, kind: int, *args: bytes) -> None:
    """The last to attach hears first; who submitted twice hears twice."""
    for client in reversed(job.clients):
        world.send(client, kind, *args)


def fail(world: World, job: Job) -> None:
    tell_clients(world, job, WORK_FAIL, world.handle(job))
    world.counts.failed += 1
    remove(world, job)


def take_from_worker(job: Job) -> None:
    assert job.worker is not None
    job.worker.running.remove(job)
    job.worker = None
    job.deadline = None
    job.numerator = job.denominator = 0


def requeue(world: World, job: Job) -> None:
    """Its worker is lost: it waits again, last in its queue, unless its attempts are used up."""
    job.attempts += 1
    if not job.wanted:
        remove(world, job)
    elif 0 < world.options.max_attempts <= job.attempts:
        world.log(NOTICE, DROPPED + b"%s %s" % (world.handle(job), job.unique))
        world.counts.dropped += 1
        fail(world, job)
    else:
        take_from_worker(job)
        job.place = world.next("place")
        world.counts.requeued += 1
        wake_for_a_job(world, job.function)


def timeout_line(world: World, job: Job) -> bytes:
    return (LEASE_OVER if job.leased else TIMED_OUT) + b"%s %s" % (world.handle(job), job.unique)


def requeue_timed_out(world: World) -> None:
    """The earliest first; of those that time out together, any."""
    while True:
        late = [job for job in world.jobs.values() if job.deadline is not None and job.deadline <= world.now]
        if not late:
            return
        earliest = min(job.deadline for job in late if job.deadline is not None)
        together = [job for job in late if job.deadline == earliest]
        job = together[world.choose_logged([timeout_line(world, job) for job in together])]
        world.log(WARNING, timeout_line(world, job))
        requeue(world, job)


def start_due(world: World) -> None:
    """Jobs whose time has come; their place in the queue is the one they got when they were submitted."""
    due = [job for job in world.jobs.values() if job.delayed and job.due <= world.wall // 1000]
    for job in sorted(due, key=lambda job: job.due):
        job.delayed = False
        wake_for_a_job(world, job.function)
