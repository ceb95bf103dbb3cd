"""Conversations written down as bytes, and the holding of them with a server at different paces.

A conversation is literal for a server that has given no handle yet. `H:test:1` stands for the first handle it
gives from now on, `task` and `tas2` for functions nobody has used: only these are put in when it is held.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from tests.protocol.peer import Peer
from tests.protocol.server import PREFIX, Server
from tests.protocol.wire import HEADER, JOB_ASSIGN, JOB_ASSIGN_ALL, JOB_ASSIGN_UNIQ, res

_ASSIGNMENTS = tuple(res(kind)[:8] for kind in (JOB_ASSIGN, JOB_ASSIGN_UNIQ, JOB_ASSIGN_ALL))

Pieces = Iterator[bytes]
Pace = Callable[[list[bytes]], Pieces]


@dataclass(frozen=True)
class Utterance:
    """What one peer sends to the server, or gets from it."""

    peer: str
    sent: bool
    data: bytes


@dataclass(frozen=True)
class Actor:
    """A peer of a conversation; `parts` are joined, so that header fields and body can stand apart."""

    name: str

    def sends(self, *parts: bytes) -> Utterance:
        return Utterance(self.name, True, b"".join(parts))

    def gets(self, *parts: bytes) -> Utterance:
        return Utterance(self.name, False, b"".join(parts))


class Conversation:
    """`ours` marks what only gearfast answers so."""

    def __init__(self, name: str, *utterances: Utterance, ours: bool = False) -> None:
        self.name = name
        self.utterances = utterances
        self.ours = ours

    def longest_packet(self) -> int:
        return max(len(said.data) for said in self.utterances if said.sent)


def whole(packets: list[bytes]) -> Pieces:
    """One write a packet."""
    yield from packets


def bytewise(packets: list[bytes]) -> Pieces:
    """One write a byte."""
    for packet in packets:
        for index in range(len(packet)):
            yield packet[index : index + 1]


def cut_at(place: int) -> Pace:
    """Two writes a packet, the first of `place` bytes."""

    def cut(packets: list[bytes]) -> Pieces:
        for packet in packets:
            yield from filter(None, (packet[:place], packet[place:]))

    return cut


def hold(server: Server, conversation: Conversation, pace: Pace = whole) -> None:
    """Plays every peer at this pace, awaiting answers one by one; in the end nobody has more to hear."""
    with _Cast(server) as cast:
        for name, turn in groupby(_localised(server, conversation), lambda said: said.peer):
            peer, lines = cast.peer(name), list(turn)
            for said in lines:
                if said.sent:
                    cast.send(peer, pace([said.data]))
                else:
                    peer.expect(said.data)
            if lines[-1].sent:
                peer.settle()
        cast.settle()


def hold_glued(server: Server, conversation: Conversation, *, foresight: bool = False) -> None:
    """Each peer says all it can in one write before the next one's turn; the answers come in order.

    With foresight it does not even wait for a job before it says how the job ended: handles can be guessed.
    """
    with _Cast(server) as cast:
        for name, turn in groupby(_localised(server, conversation), lambda said: said.peer):
            peer = cast.peer(name)
            for batch in _batches(list(turn), foresight):
                peer.send(*(said.data for said in batch if said.sent))
                peer.expect(*(said.data for said in batch if not said.sent))
            peer.settle()
        cast.settle()


def _batches(turn: list[Utterance], foresight: bool) -> Iterator[list[Utterance]]:
    batch: list[Utterance] = []
    for said in turn:
        batch.append(said)
        if not foresight and said.data.startswith(_ASSIGNMENTS):
            yield batch
            batch = []
    yield batch


class _Cast:
    """The connections of one conversation, and one more that keeps its packets from running together."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._pacer = Peer(server.port)
        self._peers: dict[str, Peer] = {}

    def __enter__(self) -> _Cast:
        return self

    def __exit__(self, *_: object) -> None:
        for peer in (self._pacer, *self._peers.values()):
            peer.close()

    def peer(self, name: str) -> Peer:
        if name not in self._peers:
            self._peers[name] = Peer(self._server.port)
        return self._peers[name]

    def send(self, peer: Peer, pieces: Iterable[bytes]) -> None:
        """A round trip of another connection between two pieces gives the server time to read each alone."""
        for index, piece in enumerate(pieces):
            if index:
                self._pacer.settle()
            peer.send(piece)

    def settle(self) -> None:
        for peer in self._peers.values():
            peer.settle()


_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_suffixes = map("".join, itertools.product(_DIGITS, repeat=3))
_HANDLE = re.compile(re.escape(PREFIX) + rb":(\d+)")


def _localised(server: Server, conversation: Conversation) -> list[Utterance]:
    used, suffix = server.last_handle_number(), next(_suffixes).encode()

    def renumbered(match: re.Match[bytes]) -> bytes:
        return b"%s:%d" % (PREFIX, used + int(match[1]))

    def localised(data: bytes) -> bytes:
        named = data.replace(b"task", b"f" + suffix).replace(b"tas2", b"g" + suffix)
        return _resized(named, _HANDLE.sub(renumbered, named))

    return [Utterance(said.peer, said.sent, localised(said.data)) for said in conversation.utterances]


def _resized(before: bytes, after: bytes) -> bytes:
    """Carries a change of length over into the size field of a packet; text has none."""
    if before == after or not before.startswith(b"\0"):
        return after
    magic, kind, size = HEADER.unpack_from(before)
    return HEADER.pack(magic, kind, size + len(after) - len(before)) + after[HEADER.size :]
