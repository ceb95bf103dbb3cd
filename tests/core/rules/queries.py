"""Status, echo, options, client ids."""

from __future__ import annotations

from tests.core.rules import refusals
from tests.core.rules.refusals import refuse
from tests.core.rules.world import Connection, Job, World
from tests.protocol.wire import ECHO_RES, OPTION_RES, STATUS_RES, STATUS_RES_UNIQUE

LONGEST_HANDLE = 63
LONGEST_UNIQUE = 64
LONGEST_OPTION = 63
LONGEST_CLIENT_ID = 127


def status_of(job: Job | None) -> list[bytes]:
    """Known, running, numerator, denominator."""
    if job is None:
        return [b"0"] * 4
    return [b"1", b"%d" % (job.worker is not None), b"%d" % job.numerator, b"%d" % job.denominator]


def on_get_status(world: World, who: Connection, args: list[bytes]) -> None:
    handle = args[0].split(b"\0")[0]
    if len(handle) > LONGEST_HANDLE:
        refuse(world, who, refusals.HANDLE_TOO_LARGE)
    else:
        world.send(who, STATUS_RES, handle, *status_of(world.job_of(handle)))


def on_get_status_unique(world: World, who: Connection, args: list[bytes]) -> None:
    """Of the functions' jobs with this unique the newest answers; `-` and nothing are no uniques."""
    unique = args[0].split(b"\0")[0]
    if len(unique) > LONGEST_UNIQUE:
        refuse(world, who, refusals.UNIQUE_TOO_LARGE)
        return
    same = [job for job in world.jobs.values() if job.unique == unique and unique not in (b"", b"-")]
    job = max(same, key=lambda job: job.number, default=None)
    clients = b"%d" % (len(job.clients) if job is not None else 0)
    world.send(who, STATUS_RES_UNIQUE, unique, *status_of(job), clients)


def on_echo(world: World, who: Connection, args: list[bytes]) -> None:
    world.send(who, ECHO_RES, args[0])


def on_option(world: World, who: Connection, args: list[bytes]) -> None:
    if len(args[0]) > LONGEST_OPTION or args[0].split(b"\0")[0].lower() != b"exceptions":
        refuse(world, who, refusals.UNKNOWN_OPTION)
        return
    who.exceptions = True
    world.send(who, OPTION_RES, args[0])


def on_client_id(_world: World, who: Connection, args: list[bytes]) -> None:
    who.client_id = args[0][:LONGEST_CLIENT_ID].split(b"\0")[0]
