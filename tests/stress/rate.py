"""Measures how often a server does something in a second, from a process of its own, as Child.

    python -m tests.stress.rate PORT jobs|echoes

There is one thing in flight at a time, so each of them costs the server several wake-ups.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine
from typing import Any

from tests.protocol.wire import (
    CAN_DO,
    ECHO_REQ,
    ECHO_RES,
    GRAB_JOB,
    JOB_ASSIGN,
    JOB_CREATED,
    NO_JOB,
    NOOP,
    PRE_SLEEP,
    SUBMIT_JOB,
    WORK_COMPLETE,
    req,
)
from tests.support.child import answer_questions
from tests.support.load.link import Link
from tests.support.load.tasks import cancel

FUNCTION = b"rate"
DATA = b"x" * 64

Count = Callable[[], None]


async def submit(link: Link, count: Count) -> None:
    """One foreground job after the other."""
    while True:
        link.send(req(SUBMIT_JOB, FUNCTION, b"", DATA))
        await link.receive_kind(JOB_CREATED)
        await link.receive_kind(WORK_COMPLETE)
        count()


async def work(link: Link, _: Count) -> None:
    link.send(req(CAN_DO, FUNCTION), req(GRAB_JOB))
    while True:
        packet = await link.receive()
        if packet.kind == JOB_ASSIGN:
            handle = packet.body.partition(b"\0")[0]
            link.send(req(WORK_COMPLETE, handle, DATA), req(GRAB_JOB))
        elif packet.kind == NO_JOB:
            link.send(req(PRE_SLEEP))
        else:
            assert packet.kind == NOOP
            link.send(req(GRAB_JOB))


async def echo(link: Link, count: Count) -> None:
    while True:
        link.send(req(ECHO_REQ, DATA))
        await link.receive_kind(ECHO_RES)
        count()


ROLES: dict[str, list[Callable[[Link, Count], Coroutine[Any, Any, None]]]] = {
    "jobs": [submit, work],
    "echoes": [echo],
}


async def measure(port: int, what: str, seconds: float) -> int:
    """How many were done in so many seconds."""
    done = 0

    def count() -> None:
        nonlocal done
        done += 1

    links = [await Link.open(port) for _ in ROLES[what]]
    roles = zip(ROLES[what], links, strict=True)
    tasks = [asyncio.create_task(role(link, count)) for role, link in roles]
    finished, _ = await asyncio.wait(tasks, timeout=seconds)
    total = done
    for task in finished:
        task.result()
    await cancel(tasks)
    for link in links:
        link.close()
    return total


def main() -> None:
    port, what = int(sys.argv[1]), sys.argv[2]
    answer_questions({"measure": lambda seconds: asyncio.run(measure(port, what, seconds))})


if __name__ == "__main__":
    main()
