"""The whole server in the place of the core of tests/core: peers are connections, effects what they receive.

After every step each connection is fenced by an ECHO, so the order of steps is the order the server sees.
"""

from __future__ import annotations

from collections.abc import Iterator

from tests.core.effects import Counts, Effect, Forgotten, Options, Sent
from tests.core.effects import Peer as Name
from tests.protocol.peer import Peer
from tests.protocol.wire import HEADER, RESPONSE, first_packet, packet
from tests.support.engine_host import start_engine
from tests.support.patience import eventually

# Not the server's business, or not known from outside.
UNSEEN = {"job_bytes": 0, "lost_effects": 0, "lost_timeouts": 0}


class ServedCore:
    """Has the methods of tests.core.driver.Core that tests.core.pair.Pair calls."""

    job_room = 0

    def __init__(self, options: Options, threads: int) -> None:
        settings = {
            "threads": threads,
            "compat": options.compat,
            "round_robin": options.round_robin,
            "job_retries": options.max_attempts or -1,
            "worker_wakeup": options.wakeup,
            "exceptions": options.exceptions,
            "hashtable_buckets": options.buckets,
            "max_functions": options.max_functions,
            "max_uniques": options.max_uniques,
            "job_handle_prefix": options.handle_prefix.decode(),
        }
        self._engine, self._port = start_engine(settings)
        self._peers: dict[Name, Peer] = {}
        self._connected = 0

    def connect(self, slot: int) -> Name:
        self._connected += 1
        name = Name(slot, self._connected)
        self._peers[name] = Peer(self._port)
        self._peers[name].settle()
        return name

    def packet(self, name: Name, kind: int, body: bytes = b"") -> list[Effect]:
        self._peers[name].send(packet(b"\0REQ", kind, body))
        return self._effects(name)

    def line(self, name: Name, text: bytes) -> list[Effect]:
        self._peers[name].send(text + b"\n")
        return self._effects(name)

    def gone(self, name: Name) -> list[Effect]:
        self._peers.pop(name).close()
        eventually(self._connected_peers, len(self._peers).__eq__, "the peer to be forgotten")
        return [*self._effects(), Forgotten(name)]

    def _effects(self, first: Name | None = None) -> list[Effect]:
        """What everybody has received. Whoever acted is fenced first: then what it did is all done."""
        names = [first] if first is not None else []
        names += [name for name in self._peers if name != first]
        return [Sent(name, piece) for name in names for piece in pieces(self._peers[name].heard_text())]

    def counts(self) -> Counts:
        counters = self._engine.counters()
        found = {name: counters[name] for name in Counts.__dataclass_fields__}
        assert [found["lost_effects"], found["lost_timeouts"]] == [0, 0]
        return Counts(**(found | UNSEEN))

    def _connected_peers(self) -> int:
        return self._engine.counters()["peers"]

    def close(self) -> None:
        for peer in self._peers.values():
            peer.close()
        self._engine.stop()


def pieces(data: bytes) -> Iterator[bytes]:
    """Each packet, and each text between packets."""
    while data:
        end = data.find(RESPONSE)
        if end == 0:
            found = first_packet(data)
            assert found is not None
            end = HEADER.size + len(found.body)
        yield data[:end] if end > 0 else data
        data = data[end:] if end > 0 else b""
