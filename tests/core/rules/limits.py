"""What is refused because there is too much already."""

from __future__ import annotations

from tests.core.effects import Sent
from tests.core.rules.refusals import Refusal, functions_full, memory_full, uniques_full
from tests.core.rules.world import World
from tests.protocol.wire import ERROR, res

FUNCTION_MOST = 4096  # bytes of a function and its name
WORKERS_SHARE = 8
REGISTRATION = 128  # bytes


def refusal_of_function(world: World, name: bytes) -> Refusal | None:
    """Whether a function of this name may be there."""
    limit = world.options.max_functions
    is_full = limit and name not in world.functions and len(world.functions) >= limit
    return functions_full(limit) if is_full else None


def refusal_of_unique(world: World) -> Refusal | None:
    """Whether one more job may have a key."""
    limit = world.options.max_uniques
    is_full = limit and sum(job.key() is not None for job in world.jobs.values()) >= limit
    return uniques_full(limit) if is_full else None


def refusal_of_bytes(world: World, more: int = 0, *, with_function: bool = False) -> Refusal | None:
    """Whether so many bytes may be taken. With a new function, whose size is not known here, where that
    decides it the core is asked."""
    limit = world.options.memory_limit
    if not limit:
        return None
    refusal = memory_full(limit)
    wanted = world.memory + more
    if wanted > limit:
        return refusal
    if not with_function or wanted + FUNCTION_MOST <= limit:
        return None
    refused = res(ERROR, *refusal)
    is_refused = any(isinstance(effect, Sent) and effect.data == refused for effect in world.observed)
    return refusal if is_refused else None


def refusal_of_worker(world: World, name: bytes) -> Refusal | None:
    """Workers of what is there may come when jobs may not: they make room."""
    limit = world.options.memory_limit
    if not limit or world.memory <= limit:
        return None
    count = sum(len(function.ring) for function in world.functions.values())
    is_refused = name not in world.functions or count * REGISTRATION > limit // WORKERS_SHARE
    return memory_full(limit) if is_refused else None
