"""Asyncio transports for links."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable, Sequence
from time import monotonic

from gearfast.errors import AnswerTimeoutError, ConnectionLostError, ProtocolError
from gearfast.links.link import NEVER, Link, State
from gearfast.links.lookup import Candidate, Lookup, known_candidates

_MOST_UNSENT = 1 << 20


class LinkProtocol(asyncio.Protocol):
    """Hands what arrives to the link."""

    transport: asyncio.Transport

    def __init__(self, link: Link, driver: AsyncDriver) -> None:
        self.link = link
        self.error: BaseException | None = None
        self._driver = driver

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.set_write_buffer_limits(_MOST_UNSENT)
        sock = transport.get_extra_info("socket")
        if sock is not None and sock.family != socket.AF_UNIX:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        self._driver.protocols[self.link] = self
        self.link.opened(monotonic())
        self._driver.poke()

    def data_received(self, data: bytes) -> None:
        try:
            self.link.receive(data, monotonic())
        except ProtocolError as error:
            self.end(error)
        self._driver.poke()

    def connection_lost(self, exc: Exception | None) -> None:
        self._driver.protocols.pop(self.link, None)
        self._driver.resumed(self)
        reason = self.error or exc or ConnectionLostError("the server closed the connection")
        self.link.closed(monotonic(), reason)
        self._driver.poke()

    def pause_writing(self) -> None:
        self._driver.paused.add(self)

    def resume_writing(self) -> None:
        self._driver.resumed(self)

    def end(self, error: BaseException) -> None:
        """Close for this reason, at once."""
        self.error = error
        self.transport.abort()


class AsyncDriver:
    """Connects links that want it, sends their output, and calls `tick` when it has to be called.

    For one event loop: the one that is running when it is poked first.
    """

    def __init__(
        self, links: Sequence[Link], connect_timeout: float, tick: Callable[[float, bool], float]
    ) -> None:
        """`tick` gets the time, and whether all that arrived before was received.

        Returns when it is due next.
        """
        self.protocols: dict[Link, LinkProtocol] = {}
        self.paused: set[LinkProtocol] = set()
        self._links = links
        self._connect_timeout = connect_timeout
        self._tick = tick
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._armed_for = NEVER
        self._poked = False
        self._closed = False
        self._attempts: set[asyncio.Task[None]] = set()
        self._writers: list[asyncio.Future[None]] = []
        self._lookups: dict[Link, Lookup] = {}

    def poke(self) -> None:
        """Something changed: look at all links before long."""
        if self._poked:
            return
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
        self._poked = True
        self._loop.call_soon(self._turn, False)

    async def writable(self) -> None:
        """Wait while a server reads slower than it is written to."""
        while self.paused:
            future = asyncio.get_running_loop().create_future()
            self._writers.append(future)
            await future

    def resumed(self, protocol: LinkProtocol) -> None:
        """The protocol may be written to again."""
        self.paused.discard(protocol)
        if not self.paused:
            writers, self._writers = self._writers, []
            for future in writers:
                if not future.done():
                    future.set_result(None)

    def drop(self, link: Link, error: BaseException) -> None:
        """Close the link's connection, if it has one."""
        if link in self.protocols:
            self.protocols[link].end(error)

    def disinherit(self, link: Link, error: BaseException) -> None:
        """In a forked process: drop what was the parent's, the event loop, too.

        The loop's selector is shared with the parent, so nothing is said to it: another descriptor takes the
        place of the socket's, which the transport may then close as it likes.
        """
        protocol = self.protocols.pop(link, None)
        if protocol is not None:
            nothing = os.open(os.devnull, os.O_RDWR)
            os.dup2(nothing, protocol.transport.get_extra_info("socket").fileno(), inheritable=False)
            os.close(nothing)
        if link in self._lookups:
            self._lookups.pop(link).close()
        self.paused.clear()
        self._attempts, self._writers = set(), []
        self._loop = self._timer = None
        self._armed_for = NEVER
        self._poked = False
        if link.state is not State.IDLE:
            link.closed(monotonic(), error)

    async def close(self) -> None:
        """Send what is to be sent, close all connections and wait until they are closed.

        It is the end: links that want another connection get none.
        """
        self._closed = True
        for attempt in self._attempts:
            attempt.cancel()
        await asyncio.gather(*self._attempts, return_exceptions=True)
        while self._lookups:
            self._lookups.popitem()[1].close()
        self._flush()
        for protocol in list(self.protocols.values()):
            protocol.error = ConnectionLostError("the connection was closed")
            protocol.transport.close()
        deadline = monotonic() + self._connect_timeout
        while self.protocols and monotonic() < deadline:
            await asyncio.sleep(0.001)
        for protocol in list(self.protocols.values()):
            protocol.transport.abort()
        while self.protocols:
            await asyncio.sleep(0)
        if self._timer is not None:
            self._timer.cancel()

    def _turn(self, all_received: bool) -> None:
        self._poked = False
        if self._closed:
            return
        now = monotonic()
        deadline = self._tick(now, all_received)
        for link in self._links:
            if link.due(now):
                self._begin(link)
            elif link.wanted and link.state is State.IDLE:
                deadline = min(deadline, link.retry_at)
        self._flush()
        self._arm(deadline)

    def _arm(self, deadline: float) -> None:
        """Have a turn at the deadline; one that is set and comes earlier will do."""
        assert self._loop is not None
        if deadline == NEVER or self._armed_for <= deadline:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._armed_for = deadline
        self._timer = self._loop.call_later(max(0.0, deadline - monotonic()), self._ring)

    def _ring(self) -> None:
        """A timer runs behind all input that is there by then."""
        self._armed_for = NEVER
        self._turn(True)

    def _flush(self) -> None:
        for link, protocol in self.protocols.items():
            if link.output and link.state is State.OPEN:
                output, link.output = link.output, bytearray()
                protocol.transport.write(output)
                link.moved_at = monotonic()

    def _begin(self, link: Link) -> None:
        assert self._loop is not None
        link.connecting()
        task = self._loop.create_task(self._connect(link))
        self._attempts.add(task)
        task.add_done_callback(self._attempts.discard)

    async def _connect(self, link: Link) -> None:
        try:
            await asyncio.wait_for(self._open(link), self._connect_timeout)
        except asyncio.TimeoutError:
            error: BaseException = AnswerTimeoutError(f"no connection within {self._connect_timeout} s")
        except (OSError, asyncio.CancelledError) as raised:
            error = raised
        else:
            return
        if link.state is State.CONNECTING:
            link.closed(monotonic(), error)
            self.poke()

    async def _open(self, link: Link) -> None:
        assert self._loop is not None
        if link.address.path:
            await self._loop.create_unix_connection(lambda: LinkProtocol(link, self), link.address.path)
            return
        candidates = await self._candidates_of(link)
        while True:
            family, (host, port, *_) = candidates.pop(0)
            try:
                await self._loop.create_connection(
                    lambda: LinkProtocol(link, self), host, port, family=family
                )
                return
            except OSError:
                if not candidates:
                    raise

    async def _candidates_of(self, link: Link) -> list[Candidate]:
        """Not by the loop's own executor: a resolver that hangs would take all its threads, and keep them."""
        known = known_candidates(link.address)
        if known is not None:
            return known
        if link not in self._lookups:
            self._lookups[link] = Lookup(link.address)
        lookup = self._lookups[link]
        await self._readable(lookup)
        del self._lookups[link]
        lookup.close()
        if lookup.error is not None:
            raise lookup.error
        return lookup.candidates

    async def _readable(self, lookup: Lookup) -> None:
        """One that was not waited for any longer may be under way still, or have ended since."""
        assert self._loop is not None
        ended = asyncio.Event()
        self._loop.add_reader(lookup.fileno(), ended.set)
        try:
            await ended.wait()
        finally:
            self._loop.remove_reader(lookup.fileno())
