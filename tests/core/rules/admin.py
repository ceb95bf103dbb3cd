"""The text protocol: commands."""

from __future__ import annotations

import os
from collections.abc import Callable

from tests.core.effects import NONE, ShutdownAsked
from tests.core.rules.life import fail
from tests.core.rules.limits import refusal_of_bytes, refusal_of_function
from tests.core.rules.listings import (
    in_listing_order,
    list_counts,
    list_jobs,
    list_priorities,
    list_status,
    list_uniques,
    list_workers,
)
from tests.core.rules.numbers import leading_number
from tests.core.rules.world import Function, World

LEVELS = (b"FATAL", b"ALERT", b"CRITICAL", b"ERROR", b"WARNING", b"NOTICE", b"INFO", b"DEBUG")
MOST_WORDS = 5
BUSY = b"ERR there are still connected workers or executing clients\r\n"

Words = list[bytes]


def answer(world: World, line: bytes) -> bytes:
    """What the line is answered."""
    words = cut_words(line)
    command = COMMANDS.get(words[0].lower())
    return command(world, words) if command else unknown(words)


def cut_words(line: bytes) -> Words:
    """Runs of blanks part words, each of which ends at a NUL. Words too many are ignored."""
    while b"  " in line:
        line = line.replace(b"  ", b" ")
    return [word.split(b"\0")[0] for word in line.split(b" ")][:MOST_WORDS]


def unknown(words: Words) -> bytes:
    return b"ERR UNKNOWN_COMMAND Unknown+server+command%s\r\n" % words[0]


def incomplete(words: Words) -> bytes:
    text = b"ERR INVALID_ARGUMENTS An+incomplete+set+of+arguments+was+sent+to+this+command+"
    return text + words[0] + b"\r\n"


def on_version(world: World, _words: Words) -> bytes:
    return b"OK %s\n" % world.options.version


def on_verbose(world: World, _words: Words) -> bytes:
    return b"OK %s\n" % LEVELS[world.options.log_level]


def on_getpid(_world: World, _words: Words) -> bytes:
    return b"OK %d\n" % os.getpid()


def on_show(world: World, words: Words) -> bytes:
    what = [word.lower() for word in words[1:]]
    if not what:
        return unknown(words)
    if what == [b"counts"]:
        return list_counts(world)
    if what == [b"jobs"]:
        return list_jobs(world)
    if what == [b"unique", b"jobs"]:
        return list_uniques(world)
    if what == [b"store"]:
        return b"OK %s %d\n" % (state_of_store(world), world.mark - world.committed)
    return b"ERR UNKNOWN_SHOW_ARGUMENTS\r\n"


def state_of_store(world: World) -> bytes:
    if world.options.durability == NONE and not world.reading:
        return b"none"
    if world.trouble is not None:
        return b"failing"
    return b"reading" if world.reading else b"keeping"


def on_cancel(world: World, words: Words) -> bytes:
    if len(words) < 3:
        return unknown(words)
    if len(words) > 3 or words[1].lower() != b"job":
        return b"ERR UNKNOWN_ERROR\r\n"
    job = world.job_of(words[2])
    if job is None:
        return b"ERR UNKNOWN_JOB\r\n"
    fail(world, job)
    return b"OK\r\n"


def on_create(world: World, words: Words) -> bytes:
    if len(words) != 3 or words[1].lower() != b"function":
        return incomplete(words)
    refusal = None
    if words[2] not in world.functions:
        refusal = refusal_of_function(world, words[2]) or refusal_of_bytes(world)
    if refusal is not None:
        return b"ERR %s\r\n" % refusal[1]
    world.function(words[2])
    return b"OK\r\n"


def on_drop(world: World, words: Words) -> bytes:
    """Names match in any case of letters; each function that matches has a line in the answer."""
    if len(words) != 3 or words[1].lower() != b"function":
        return incomplete(words)
    matching = [f for f in in_listing_order(world) if f.name.lower() == words[2].lower()]
    return b"".join(drop(world, function) for function in matching) or b"ERR function not found\r\n"


def drop(world: World, function: Function) -> bytes:
    """Waiting jobs fail: those that can be had, as they would be handed out, then the delayed ones."""
    jobs = world.jobs_of(function)
    if function.ring or any(job.worker is not None for job in jobs):
        return BUSY
    for job in sorted(jobs, key=lambda job: (job.delayed, job.priority, job.place)):
        fail(world, job)
    del world.functions[function.name]
    return b"OK\r\n"


def on_maxqueue(world: World, words: Words) -> bytes:
    """One number limits all priorities, more are for high, normal and low; what is missing is no limit."""
    if len(words) < 2:
        return incomplete(words)
    numbers = [max(leading_number(word), 0) for word in words[2:]]
    limits = numbers * 3 if len(numbers) == 1 else [*numbers, 0, 0, 0][:3]
    if words[1] in world.functions:
        world.functions[words[1]].limits = limits
    return b"OK\r\n"


def on_shutdown(world: World, words: Words) -> bytes:
    how = [word.lower() for word in words[1:]]
    if not world.options.allow_shutdown or how not in ([], [b"graceful"]):
        return unknown(words)
    world.effects.append(ShutdownAsked(graceful=bool(how)))
    return b"OK\r\n"


COMMANDS: dict[bytes, Callable[[World, Words], bytes]] = {
    b"version": on_version,
    b"verbose": on_verbose,
    b"getpid": on_getpid,
    b"status": lambda world, _words: list_status(world),
    b"prioritystatus": lambda world, _words: list_priorities(world),
    b"workers": lambda world, _words: list_workers(world),
    b"show": on_show,
    b"cancel": on_cancel,
    b"create": on_create,
    b"drop": on_drop,
    b"maxqueue": on_maxqueue,
    b"shutdown": on_shutdown,
}
