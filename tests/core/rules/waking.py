"""Who is woken, and when another is woken instead."""

from __future__ import annotations

from tests.core.effects import AUTO, EVERYBODY
from tests.core.rules.world import Connection, Function, Rest, World
from tests.protocol.wire import NOOP


def wake(world: World, connection: Connection, function: Function) -> None:
    connection.rest = Rest.WOKEN
    connection.woken_for = function
    connection.woken_at = world.now
    connection.woken_order = world.next("wake-up")
    world.send(connection, NOOP)


def no_longer_counted_on(connection: Connection, rest: Rest) -> Function | None:
    """Whatever it was woken for, if anything, others may be needed for now."""
    function = connection.woken_for
    connection.rest = rest
    connection.woken_for = None
    return function


def wake_enough(world: World, function: Function) -> None:
    """As many are on their way as there are jobs, if so many sleep; which ones is free."""
    while world.woken_for(function) < len(world.waiting(function)):
        able = list(world.able_sleepers(function))
        if not able:
            return
        wake(world, world.choose_sleeper(able), function)


def wake_in_turn(world: World, function: Function, most: int) -> None:
    """At most so many, looked for from where the last search ended, once round the ring."""
    woken = 0
    for registration in list(function.ring):
        if most != EVERYBODY and woken == most:
            return
        if registration.connection.rest is Rest.ASLEEP:
            wake(world, registration.connection, function)
            woken += 1
        function.ring.append(function.ring.pop(0))


def wake_for_a_job(world: World, function: Function) -> None:
    """One more job of this function can be had."""
    if world.options.wakeup == AUTO:
        wake_enough(world, function)
    else:
        wake_in_turn(world, function, world.options.wakeup)


def suspect_the_silent(world: World) -> None:
    """Who did not come for a job in time is not waited for: others are woken in its place."""
    woken = [c for c in world.connections.values() if c.rest is Rest.WOKEN]
    for connection in sorted(woken, key=lambda c: c.woken_order):
        if world.now - connection.woken_at >= world.options.suspect_after:
            function = no_longer_counted_on(connection, Rest.SILENT)
            assert function is not None
            wake_enough(world, function)
