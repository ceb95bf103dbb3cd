"""Registering, grabbing, going to sleep."""

from __future__ import annotations

from tests.core.effects import AUTO
from tests.core.rules import refusals
from tests.core.rules.life import requeue
from tests.core.rules.limits import refusal_of_function, refusal_of_worker
from tests.core.rules.numbers import fits_long, leading_number
from tests.core.rules.refusals import refuse
from tests.core.rules.waking import no_longer_counted_on, wake, wake_enough
from tests.core.rules.world import PRIORITIES, Connection, Function, Job, Registration, Rest, World
from tests.protocol.wire import (
    GRAB_JOB,
    GRAB_JOB_ALL,
    JOB_ASSIGN,
    JOB_ASSIGN_ALL,
    JOB_ASSIGN_UNIQ,
    NO_JOB,
    NOOP,
)

LONGEST_TIMEOUT_TEXT = 20
LEAST_TIMEOUT = 1000
MOST_TIMEOUT = 2**32 - 1


def on_can_do(world: World, who: Connection, args: list[bytes]) -> None:
    register(world, who, args[0], timeout=0)


def on_can_do_timeout(world: World, who: Connection, args: list[bytes]) -> None:
    name, text = args
    timeout = leading_number(text)
    if len(text) > LONGEST_TIMEOUT_TEXT or not fits_long(timeout):
        refuse(world, who, refusals.BAD_TIMEOUT)
        return
    register(world, who, name, min(max(timeout, LEAST_TIMEOUT), MOST_TIMEOUT) if timeout > 0 else 0)


def register(world: World, who: Connection, name: bytes, timeout: int) -> None:
    """The newest is looked at first for jobs, and last for wake-ups.

    Who learns while asleep is woken for what waits, if wake-ups are counted.
    """
    refusal = refusal_of_function(world, name) or refusal_of_worker(world, name)
    if refusal is not None:
        refuse(world, who, refusal)
        return
    registration = Registration(who, world.function(name), timeout)
    who.registrations.insert(0, registration)
    registration.function.ring.append(registration)
    if who.rest is Rest.ASLEEP and world.options.wakeup == AUTO:
        wake_enough(world, registration.function)


def unregister(who: Connection, function: Function | None = None) -> None:
    """Every registration, or every one of this function."""
    for registration in list(who.registrations):
        if function in (None, registration.function):
            who.registrations.remove(registration)
            registration.function.ring.remove(registration)


def on_cant_do(world: World, who: Connection, args: list[bytes]) -> None:
    if args[0] in world.functions:
        give_up(world, who, world.functions[args[0]])


def on_reset_abilities(world: World, who: Connection, _args: list[bytes]) -> None:
    give_up(world, who, None)


def give_up(world: World, who: Connection, function: Function | None) -> None:
    """It can't do this function, or any: its wake-up goes to another and its jobs go back."""
    unregister(who, function)
    if who.woken_for is not None and function in (None, who.woken_for):
        lost = no_longer_counted_on(who, Rest.SILENT)
        assert lost is not None
        wake_enough(world, lost)
    for job in list(who.running):
        if function in (None, job.function):
            requeue(world, job)


def on_pre_sleep(world: World, who: Connection, _args: list[bytes]) -> None:
    found = pick(world, who)
    if found is None:
        no_longer_counted_on(who, Rest.ASLEEP)
    elif who.rest is Rest.WOKEN:
        world.send(who, NOOP)
    else:
        wake(world, who, found[1].function)


def on_grab(world: World, who: Connection, kind: int) -> None:
    woken_for = no_longer_counted_on(who, Rest.AWAKE)
    found = pick(world, who)
    if found is None:
        world.send(who, NO_JOB)
        return
    registration, job = found
    hand_out(world, who, job, registration)
    assign(world, who, job, kind)
    if woken_for is not None:
        wake_enough(world, woken_for)


def pick(world: World, who: Connection) -> tuple[Registration, Job] | None:
    """Old servers look at one function after the other, new ones at one priority after the other."""
    if world.options.compat == 11:
        order = [(r, priority) for r in who.registrations for priority in PRIORITIES]
    else:
        order = [(r, priority) for priority in PRIORITIES for r in who.registrations]
    for registration, priority in order:
        waiting = world.waiting(registration.function, priority)
        if waiting:
            return registration, waiting[0]
    return None


def hand_out(world: World, who: Connection, job: Job, registration: Registration) -> None:
    job.worker = who
    who.running.insert(0, job)
    job.leased = registration.timeout == 0
    timeout = registration.timeout or world.options.job_lease
    if timeout:
        job.deadline = world.now + timeout
    if world.options.compat == 20 or world.options.round_robin:
        who.registrations.remove(registration)
        who.registrations.append(registration)


def assign(world: World, who: Connection, job: Job, kind: int) -> None:
    handle = world.handle(job)
    if kind == GRAB_JOB:
        world.send(who, JOB_ASSIGN, handle, job.function.name, job.data)
    elif kind == GRAB_JOB_ALL and job.reducer:
        world.send(who, JOB_ASSIGN_ALL, handle, job.function.name, job.unique, job.reducer, job.data)
    else:
        world.send(who, JOB_ASSIGN_UNIQ, handle, job.function.name, job.unique, job.data)
