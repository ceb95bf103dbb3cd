"""gf_core through cffi, with the I/O threads' part played here: packets are cut, effects become bytes."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import Any

from gearfast._native._csrc import ffi, lib
from tests.core.cutting import REGISTRATIONS, SUBMITS, cut
from tests.core.effects import (
    Closed,
    Counts,
    Effect,
    Forgotten,
    Logged,
    Options,
    Paused,
    Peer,
    Record,
    RecorderAsked,
    Resumed,
    Sent,
    ShutdownAsked,
)
from tests.protocol.wire import RESPONSE, packet

SEED = (0x0706050403020100, 0x0F0E0D0C0B0A0908)
NEVER = 2**64 - 1


class Core:
    """One core and one pool of an I/O thread. `close` frees both and says whether every block came back."""

    def __init__(self, options: Options | None = None) -> None:
        self.options = options or Options()
        self._seed = ffi.new("gf_seed *", SEED)
        self._pool = lib.gf_pool_new()
        self._core = lib.gf_core_new(self._c_options())
        assert self._pool
        assert self._core
        self._event = ffi.new("gf_event *")
        self._count = ffi.new("size_t *")
        self._connections: Counter[int] = Counter()
        self.job_room = 0  # bytes that the last submit's block can hold: what a job counts for
        self.records: list[Record] = []  # of the last event
        self._uncommitted: list[int] = []  # bytes of each record's block
        self._mark = 0  # of the last committed record
        self.blocks_at_rest = self.live_blocks()
        self.time(0, 0)

    def _c_options(self) -> Any:
        told = asdict(self.options)
        strings = {name: ffi.new("char[]", told.pop(name)) for name in ("handle_prefix", "version")}
        self._strings = strings
        return ffi.new("gf_core_options *", {**told, **strings, "seed": self._seed[0]})

    # Events

    def connect(self, slot: int, address: bytes = b"127.0.0.1", descriptor: int = 7) -> Peer:
        """Peers in one slot follow each other: connect again only after `gone`."""
        peer, effects = self.try_to_connect(slot, address, descriptor)
        assert effects == []
        return peer

    def try_to_connect(
        self, slot: int, address: bytes = b"127.0.0.1", descriptor: int = 7
    ) -> tuple[Peer, list[Effect]]:
        """As `connect`, and what the core says to it."""
        self._connections[slot] += 1
        peer = Peer(slot, self._connections[slot])
        return peer, self._tell(peer, lib.GF_EVENT_CONNECT, address, argument1=descriptor)

    def packet(self, peer: Peer, kind: int, body: bytes = b"") -> list[Effect]:
        """A packet whose arguments are complete: the parser lets no other through."""
        self.post(peer, kind, body)
        return self._effects()

    def post(self, peer: Peer, kind: int, body: bytes = b"") -> None:
        """A packet whose effects are left where they are."""
        parts = cut(kind, body)
        hashed = {}
        if kind in SUBMITS:
            unique = parts.args[-1] if parts.args[1] == b"-" else parts.args[1]
            hashed = {"function_hash": self._hash(parts.args[0]), "unique_hash": self._hash(unique)}
        elif kind in REGISTRATIONS:
            hashed = {"function_hash": self._hash(parts.args[0])}
        self._post(
            peer,
            lib.GF_EVENT_PACKET,
            body,
            room=lib.GF_JOB_ROOM if kind in SUBMITS else 0,
            type=kind,
            argument1=parts.end1,
            argument2=parts.end2,
            data=parts.last,
            **hashed,
        )

    def line(self, peer: Peer, text: bytes) -> list[Effect]:
        """A text line, without its line end."""
        return self._tell(peer, lib.GF_EVENT_LINE, text)

    def fault(self, peer: Peer, error: int) -> list[Effect]:
        """The parser refused what the peer sent."""
        return self._tell(peer, lib.GF_EVENT_FAULT, b"", error=error)

    def gone(self, peer: Peer) -> list[Effect]:
        return self._tell(peer, lib.GF_EVENT_GONE, b"")

    def time(self, monotonic: int, wall: int) -> list[Effect]:
        """Both in milliseconds."""
        lib.gf_core_time(self._core, monotonic, wall)
        return self._effects()

    def _hash(self, key: bytes) -> int:
        return int(lib.gf_hash(self._seed, ffi.from_buffer(key), len(key)))

    def _block(self, content: bytes, room: int) -> Any:
        if not content:
            return ffi.NULL
        block = lib.gf_block_new(self._pool, room + len(content))
        assert block
        ffi.memmove(lib.gf_block_data(block) + room, content, len(content))
        if room:
            self.job_room = block.size
        return block

    def _post(self, peer: Peer, kind: int, content: bytes, room: int = 0, **fields: int) -> None:
        block = self._block(content, room)
        self._event[0] = {"peer": peer, "kind": kind, "size": len(content), "block": block, **fields}
        lib.gf_core_prefetch(self._core, self._event)
        lib.gf_core_event(self._core, self._event)

    def _tell(self, peer: Peer, kind: int, content: bytes, **fields: int) -> list[Effect]:
        self._post(peer, kind, content, **fields)
        return self._effects()

    # The store

    def commit(self, count: int) -> list[Effect]:
        """The store has committed the next `count` records."""
        taken, self._uncommitted = self._uncommitted[:count], self._uncommitted[count:]
        self._mark += len(taken)
        return self._store(lib.GF_STORE_COMMITTED, mark=self._mark, bytes=sum(taken))

    def fail_store(self, body: bytes) -> list[Effect]:
        """`body`: of the ERROR packet."""
        block = self._block(body, 0)
        return self._store(lib.GF_STORE_FAILED, block=block, data_size=len(body))

    def recover_store(self) -> list[Effect]:
        return self._store(lib.GF_STORE_RECOVERED)

    def restore(
        self,
        function: bytes,
        unique: bytes,
        data: bytes,
        *,
        key: bytes | None = None,
        priority: int = 1,
        when: int = 0,
        reducer: bytes = b"",
    ) -> list[Effect]:
        """A job that the store kept, under `key` if that is not its unique."""
        front = function + b"\0" + unique + b"\0" + (reducer + b"\0" if reducer else b"")
        behind = b"" if key is None else bytes([len(key)]) + key
        block = self._block(front + data + behind, lib.GF_JOB_ROOM)
        return self._store(
            lib.GF_STORE_JOB,
            block=block,
            when=when,
            data_at=len(front),
            data_size=len(data),
            function_size=len(function),
            unique_size=len(unique),
            reducer_size=len(reducer),
            has_key=key is not None,
            priority=priority,
        )

    def all_restored(self) -> list[Effect]:
        return self._store(lib.GF_STORE_READ)

    def record_all(self) -> list[Record]:
        """Every background job anew."""
        assert lib.gf_core_record_all(self._core)
        return self._take_records()

    def _store(self, kind: int, **fields: Any) -> list[Effect]:
        lib.gf_core_store_event(self._core, ffi.new("gf_store_event *", {"kind": kind, **fields}))
        return self._effects()

    def _take_records(self) -> list[Record]:
        records = lib.gf_core_records(self._core, self._count)
        taken = [self._take_record(records[index]) for index in range(self._count[0])]
        lib.gf_core_take_records(self._core, self._count[0])
        return taken

    def _take_record(self, record: Any) -> Record:
        """The record, and its block dropped as the store's thread drops it."""
        body = bytes(ffi.buffer(lib.gf_block_data(record.block), record.block.size))[lib.GF_JOB_ROOM :]
        assert record.mark == self._mark + len(self._uncommitted) + 1
        self._uncommitted.append(record.block.size)
        lib.gf_block_unref(record.block, self._pool)
        key = body[record.key_at : record.key_at + record.key_size]
        function = body[: record.function_size]
        if record.kind == lib.GF_RECORD_DONE:
            return Record(False, key, function, record.number)
        reducer_at = record.function_size + record.unique_size + 2
        return Record(
            is_add=True,
            key=key,
            function=function,
            number=record.number,
            priority=record.priority,
            when=record.when,
            reducer=body[reducer_at : reducer_at + record.reducer_size],
            data=body[record.data_at : record.data_at + record.data_size],
        )

    # Effects

    def _effects(self) -> list[Effect]:
        effects = lib.gf_core_effects(self._core, self._count)
        seen = [self._take(effects[index]) for index in range(self._count[0])]
        lib.gf_core_clear(self._core)
        self.records = self._take_records()
        lib.gf_pool_collect(self._pool)
        lib.gf_pool_collect(lib.gf_core_pool(self._core))
        return seen

    def _take(self, effect: Any) -> Effect:
        """The effect, and its block dropped as an I/O thread drops it."""
        body = self._body(effect)
        if effect.block != ffi.NULL:
            lib.gf_block_unref(effect.block, self._pool)
        peer = Peer(effect.peer.slot, effect.peer.generation)
        if effect.kind == lib.GF_EFFECT_PACKET:
            return Sent(peer, packet(RESPONSE, effect.type, body))
        if effect.kind == lib.GF_EFFECT_TEXT:
            return Sent(peer, body)
        if effect.kind == lib.GF_EFFECT_FORGET:
            return Forgotten(peer)
        if effect.kind == lib.GF_EFFECT_LOG:
            return Logged(effect.error, body)
        if effect.kind == lib.GF_EFFECT_PAUSE:
            return Paused(peer)
        if effect.kind == lib.GF_EFFECT_RESUME:
            return Resumed(peer)
        if effect.kind == lib.GF_EFFECT_CLOSE:
            return Closed(peer)
        if effect.kind == lib.GF_EFFECT_RECORD:
            return RecorderAsked(peer, body)
        assert effect.kind == lib.GF_EFFECT_SHUTDOWN
        return ShutdownAsked(effect.number == 1)

    def _body(self, effect: Any) -> bytes:
        """The handle, alone or with a NUL behind it; the text of an error; two ranges of the block."""
        rest = b""
        if effect.kind == lib.GF_EFFECT_PACKET and effect.error:
            info = lib.gf_errors[effect.error]
            rest = bytes(ffi.buffer(info.body, info.size))
        rest += self._range(effect.block, effect.at, effect.length)
        rest += self._range(effect.block, effect.at2, effect.length2)
        if effect.handle == lib.GF_HANDLE_NONE:
            return rest
        handle = b"%s:%d" % (self.options.handle_prefix, effect.number)
        if effect.handle == lib.GF_HANDLE_ALONE:
            assert rest == b""
            return handle
        assert effect.handle == lib.GF_HANDLE_FIRST
        return handle + b"\0" + rest

    @staticmethod
    def _range(block: Any, at: int, length: int) -> bytes:
        if length == 0:
            return b""
        assert at + length <= block.size
        return bytes(ffi.buffer(lib.gf_block_data(block) + at, length))

    # Questions

    def counts(self) -> Counts:
        counts = ffi.new("gf_core_counts *")
        lib.gf_core_count(self._core, counts)
        return Counts(**{name: getattr(counts, name) for name in Counts.__dataclass_fields__})

    def memory(self) -> int:
        """Bytes, as the memory limit counts them."""
        counts = ffi.new("gf_core_counts *")
        lib.gf_core_count(self._core, counts)
        return int(counts.memory)

    def outside(self, **told: int) -> None:
        """What the I/O threads and the listener hold and have refused."""
        lib.gf_core_outside(self._core, ffi.new("gf_outside *", told))

    def patience(self) -> int | None:
        """Milliseconds until `time` must be called, None when nothing waits for it."""
        left = int(lib.gf_core_patience(self._core))
        return None if left == NEVER else left

    def live_blocks(self) -> int:
        """Blocks that are out, of the core's own pool and of the I/O thread's."""
        return _live(lib.gf_core_pool(self._core)) + _live(self._pool)

    def live_bytes(self) -> int:
        """What these take with headers and rounding."""
        return sum(_stats(pool).live_bytes for pool in (lib.gf_core_pool(self._core), self._pool))

    def close(self) -> None:
        lib.gf_core_free(self._core)
        lib.gf_pool_collect(self._pool)
        missing = _live(self._pool)
        assert missing == 0, f"{missing} blocks did not come back"
        lib.gf_pool_free(self._pool)


def _stats(pool: Any) -> Any:
    stats = ffi.new("gf_pool_stats_out *")
    lib.gf_pool_stats(pool, stats)
    return stats


def _live(pool: Any) -> int:
    return int(_stats(pool).live_blocks)
