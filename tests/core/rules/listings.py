"""The text protocol: listings, in the order of gearmand's hash tables."""

from __future__ import annotations

import functools
from collections.abc import Callable

from tests.core.rules.world import HIGH, LOW, NORMAL, Function, Job, World

FUNCTION_BUCKETS = 991


@functools.cache
def gearmand_hash(key: bytes) -> int:
    """Bob Jenkins' one-at-a-time on signed bytes, in signed 32-bit arithmetic; never 0."""
    value = 0
    for byte in key:
        value = signed(value + (byte - 256 if byte > 127 else byte))
        value = signed(value + (value << 10))
        value ^= value >> 6
    value = signed(value + (value << 3))
    value ^= value >> 11
    return (value + (value << 15)) % 2**32 or 1


def signed(value: int) -> int:
    """Cut to 32 bits with a sign."""
    return (value + 2**31) % 2**32 - 2**31


def listing(*lines: bytes) -> bytes:
    return b"".join(line + b"\n" for line in (*lines, b"."))


def in_listing_order(world: World) -> list[Function]:
    """By bucket, the newest first in each."""
    return sorted(world.functions.values(), key=lambda f: (gearmand_hash(f.name) % FUNCTION_BUCKETS, -f.made))


def shown(function: Function) -> bytes:
    return function.name.split(b"\0")[0]


def list_status(world: World) -> bytes:
    lines = []
    for function in in_listing_order(world):
        jobs = world.jobs_of(function)
        running = sum(job.worker is not None for job in jobs)
        lines.append(b"%s\t%d\t%d\t%d" % (shown(function), len(jobs), running, len(function.ring)))
    return listing(*lines)


def list_counts(world: World) -> bytes:
    lines = []
    for function in in_listing_order(world):
        ended = function.added - len(world.jobs_of(function))
        lines.append(b"%s\t%d\t%d" % (shown(function), function.added, ended))
    return listing(*lines)


def list_priorities(world: World) -> bytes:
    lines = []
    for function in in_listing_order(world):
        waiting = [job.priority for job in world.jobs_of(function) if job.worker is None]
        high, normal, low = (waiting.count(priority) for priority in (HIGH, NORMAL, LOW))
        numbers = high, normal, low, len(function.ring)
        lines.append(b"%s\t%d\t%d\t%d\t%d" % (shown(function), *numbers))
    return listing(*lines)


def list_workers(world: World) -> bytes:
    """Connections grouped by I/O thread, in the order they are dealt them; the newest first in each."""
    lines = []
    for thread in range(world.options.io_threads):
        for who in reversed(world.connections.values()):
            if who.peer.slot % world.options.io_threads == thread:
                names = b"".join(b" " + shown(registration.function) for registration in who.registrations)
                lines.append(b"%d %s %s :%s" % (who.descriptor, who.address, who.client_id, names))
    return listing(*lines)


def jobs_in_order(world: World, hash_of: Callable[[Job], int]) -> list[Job]:
    return sorted(world.jobs.values(), key=lambda job: (hash_of(job) % world.options.buckets, -job.number))


def list_jobs(world: World) -> bytes:
    """Handle, how often it went back to the queue, whether nobody wants it, whether it is kept."""
    lines = []
    for job in jobs_in_order(world, lambda job: gearmand_hash(world.handle(job))):
        numbers = job.attempts, not job.wanted, job.background
        lines.append(b"%s\t%d\t%d\t%d" % (world.handle(job), *numbers))
    return listing(*lines)


def list_uniques(world: World) -> bytes:
    return listing(*(job.unique for job in jobs_in_order(world, hash_of_unique)))


def hash_of_unique(job: Job) -> int:
    """`-` stands for the data; nothing hashes to 0."""
    key = job.data if job.unique == b"-" else job.unique
    return gearmand_hash(key) if key else 0
