"""A proxy before a job server that is a bad network: it stalls, splits, resets and closes connections.

with FaultyProxy(server.port) as proxy:
    Client(("127.0.0.1", proxy.port))
    proxy.reset()
"""

from __future__ import annotations

import contextlib
import random
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from types import TracebackType

LOOPBACK = "127.0.0.1"
CHUNK = 65536
PATIENCE_SECONDS = 60.0
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


def start(run: Callable[..., None], *arguments: object) -> threading.Thread:
    """A thread that runs this."""
    thread = threading.Thread(target=run, args=arguments, daemon=True)
    thread.start()
    return thread


class Chance:
    """How often a piece of data brings a fault, from 0 to 1 for each kind, drawn from a seed."""

    def __init__(
        self, seed: int, *, reset: float = 0, close: float = 0, stall: float = 0, split: float = 0
    ) -> None:
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        self._weights = {"reset": reset, "close": close, "stall": stall, "split": split}

    def draw(self) -> str:
        """The fault of the next piece, empty for none."""
        with self._lock:
            place = self._random.random()
            for fault, weight in self._weights.items():
                place -= weight
                if place < 0:
                    return fault
        return ""

    def place_in(self, data: bytes) -> int:
        with self._lock:
            return self._random.randint(0, len(data))


class Pair:
    """A connection through the proxy: the peer's half and the server's."""

    def __init__(self, peer: socket.socket, server: socket.socket) -> None:
        self.halves = (peer, server)
        self._lock = threading.Lock()
        self._ended = False
        self._relays = 2

    def end(self, *, reset: bool = False) -> None:
        """End both; with `reset` what is under way may be lost and the other end gets an error.

        The threads that relay wake up and leave. The first call decides.
        """
        with self._lock:
            ended, self._ended = self._ended, True
        if ended:
            return
        for half in self.halves:
            with contextlib.suppress(OSError):
                if reset:
                    half.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
                half.shutdown(socket.SHUT_RD if reset else socket.SHUT_RDWR)

    def leave(self) -> bool:
        """One of the two that relay is done. The last closes both halves: the other may still be sending."""
        with self._lock:
            self._relays -= 1
            is_last = self._relays == 0
        if is_last:
            for half in self.halves:
                half.close()
        return is_last


class FaultyProxy:
    """Relays to a port; leaving the block ends all connections. `connections` were made through it so far."""

    def __init__(self, port: int, chance: Chance | None = None) -> None:
        self._target = port
        self._chance = chance
        self._gate = threading.Event()
        self._gate.set()
        self._pairs: set[Pair] = set()
        self._doors: list[threading.Thread] = []
        self._relays: list[threading.Thread] = []
        self._listener: socket.socket | None = None
        self._ended = False
        self.connections = 0
        self.port = 0
        self.open_door()

    def __enter__(self) -> FaultyProxy:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._ended = True
        self.close_door()
        for thread in self._doors:
            thread.join(PATIENCE_SECONDS)
        self.resume()
        for pair in list(self._pairs):
            pair.end(reset=True)
        for thread in self._relays:
            thread.join(PATIENCE_SECONDS)

    def open_door(self) -> None:
        """Accept connections, always on the same port."""
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((LOOPBACK, self.port))
        listener.listen(128)
        self.port = listener.getsockname()[1]
        self._listener = listener
        self._doors.append(start(self._accept, listener))

    def close_door(self) -> None:
        """Refuse connections; those there are go on."""
        if self._listener is not None:
            with contextlib.suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None

    def stall(self) -> None:
        """Pass nothing on, without a word."""
        self._gate.clear()

    def resume(self) -> None:
        self._gate.set()

    def reset(self) -> None:
        """End all connections with an error; both ends have been told when it returns."""
        ended = list(self._pairs)
        for pair in ended:
            pair.end(reset=True)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self._pairs.isdisjoint(ended):
            assert time.monotonic() < deadline, "connections that do not end"
            time.sleep(0.0005)

    def cut(self) -> None:
        """Close all connections in order."""
        for pair in list(self._pairs):
            pair.end()

    def move(self, port: int) -> None:
        """Relay new connections elsewhere."""
        self._target = port

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                peer, _ = listener.accept()
                self.connections += 1
                self._connect(peer)

    def _connect(self, peer: socket.socket) -> None:
        try:
            server = socket.create_connection((LOOPBACK, self._target), PATIENCE_SECONDS)
        except OSError:
            peer.close()
            return
        server.settimeout(None)
        with contextlib.suppress(OSError):  # one that is gone already is found out by its relay
            for half in (peer, server):
                half.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        pair = Pair(peer, server)
        self._pairs.add(pair)
        self._relays.append(start(self._relay, pair, peer, server))
        self._relays.append(start(self._relay, pair, server, peer))

    def _relay(self, pair: Pair, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(CHUNK):
                self._gate.wait()
                for piece in self._suffer(pair, data):
                    sink.sendall(piece)
        pair.end()
        if pair.leave():
            self._pairs.discard(pair)

    def _suffer(self, pair: Pair, data: bytes) -> Iterator[bytes]:
        """What is passed on of this data, after whatever befalls it."""
        fault = self._chance.draw() if self._chance is not None and not self._ended else ""
        if not fault:
            yield data
            return
        assert self._chance is not None
        place = self._chance.place_in(data)
        yield data[:place]
        if fault in ("reset", "close"):
            pair.end(reset=fault == "reset")
            raise ConnectionResetError
        time.sleep(0.02 if fault == "stall" else 0.0005)
        yield data[place:]
