"""Redis and Valkey: a hash for each job, under gearmand's keys and with its fields `data` and `priority`.

Later versions of it write `function` and `unique` as well, old ones a plain string. Ours has no field more,
since gearmand takes the first two it is given. What it has no place for stands beside: when each job came, in
a sorted set, and time and reducer of those that have them, in a hash. A batch is one transaction in one round
trip. Whether it is on the disk then, the server's settings say: see `_problems`.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from hashlib import sha1
from itertools import count
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from gearfast.stores.base import ANSWER_SECONDS, Batch, Damaged, Row, StoreError
from gearfast.stores.joined import join, own_key, split

NAME = "redis"
# In front of a key, which gearmand then does not see.
OURS = b"gearfast:"
DAMAGED = b"gearfast:damaged:"
ORDER = b"gearfast:order:"
MORE = b"gearfast:more:"
REASONS = b"gearfast:damaged"

CLAIM_SECONDS, CLAIM_PAUSE = 2.0, 0.05  # until a server that was killed is gone
SCANNED_AT_A_TIME = 1000
ROWS_AT_A_TIME = 1000
BYTES_AT_A_TIME = 16 << 20
NUMBERS_AT_A_TIME = 10_000
FIELDS = ("data", "priority", "function", "unique")
NORMAL = 1

logger = logging.getLogger("gearfast.stores")


def _number(text: bytes | None) -> Any:
    """The number, or what stands there instead of one."""
    return int(text) if text is not None and re.fullmatch(rb"-?[0-9]{1,20}", text) else text


def _close(db: Any) -> None:
    if db is not None:
        with suppress(redis.RedisError, OSError):
            db.close()


class RedisStore:
    """The keys with this prefix in database 0 of a server. No other server may use them."""

    name = NAME
    database = None

    def __init__(
        self,
        host: str,
        port: int,
        password: str | None = None,
        prefix: str = "_gear_",
        seconds: float = ANSWER_SECONDS,
    ) -> None:
        self._prefix = prefix.encode("utf-8", "surrogateescape") + b"-"
        self._owner_name = "gearfast:" + sha1(self._prefix).hexdigest()
        self._settings: dict[str, Any] = {
            "host": host,
            "port": port,
            "password": password,
            "socket_timeout": seconds,
            "socket_connect_timeout": seconds,
            "retry": Retry(NoBackoff(), 0),
            "single_connection_client": True,
        }
        self._is_new = True
        self._db: Any = None  # a redis.Redis: its types know no bytes
        self._session: tuple[str, int] | None = None  # the server's run and our connection's number in it
        self._order = ORDER + self._prefix
        self._more = MORE + self._prefix
        self._last = 0  # number of a job
        self._replaced: set[bytes] = set()  # keys written since the first read, until the last
        self._waiting: list[tuple[int, bytes, int]] | None = None  # still to be read: see _list

    def open(self) -> None:
        with self._reporting():
            before = self._db
            try:
                self._db = redis.Redis(**self._settings)
                run, number = str(self._db.info("server")["run_id"]), int(self._db.client_id())
                with suppress(redis.ResponseError):  # _claim tells of it
                    self._db.client_setname(self._claim_name)
            finally:
                _close(before)  # not sooner: another might take the keys
            if self._session is not None and self._session[0] == run:
                self._end_connection(self._session[1])
            self._session = run, number
            self._claim(number)
            if self._is_new:
                self._check_settings()
            self._is_new = False

    def read(self) -> list[Row]:
        with self._reporting() as db:
            if self._waiting is None:
                self._waiting = self._list(db)
            while self._waiting:
                rows = self._fetch(db, self._waiting)
                if rows:
                    return rows
            self._replaced.clear()
            return []

    def set_aside(self, damaged: list[Damaged]) -> None:
        with self._reporting() as db, db.pipeline(transaction=True) as pipeline:
            for row, reason in damaged:
                pipeline.rename(row[0], DAMAGED + row[0])
                pipeline.hset(REASONS, row[0], reason)
            for answer in pipeline.execute(raise_on_error=False):
                if isinstance(answer, redis.RedisError) and "no such key" not in str(answer):
                    raise answer

    def commit(self, batch: Batch) -> None:
        adds = {self._key(job[0], job[1]): job for job in batch.adds}
        names = [*(self._key(*key) for key in batch.dones), *adds]
        if not names:
            return
        with self._reporting() as db, db.pipeline(transaction=True) as pipeline:
            pipeline.delete(*names)
            pipeline.hdel(self._more, *names)
            pipeline.zrem(self._order, *names)
            for name, job in adds.items():
                pipeline.execute_command("HSET", name, "data", job[3], "priority", job[2])
                if job[4] or job[5] is not None:
                    pipeline.hset(self._more, name, b"%d %b" % (job[4], job[5] or b""))
            if adds:
                pipeline.zadd(self._order, self._numbered(adds))
            if self._waiting:
                self._replaced.update(adds)
            pipeline.execute()

    def clear(self) -> None:
        with self._reporting() as db:
            for names in self._scan(db):
                db.delete(*names)
            db.delete(self._order, self._more)

    def close(self) -> None:
        _close(self._db)
        self._db = None

    # Keys and values

    def _key(self, key: bytes, function: bytes) -> bytes:
        """As gearmand has it, unless that is another job's: gearmand would run it for that function."""
        name = join(key, function)
        if name is None:
            return OURS + self._prefix + b"%b\0%b" % (function, key)
        return self._prefix + name

    def _numbered(self, names: Iterable[bytes]) -> dict[bytes, int]:
        """A number for each, in order, greater than all before also if the clock was set back meanwhile."""
        start = max(self._last, time.time_ns() // 1000) + 1
        numbers = dict(zip(names, count(start), strict=False))
        self._last = start + len(numbers)
        return numbers

    def _row(self, name: bytes, values: list[bytes | None], more: bytes | None) -> Row:
        """What stands in a hash; nothing is known of one without data, but that it is no job."""
        data, priority, function, unique = values
        if data is None:
            return (name, None, None, None, None, None, None)
        if name.startswith(OURS + self._prefix):
            function, _, unique = name[len(OURS + self._prefix) :].partition(b"\0")
        elif function is None or unique is None:
            unique, function = split(name[len(self._prefix) :]) or (None, None)
        key = unique if unique is None else own_key(unique)
        when, _, reducer = (more or b"0").partition(b" ")
        return (name, key, function, _number(priority), data, _number(when), reducer or None)

    # Reading

    def _scan(self, db: Any) -> Iterator[list[bytes]]:
        prefix = re.sub(rb"([\\*?\[\]])", rb"\\\1", self._prefix)
        for pattern in (prefix + b"*", OURS + prefix + b"*"):
            cursor = -1
            while cursor:
                cursor, names = db.scan(max(cursor, 0), match=pattern, count=SCANNED_AT_A_TIME)
                if names:
                    yield names

    def _list(self, db: Any) -> list[tuple[int, bytes, int]]:
        """Number, key and size of all that is there, the last one first; gearmand's have the number 0."""
        numbers = self._read_numbers(db)
        self._last = max(numbers.values(), default=0)
        found = {}
        for names in self._scan(db):
            with db.pipeline(transaction=False) as pipeline:
                for name in names:
                    pipeline.hstrlen(name, "data")
                for name, size in zip(names, pipeline.execute(raise_on_error=False), strict=True):
                    found[name] = size if isinstance(size, int) else 0
        self._forget(db, numbers.keys() - found.keys())
        return sorted(((numbers.get(name, 0), name, size) for name, size in found.items()), reverse=True)

    def _read_numbers(self, db: Any) -> dict[bytes, int]:
        numbers: dict[bytes, int] = {}
        while part := db.zrange(
            self._order, len(numbers), len(numbers) + NUMBERS_AT_A_TIME - 1, withscores=True
        ):
            numbers.update((name, int(number)) for name, number in part)
        return numbers

    def _forget(self, db: Any, gone: set[bytes]) -> None:
        """What we know of jobs that gearmand has run."""
        names = list(gone)
        for start in range(0, len(names), NUMBERS_AT_A_TIME):
            part = names[start : start + NUMBERS_AT_A_TIME]
            db.zrem(self._order, *part)
            db.hdel(self._more, *part)

    def _fetch(self, db: Any, waiting: list[tuple[int, bytes, int]]) -> list[Row]:
        """The rows of the next keys, which it takes off; those gone or replaced meanwhile are none."""
        taken, size = 0, 0
        while taken < min(ROWS_AT_A_TIME, len(waiting)) and size <= BYTES_AT_A_TIME:
            taken += 1
            size += waiting[-taken][2]
        part = waiting[-taken:][::-1]
        names = [name for _, name, _ in part if name not in self._replaced]
        with db.pipeline(transaction=False) as pipeline:
            for name in names:
                pipeline.hmget(name, FIELDS)
            answers = pipeline.execute(raise_on_error=False)
        more = db.hmget(self._more, names) if names else []
        rows = []
        for name, values, beside in zip(names, answers, more, strict=True):
            if isinstance(values, redis.ResponseError):
                rows += self._read_string(db, name)
            elif values[0] is not None or db.exists(name):
                rows.append(self._row(name, values, beside))
        rows = self._rename(db, rows)
        del waiting[-taken:]
        return rows

    def _read_string(self, db: Any, name: bytes) -> list[Row]:
        """A value that is no hash: an old gearmand's data, or no job at all."""
        try:
            data = db.get(name)
        except redis.ResponseError:
            return [self._row(name, [None] * len(FIELDS), None)]
        return [] if data is None else [self._row(name, [data, b"%d" % NORMAL, None, None], None)]

    def _rename(self, db: Any, rows: list[Row]) -> list[Row]:
        """Jobs of other servers whose keys are not those that we shall delete."""
        renamed = []
        with db.pipeline(transaction=False) as pipeline:
            for name, key, function, *rest in rows:
                should = name if key is None or function is None else self._key(key, function)
                if should != name:
                    pipeline.rename(name, should)
                renamed.append((should, key, function, *rest))
            for answer in pipeline.execute(raise_on_error=False):
                if isinstance(answer, redis.RedisError) and "no such key" not in str(answer):
                    raise answer
        return renamed

    # The connection

    def _end_connection(self, number: int) -> None:
        """The server may still have a batch of it to read, which must not come after the next."""
        with suppress(redis.ResponseError):  # it is gone
            self._db.execute_command("CLIENT", "KILL", "ID", number)

    @property
    def _claim_name(self) -> str:
        """Who had the keys before comes before those that start."""
        return self._owner_name + (":new" if self._is_new else ":again")

    def _claim(self, number: int) -> None:
        """Two servers with one prefix would each run its jobs. A name lasts as long as its connection.

        It first says that the connection claims the keys, then that it owns them. The first claim in order
        goes on. Two may become owners at once, where one claimed before the other could see it, but then at
        least one sees the other, and only claims again.
        """
        deadline = time.monotonic() + CLAIM_SECONDS
        try:
            is_owner = False
            while not is_owner:
                self._db.client_setname(self._claim_name)
                self._await_turn(number, deadline)
                self._db.client_setname(self._owner_name)
                is_owner = all(name != self._owner_name for name, *_ in self._rivals(number))
        except redis.ResponseError as error:
            logger.error("It cannot be known whether another gearfast uses these keys of Redis: %s", error)

    def _await_turn(self, number: int, deadline: float) -> None:
        """Until nobody comes before us. An owner's name comes before all claims."""
        while first := min(self._rivals(number), default=None):
            if first > (self._claim_name, number):
                return
            if time.monotonic() > deadline:
                prefix = self._prefix.decode("utf-8", "backslashreplace")
                raise StoreError(f"the keys {prefix} are in use by another gearfast, {first[2]}")
            time.sleep(CLAIM_PAUSE)

    def _rivals(self, number: int) -> list[tuple[str, int, str]]:
        """Name, number and address of the other connections that own or claim these keys."""
        clients = [(client["name"], int(client["id"]), client["addr"]) for client in self._db.client_list()]
        return [each for each in clients if each[0].startswith(self._owner_name) and each[1] != number]

    def _check_settings(self) -> None:
        """Say what the server may lose of what it has acknowledged, at a level that is always seen."""
        for problem in self._problems():
            logger.error("Redis may lose jobs that were acknowledged: %s", problem)

    def _problems(self) -> Iterator[str]:
        try:
            is_kept = self._setting("appendonly") == "yes"
            synced = self._setting("appendfsync")
            evicts = self._setting("maxmemory") != "0" and self._setting("maxmemory-policy").startswith(
                "allkeys"
            )
        except (redis.ResponseError, KeyError):
            yield "it does not tell how it is set (CONFIG GET)"
            return
        if not is_kept:
            yield "appendonly is off, so a crash loses all since its last snapshot"
        elif synced != "always":
            yield f"appendfsync is {synced}, so a power cut loses the last seconds; only 'always' does not"
        if evicts:
            yield "maxmemory-policy lets it drop keys when memory is short; 'noeviction' does not"

    def _setting(self, name: str) -> str:
        value = self._db.config_get(name)[name]
        return value.decode() if isinstance(value, bytes) else str(value)

    @contextmanager
    def _reporting(self) -> Iterator[Any]:
        """What goes wrong, as StoreError."""
        try:
            yield self._db
        except (redis.RedisError, OSError) as error:
            raise StoreError(" ".join(str(error).split()) or type(error).__name__) from error
