"""Sockets for links, one thread at a time and without asyncio; gevent can patch all that is used here."""

from __future__ import annotations

import errno
import os
import select
import socket
from collections.abc import Iterable, Sequence
from time import monotonic

from gearfast.errors import AnswerTimeoutError, ConnectionLostError, ProtocolError
from gearfast.links.link import Link, State
from gearfast.links.lookup import Candidate, Lookup, known_candidates

CHUNK = 65536
_LONGEST_WAIT = 1e6  # seconds; poll(2) counts milliseconds in 31 bits
_GONE = select.POLLHUP | select.POLLERR | select.POLLNVAL


def prepare(sock: socket.socket) -> None:
    """Small packets leave at once, and a peer that vanished is noticed in the end."""
    if sock.family != socket.AF_UNIX:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)


class Channel:
    """A socket and its link; `candidates` are further addresses to try while it is not connected."""

    def __init__(self, link: Link, candidates: list[Candidate], deadline: float) -> None:
        self.link = link
        self.candidates = candidates
        self.deadline = deadline
        self.sock: socket.socket
        self.watched = 0

    def connect_next(self) -> None:
        """Begin with the next candidate. Raises OSError when it fails at once."""
        family, where = self.candidates.pop(0)
        self.sock = socket.socket(family, socket.SOCK_STREAM)
        try:
            self.sock.setblocking(False)
            prepare(self.sock)
            code = self.sock.connect_ex(where)
            if code not in (0, errno.EINPROGRESS, errno.EAGAIN):
                raise OSError(code, os.strerror(code))
        except BaseException:
            self.sock.close()
            raise


class Driver:
    """Moves bytes between links and their sockets, as far as that goes without waiting longer than asked.

    Not for two threads at a time.
    """

    def __init__(self, links: Sequence[Link], connect_timeout: float) -> None:
        """An attempt to connect may take `connect_timeout` seconds, looking up the host included."""
        self._links = links
        self._connect_timeout = connect_timeout
        self._poll = select.poll()
        self._channels: dict[int, Channel] = {}
        self._bells: set[int] = set()
        self._lookups: dict[Link, Lookup] = {}
        self._awaited: dict[int, tuple[Link, float]] = {}  # look-ups by descriptor, and until when

    def watch(self, descriptor: int) -> None:
        """End a `pump` when this descriptor becomes readable, without reading it."""
        self._poll.register(descriptor, select.POLLIN)
        self._bells.add(descriptor)

    def pump(self, timeout: float | None) -> bool:
        """Connect, send and receive once; wait up to `timeout` seconds (None: for ever), at most 11 days, if
        there is nothing to do.

        Returns whether anything came of it.
        """
        now = monotonic()
        for link in self._links:
            if link.due(now):
                self._begin(link, now)
        self.flush()
        ready = self._poll.poll(None if timeout is None else 1000.0 * min(max(0.0, timeout), _LONGEST_WAIT))
        if not ready:
            return self._give_up_slow_attempts(monotonic())
        now = monotonic()
        for descriptor, mask in ready:
            if descriptor in self._awaited:
                self._looked_up(descriptor, now)
            elif descriptor not in self._bells:
                self._react(self._channels[descriptor], mask, now)
        return True

    def flush(self) -> None:
        """Send what can be sent without waiting."""
        for channel in list(self._channels.values()):
            if channel.link.output and channel.link.state is State.OPEN:
                self._send(channel)

    def next_deadline(self) -> float:
        """When an attempt to connect will have taken too long, or the next may begin; infinity if never."""
        attempts = [each.deadline for each in self._channels.values() if each.link.state is State.CONNECTING]
        retries = [link.retry_at for link in self._links if link.wanted and link.state is State.IDLE]
        lookups = [deadline for _, deadline in self._awaited.values()]
        return min(attempts + lookups + retries, default=float("inf"))

    def drop(self, link: Link, error: BaseException | None) -> None:
        """Close the link's connection, if it has one."""
        for channel in self._channels_of([link]):
            self._close(channel, error, monotonic())
        if link in self._lookups:
            awaited = self._stop_awaiting(self._lookups[link].fileno())
            self._lookups.pop(link).close()
            if awaited:
                link.closed(monotonic(), error)

    disinherit = drop

    def close(self) -> None:
        """Close all connections."""
        for link in self._links:
            self.drop(link, ConnectionLostError("the connection was closed"))

    def _channels_of(self, links: Iterable[Link]) -> list[Channel]:
        return [channel for channel in self._channels.values() if channel.link in links]

    def _begin(self, link: Link, now: float) -> None:
        link.connecting()
        deadline = now + self._connect_timeout
        candidates = known_candidates(link.address)
        if candidates is None:
            self._await_lookup(link, deadline, now)
        else:
            self._try_next(Channel(link, candidates, deadline), now)

    def _await_lookup(self, link: Link, deadline: float, now: float) -> None:
        """One that was not waited for any longer may be under way still, or have ended since."""
        if link not in self._lookups:
            self._lookups[link] = Lookup(link.address)
        lookup = self._lookups[link]
        self._awaited[lookup.fileno()] = link, deadline
        self._poll.register(lookup.fileno(), select.POLLIN)

    def _stop_awaiting(self, descriptor: int) -> bool:
        """False if nobody waits for it."""
        if descriptor not in self._awaited:
            return False
        self._poll.unregister(descriptor)
        del self._awaited[descriptor]
        return True

    def _looked_up(self, descriptor: int, now: float) -> None:
        link, deadline = self._awaited[descriptor]
        self._stop_awaiting(descriptor)
        lookup = self._lookups.pop(link)
        lookup.close()
        if lookup.error is not None:
            link.closed(now, lookup.error)
        else:
            self._try_next(Channel(link, lookup.candidates, deadline), now)

    def _try_next(self, channel: Channel, now: float) -> None:
        """Try the candidates that are left, until one does not fail at once."""
        while True:
            try:
                channel.connect_next()
                break
            except OSError as error:
                if not channel.candidates:
                    channel.link.closed(now, error)
                    return
        self._channels[channel.sock.fileno()] = channel
        channel.watched = 0
        self._watch(channel, select.POLLOUT)

    def _react(self, channel: Channel, mask: int, now: float) -> None:
        if channel.link.state is State.CONNECTING:
            self._end_attempt(channel, now)
            return
        if mask & (select.POLLIN | _GONE):
            self._receive(channel, now)
        if mask & select.POLLOUT and channel.link.state is State.OPEN:
            self._send(channel)

    def _end_attempt(self, channel: Channel, now: float) -> None:
        code = channel.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code == 0:
            channel.link.opened(now)
            self._watch(channel, select.POLLIN)
            self._send(channel)
            return
        error = OSError(code, os.strerror(code))
        self._forget(channel)
        if channel.candidates:
            self._try_next(channel, now)
        else:
            channel.link.closed(now, error)

    def _give_up_slow_attempts(self, now: float) -> bool:
        slow = [
            channel
            for channel in self._channels.values()
            if channel.link.state is State.CONNECTING and now >= channel.deadline
        ]
        for channel in slow:
            error = AnswerTimeoutError(f"no connection within {self._connect_timeout} s")
            self._close(channel, error, now)
        return self._give_up_slow_lookups(now) or bool(slow)

    def _give_up_slow_lookups(self, now: float) -> bool:
        """They go on, and the next attempt waits for the same: a resolver that hangs gets no more threads."""
        slow = [(at, link) for at, (link, deadline) in self._awaited.items() if now >= deadline]
        for descriptor, link in slow:
            self._stop_awaiting(descriptor)
            text = f"the name {link.address.host} was not looked up within {self._connect_timeout} s"
            link.closed(now, AnswerTimeoutError(text))
        return bool(slow)

    def _send(self, channel: Channel) -> None:
        output = channel.link.output
        try:
            if output:
                sent = channel.sock.send(output)
                del output[:sent]
                channel.link.moved_at = monotonic()
        except (BlockingIOError, InterruptedError):
            pass
        except OSError:
            # The reason is read from the socket, behind all that came before the end.
            self._watch(channel, select.POLLIN)
            return
        self._watch(channel, select.POLLIN | select.POLLOUT if output else select.POLLIN)

    def _receive(self, channel: Channel, now: float) -> None:
        try:
            data = channel.sock.recv(CHUNK)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._close(channel, error, now)
            return
        if not data:
            self._close(channel, ConnectionLostError("the server closed the connection"), now)
            return
        try:
            channel.link.receive(data, now)
        except ProtocolError as error:
            self._close(channel, error, now)

    def _watch(self, channel: Channel, mask: int) -> None:
        if channel.watched != mask:
            self._poll.register(channel.sock, mask)
            channel.watched = mask

    def _forget(self, channel: Channel) -> None:
        descriptor = channel.sock.fileno()
        self._poll.unregister(descriptor)
        del self._channels[descriptor]
        channel.sock.close()

    def _close(self, channel: Channel, error: BaseException | None, now: float) -> None:
        self._forget(channel)
        channel.link.closed(now, error)
