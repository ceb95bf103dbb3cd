"""A worker whose machine is gone: its connection is still there, and nothing comes over it any more."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from gearfast.links.addresses import Address
from gearfast.protocol.codec import pack
from gearfast.protocol.names import bytes_of
from gearfast.protocol.packets import CAN_DO, PRE_SLEEP

_AGAIN_SECONDS = 1.0


async def be_silent(address: Address, names: Iterable[str], end: asyncio.Event) -> None:
    """Register, go to sleep, and not wake when there is a job, until `end`.

    Where nobody listens yet it tries again. Raises ValueError for a name that no function can have.
    """
    packets = [*(pack(True, CAN_DO, bytes_of(name)) for name in names), pack(True, PRE_SLEEP)]
    while not end.is_set():
        try:
            _, writer = await _opened(address)
        except OSError:
            await _wait(end, _AGAIN_SECONDS)
            continue
        writer.writelines(packets)
        await end.wait()
        writer.close()


async def _opened(address: Address) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    if address.path:
        return await asyncio.open_unix_connection(address.path)
    return await asyncio.open_connection(address.host, address.port)


async def _wait(end: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(end.wait(), seconds)
    except asyncio.TimeoutError:
        return
