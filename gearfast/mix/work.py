"""Running a pool of simulated workers as a process."""

from __future__ import annotations

import asyncio
import json

from gearfast.mix.pool import Pool
from gearfast.worker.signals import STOP_SIGNALS


def work_for(pool: Pool, seconds: float | None) -> str:
    """Work until SIGTERM, SIGINT or the time is over; returns what was done, as JSON."""
    asyncio.run(_work(pool, seconds))
    return json.dumps(
        {
            "done": dict(pool.done),
            "failed": dict(pool.failed),
            "waits": {str(bucket): count for bucket, count in pool.waits.buckets.items()},
            "jobs": sorted(pool.jobs),
            "unlisted": pool.unlisted,
        }
    )


async def _work(pool: Pool, seconds: float | None) -> None:
    loop = asyncio.get_running_loop()
    for number in STOP_SIGNALS:
        loop.add_signal_handler(number, pool.stop)
    if seconds is not None:
        loop.call_later(seconds, pool.stop)
    await pool.run()
