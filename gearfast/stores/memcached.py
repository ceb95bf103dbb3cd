"""memcached: an item for each job, under gearmand's keys. A cache may drop jobs at any time.

gearmand's item is the data alone, its flags the priority. A job that has more to it, or whose key would be
another job's or none that memcached takes, is an item of ours: function, unique, time and reducer stand
before the data. With several servers an item is where libmemcached puts it.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote_to_bytes

from pymemcache.client.base import Client
from pymemcache.exceptions import MemcacheError

from gearfast.stores.base import ANSWER_SECONDS, Add, Batch, Damaged, RefusedError, Row, StoreError
from gearfast.stores.joined import join, own_key, split

NAME = "libmemcached"
OURS = b"gearfast:"  # in front of the prefix: gearmand does not see it
DAMAGED = b"gearfast:damaged:"

DEFAULT_PORT = 11211
ITEMS_AT_A_TIME = 500  # or memcached waits for us to read what it says, and we for it
BYTES_AT_A_TIME = 16 << 20
LONGEST_KEY = 250
ITEM_ROOM = 128  # bytes that an item takes beside key and value
UNFIT = re.compile(rb"[\x00-\x20\x7f]")
FOUND = re.compile(rb"key=(\S+) .*?\bcas=([0-9]+) .*?\bsize=([0-9]+)")

logger = logging.getLogger("gearfast.stores")

Item = tuple[bytes, int]
"""Value and flags."""


class _Items:
    """Values with their flags, as pymemcache wants to be told."""

    def serialize(self, _key: bytes, item: Item) -> Item:
        return item

    def deserialize(self, _key: bytes, value: bytes, flags: int) -> Item:
        return value, flags


def parse_servers(text: str) -> list[tuple[str, int]]:
    """Hosts and ports of `host[:port][,...]`; raises ValueError for anything else."""
    servers = []
    for word in text.split(","):
        found = re.fullmatch(r"([^\s:/]+)(?::([0-9]{1,5}))?", word.strip())
        if found is None or not 0 < int(found[2] or DEFAULT_PORT) < 65536:
            raise ValueError(f"{word!r} is no host[:port].")
        servers.append((found[1], int(found[2] or DEFAULT_PORT)))
    return servers


def place(key: bytes, servers: int) -> int:
    """Which of so many servers libmemcached takes: Jenkins' one-at-a-time hash, modulo."""
    if servers == 1:
        return 0
    value = 0
    for byte in key:
        value = (value + byte) * 1025 & 0xFFFFFFFF
        value ^= value >> 6
    value = value * 9 & 0xFFFFFFFF
    value = (value ^ value >> 11) * 32769 & 0xFFFFFFFF
    return value % servers


class MemcachedStore:
    """The items with this prefix. No other server may use them."""

    name = NAME
    database = None

    def __init__(
        self, servers: list[tuple[str, int]], prefix: str = "gear_", seconds: float = ANSWER_SECONDS
    ) -> None:
        self._servers = servers
        self._prefix = prefix.encode("utf-8", "surrogateescape")
        self._seconds = seconds
        self._is_new = True
        self._clients: list[Any] = []  # of pymemcache, which has no types
        self._largest = 0
        self._waiting: list[tuple[int, bytes, int]] | None = None  # still to be read: see _list

    def open(self) -> None:
        with self._reporting():
            self.close()
            self._clients = [self._client(server) for server in self._servers]
            settings = [client.stats("settings") for client in self._clients]
            self._largest = min(int(found[b"item_size_max"]) for found in settings)
            if self._is_new:
                # At a level that is always seen.
                logger.error("memcached is a cache: it may drop jobs that were acknowledged at any time")
            self._is_new = False

    def read(self) -> list[Row]:
        with self._reporting():
            if self._waiting is None:
                self._waiting = self._list()
            while self._waiting:
                rows = self._fetch(self._waiting)
                if rows:
                    return rows
            return []

    def set_aside(self, damaged: list[Damaged]) -> None:
        with self._reporting():
            for row, reason in damaged:
                item = self._get([row[0]]).get(row[0])
                if item is not None:
                    (value, flags), _ = item
                    name = DAMAGED + hashlib.sha1(row[0]).hexdigest().encode()
                    self._set({name: (b"%b\0%b\0%b" % (row[0], reason.encode(), value), flags)})
                    self._delete([row[0]])

    def commit(self, batch: Batch) -> None:
        self._refuse_larger(batch)
        items: dict[bytes, Item] = {}
        gone: list[bytes] = []
        for key, function in batch.dones:
            gone += self._names(key, function)
        for job in batch.adds:
            name, item = self._item(job)
            gone += (other for other in self._names(job[0], job[1]) if other != name)
            items[name] = item
        with self._reporting():
            self._delete(gone)
            self._set(items)

    def clear(self) -> None:
        with self._reporting():
            self._delete([name for _, name, _ in self._list()])

    def close(self) -> None:
        for client in self._clients:
            client.close()
        self._clients = []

    # Keys and values

    def _refuse_larger(self, batch: Batch) -> None:
        """An item has key and value, and may be as large as memcached was told."""
        rest = [job for job in batch.adds if self._size(job) <= self._largest]
        if len(rest) < len(batch.adds):
            size = max(map(self._size, batch.adds))
            text = f"a job takes {size} bytes, and memcached's largest item (option -I) is {self._largest}"
            raise RefusedError(text, Batch(rest, batch.dones))

    def _size(self, job: Add) -> int:
        """At most: only jobs of ours have all that in the item."""
        return LONGEST_KEY + ITEM_ROOM + len(job[0]) + len(job[1]) + len(job[3]) + len(job[5] or b"")

    def _own_name(self, key: bytes, function: bytes) -> bytes:
        return OURS + self._prefix + hashlib.sha1(function + b"\0" + key).hexdigest().encode()

    def _names(self, key: bytes, function: bytes) -> list[bytes]:
        """All that the job's item may be called: ours, and gearmand's if it can have such a one."""
        joined = join(key, function)
        names = [self._own_name(key, function)]
        if joined is not None and len(self._prefix + joined) <= LONGEST_KEY and not UNFIT.search(joined):
            names.append(self._prefix + joined)
        return names

    def _item(self, job: Add) -> tuple[bytes, Item]:
        key, function, priority, data, when, reducer = job
        names = self._names(key, function)
        if len(names) == 2 and not when and reducer is None:
            return names[1], (data, priority)
        return names[0], (b"%b\0%b\0%d %b\0%b" % (function, key, when, reducer or b"", data), priority)

    def _row(self, name: bytes, value: bytes, flags: int) -> Row:
        if name.startswith(OURS):
            parts = value.split(b"\0", 3)
            if len(parts) != 4 or not re.fullmatch(rb"-?[0-9]{1,20} [^\0]*", parts[2]):
                return (name, None, None, flags, value, 0, None)
            when, _, reducer = parts[2].partition(b" ")
            return (name, parts[1], parts[0], flags, parts[3], int(when), reducer or None)
        key, function = split(name[len(self._prefix) :]) or (None, None)
        return (name, key, function, flags, value, 0, None)

    # Reading

    def _list(self) -> list[tuple[int, bytes, int]]:
        """Number, key and size of all that is there, the last first. Each set of an item gets a number."""
        ours = re.compile(re.escape(OURS + self._prefix) + rb"[0-9a-f]{40}")
        found = []
        for client in self._clients:
            for name, number, size in FOUND.findall(self._dump(client)):
                plain = unquote_to_bytes(name)
                if plain.startswith(self._prefix) or ours.fullmatch(plain):
                    found.append((int(number), plain, int(size)))
        return sorted(found, reverse=True)

    def _client(self, server: tuple[str, int]) -> Any:
        return Client(
            server,
            serde=_Items(),
            no_delay=True,
            default_noreply=False,
            connect_timeout=self._seconds,
            timeout=self._seconds,
        )

    @staticmethod
    def _dump(client: Any) -> bytes:
        """The client's own raw_command cannot read an answer as long as this."""
        if client.sock is None:
            raise StoreError("there is no connection")
        client.sock.sendall(b"lru_crawler metadump all\r\n")
        told = bytearray()
        while told != b"END\r\n" and not told.endswith(b"\nEND\r\n"):
            part = client.sock.recv(1 << 16)
            told += part
            if not part or (told.endswith(b"\r\n") and not told.startswith((b"key=", b"END"))):
                client.close()
                raise StoreError(f"memcached does not list its items: {told.decode('latin-1').strip()}")
        return bytes(told)

    def _fetch(self, waiting: list[tuple[int, bytes, int]]) -> list[Row]:
        """The rows of the next items, which it takes off; those gone or replaced meanwhile are none."""
        taken, size = 0, 0
        while taken < min(ITEMS_AT_A_TIME, len(waiting)) and size <= BYTES_AT_A_TIME:
            taken += 1
            size += waiting[-taken][2]
        part = waiting[-taken:][::-1]
        items = self._get(name for _, name, _ in part)
        rows = []
        for number, name, _ in part:
            item, cas = items.get(name, (None, b""))
            if item is not None and int(cas) == number:
                rows.append(self._named(self._row(name, *item), item))
        del waiting[-taken:]
        return rows

    def _named(self, row: Row, item: Item) -> Row:
        """A job of gearmand's without a unique gets a key of its own, as many may come."""
        name, key, function, *rest = row
        if key is None or own_key(key) == key:
            return row
        made = own_key(key)
        new = self._names(made, function)[-1]
        self._set({new: item})
        self._delete([name])
        return (new, made, function, *rest)

    # The servers

    def _by_server(self, names: Iterable[bytes]) -> Iterator[tuple[Any, list[bytes]]]:
        """The names in parts, each with the server that they belong to."""
        groups: dict[int, list[bytes]] = {}
        for name in names:
            groups.setdefault(place(name, len(self._clients)), []).append(name)
        for server, group in groups.items():
            for start in range(0, len(group), ITEMS_AT_A_TIME):
                yield self._clients[server], group[start : start + ITEMS_AT_A_TIME]

    def _get(self, names: Iterable[bytes]) -> dict[bytes, tuple[Item, bytes]]:
        found: dict[bytes, tuple[Item, bytes]] = {}
        for client, part in self._by_server(names):
            found.update(client.gets_many(part))
        return found

    def _set(self, items: dict[bytes, Item]) -> None:
        for client, part in self._by_server(items):
            if client.set_many({name: items[name] for name in part}):
                raise StoreError("memcached did not take every job")

    def _delete(self, names: Iterable[bytes]) -> None:
        for client, part in self._by_server(names):
            client.delete_many(part)

    @contextmanager
    def _reporting(self) -> Iterator[None]:
        """What goes wrong, as StoreError."""
        try:
            yield
        except (MemcacheError, OSError) as error:
            raise StoreError(" ".join(str(error).split()) or type(error).__name__) from error
