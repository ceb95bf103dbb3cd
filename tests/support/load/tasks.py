"""Running many peers in one event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

Task = asyncio.Task[None]


async def all_done(tasks: Iterable[Task], endless: Iterable[Task]) -> None:
    """Waits for `tasks`; an error in one of them, or in one of the endless ones, is raised at once."""
    pending, background = set(tasks), set(endless)
    while pending:
        done, _ = await asyncio.wait(pending | background, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
        pending -= done


async def cancel(tasks: Iterable[Task]) -> None:
    """Ends them all, whatever they were about to say."""
    tasks = list(tasks)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
