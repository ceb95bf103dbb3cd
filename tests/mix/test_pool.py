"""Simulated workers at a real server."""

from __future__ import annotations

import asyncio

from gearfast.client.async_client import AsyncClient
from gearfast.mix import Distribution, Function, Mix, Workers
from gearfast.mix.pool import Pool
from tests.recording.recorded import peer
from tests.support.gearfast_process import Gearfast, gearfast

JOBS = 30


async def work(server: Gearfast, pool: Pool) -> list[bytes]:
    """Results, once as many workers are there as should be."""
    address = f"127.0.0.1:{server.port}"
    running = asyncio.create_task(pool.run())
    with peer(server) as admin:
        while b"f\t0\t0\t6\n" not in admin.ask_table(b"status"):
            await asyncio.sleep(0.01)
    async with AsyncClient(address) as client:
        jobs = [await client.submit("f", b"x") for _ in range(JOBS)]
        found = [await job.result() for job in jobs]
    pool.stop()
    await running
    return found


def test_some_are_gone_and_the_others_do_all() -> None:
    mix = Mix(
        1,
        1,
        {"f": Function(1.0, result_bytes=Distribution.always(3), workers=4)},
        workers=Workers(connections=4, silent=0.5),
    )
    with gearfast() as server:
        pool = Pool(f"127.0.0.1:{server.port}", mix, names=10)
        assert asyncio.run(work(server, pool)) == [bytes(3)] * JOBS
    assert (pool.done["f"], len(pool.jobs), pool.unlisted) == (JOBS, 10, JOBS - 10)
