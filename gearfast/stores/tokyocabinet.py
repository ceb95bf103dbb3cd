"""Tokyo Cabinet: gearmand's records in a hash or B+ tree database, by the C library, which cffi calls.

A record's key is `FUNCTION-UNIQUE`, its value `FUNCTION\\0UNIQUE\\0`, a digit for the priority, the time in
decimal, `\\0` and the data. What gearmand has no place for, order and reducer, is in a database beside it. A
batch is one transaction in each, and on the disk when it is committed.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cffi

from gearfast.stores.base import Batch, Damaged, Row, StoreError
from gearfast.stores.joined import join, own_key

NAME = "libtokyocabinet"
LIBRARY = "libtokyocabinet.so.9"
SUFFIXES = (".tch", ".tcb")
BESIDE = ".gearfast.tch"
OURS = b"gearfast:"
# Records are written, not mapped: where the disk is full, writing to a mapped file kills the process.
UNMAPPED = "#xmsiz=0"

ROWS_AT_A_TIME = 1000
BYTES_AT_A_TIME = 16 << 20
ROOM = 16 << 20  # bytes of the disk that must be free for a batch, beside those of its jobs
HARMLESS = (0, 22)  # no error, and that a record is missing
VALUE = re.compile(rb"([^\0]*)\0([^\0]*\0?)\0([0-9])(-?[0-9]{0,20})\0(.*)", re.S)

DECLARATIONS = """
void *tcadbnew(void);
void tcadbdel(void *);
bool tcadbopen(void *, const char *);
bool tcadbclose(void *);
bool tcadbput(void *, const char *, int, const char *, int);
bool tcadbout(void *, const char *, int);
char *tcadbget(void *, const char *, int, int *);
int tcadbvsiz(void *, const char *, int);
bool tcadbiterinit(void *);
char *tcadbiternext(void *, int *);
bool tcadbsync(void *);
bool tcadboptimize(void *, const char *);
bool tcadbvanish(void *);
bool tcadbtranbegin(void *);
bool tcadbtrancommit(void *);
bool tcadbtranabort(void *);
void *tcadbreveal(void *);
int tchdbecode(void *);
int tcbdbecode(void *);
void tcfree(void *);
"""


class Cabinet:
    """A database file. Every method but `close` raises StoreError or OSError when it fails."""

    def __init__(self, path: str, settings: str = "") -> None:
        self.path = Path(path)
        self._settings = settings
        self._ffi = cffi.FFI()
        self._ffi.cdef(DECLARATIONS)
        self._inode = (0, 0)
        self._library: Any = None
        self._db: Any = None

    def open(self, *, may_create: bool) -> None:
        if self._library is None:
            self._library = self._ffi.dlopen(LIBRARY)
        if not may_create:
            self.path.stat()
        mode = "wcf" if may_create else "wf"
        name = os.fsencode(f"{self.path}{self._settings}{UNMAPPED}#mode={mode}")
        self._db = self._library.tcadbnew()
        if not self._library.tcadbopen(self._db, name):
            self._library.tcadbdel(self._db)
            self._db = None
            raise StoreError(f"{self.path} cannot be opened: it is in use, damaged, or may not be written")
        self._inode = self._status()

    def close(self) -> None:
        if self._db is not None:
            self._library.tcadbdel(self._db)
            self._db = None

    def put(self, key: bytes, value: bytes) -> None:
        self._check(self._library.tcadbput(self._db, key, len(key), value, len(value)))

    def remove(self, key: bytes) -> None:
        """Does nothing if it is not there."""
        self._library.tcadbout(self._db, key, len(key))
        self._check(True)

    def get(self, key: bytes) -> bytes | None:
        size = self._ffi.new("int *")
        return self._taken(self._library.tcadbget(self._db, key, len(key), size), size)

    def size_of(self, key: bytes) -> int:
        return int(self._library.tcadbvsiz(self._db, key, len(key)))

    def names(self) -> Iterator[bytes]:
        size = self._ffi.new("int *")
        self._check(self._library.tcadbiterinit(self._db))
        while (key := self._taken(self._library.tcadbiternext(self._db, size), size)) is not None:
            yield key

    def clear(self) -> None:
        self._check(self._library.tcadbvanish(self._db))
        self._check(self._library.tcadbsync(self._db))

    def optimize(self) -> None:
        self._check(self._library.tcadboptimize(self._db, self._ffi.NULL))

    @contextmanager
    def transaction(self, size: int = 0) -> Iterator[None]:
        """On the disk at the end of the block, which brings about so many bytes."""
        if self._db is None:
            raise StoreError(f"{self.path} is not open")
        if self._status() != self._inode:
            raise StoreError(f"{self.path} has been replaced")
        self._check_room(2 * size + ROOM)
        self._check(self._library.tcadbtranbegin(self._db))
        try:
            yield
            self._check(self._library.tcadbtrancommit(self._db))
        except BaseException:
            self._library.tcadbtranabort(self._db)
            raise
        self._check(self._library.tcadbsync(self._db))

    def _check_room(self, size: int) -> None:
        """A database that grows into a full disk is damaged for good, so it must not come to that."""
        disk = os.statvfs(self.path)
        if disk.f_bavail * disk.f_frsize < size:
            raise StoreError(f"{self.path} has no room to grow: the disk is nearly full")

    def _error(self) -> int:
        database = self._library.tcadbreveal(self._db)
        is_hash = self.path.suffix == SUFFIXES[0]
        return int(self._library.tchdbecode(database) if is_hash else self._library.tcbdbecode(database))

    def _taken(self, found: Any, size: Any) -> bytes | None:
        """What the library has allocated."""
        if found == self._ffi.NULL:
            return None
        try:
            return bytes(self._ffi.buffer(found, size[0]))
        finally:
            self._library.tcfree(found)

    def _status(self) -> tuple[int, int]:
        status = self.path.stat()
        return status.st_dev, status.st_ino

    def _check(self, succeeded: bool) -> None:
        """The library says yes to some writes that fail, but remembers the error."""
        if not succeeded or self._error() not in HARMLESS:
            raise StoreError(f"{self.path} could not be written")


class TokyoCabinetStore:
    """The records of a database, which is made if it is missing, as is the one beside it."""

    name = NAME
    database = None

    def __init__(self, name: str, *, optimizes: bool = False) -> None:
        path, sharp, settings = name.partition("#")
        self._jobs = Cabinet(path, sharp + settings)
        self._beside = Cabinet(path + BESIDE)
        self._optimizes = optimizes
        self._is_new = True
        self._last = 0  # number of a job
        self._gone: list[bytes] = []  # jobs done in the last batch
        self._waiting: list[tuple[int, bytes, int]] | None = None  # still to be read: see _list

    def open(self) -> None:
        with self._reporting():
            self.close()
            if self._jobs.path.suffix not in SUFFIXES:
                raise StoreError(f"{self._jobs.path} does not end in {' or '.join(SUFFIXES)}")
            self._jobs.open(may_create=self._is_new)
            self._beside.open(may_create=self._is_new)
            if self._is_new and self._optimizes:
                self._jobs.optimize()
            self._is_new = False

    def read(self) -> list[Row]:
        with self._reporting():
            if self._waiting is None:
                self._waiting = self._list()
            rows: list[Row] = []
            while self._waiting and not rows:
                rows = self._fetch(self._waiting)
            return rows

    def set_aside(self, damaged: list[Damaged]) -> None:
        with self._reporting(), self._beside.transaction():
            for row, reason in damaged:
                self._beside.put(b"damaged:" + row[0], b"%b\0%b" % (reason.encode(), row[4] or b""))
        with self._reporting(), self._jobs.transaction():
            for row, _ in damaged:
                self._jobs.remove(row[0])

    def commit(self, batch: Batch) -> None:
        """What stands beside a job comes before it and goes after it, with the next batch."""
        adds = {self._key(job[0], job[1]): job for job in batch.adds}
        gone = [self._key(*key) for key in batch.dones]
        size = sum(len(job[3]) for job in batch.adds)
        with self._reporting(), self._beside.transaction(size):
            for name in self._gone:
                self._beside.remove(b"job:" + name)
            for name, job in adds.items():
                self._beside.put(b"job:" + name, b"%d %b" % (self._next(), job[5] or b""))
        with self._reporting(), self._jobs.transaction(size):
            for name in gone:
                self._jobs.remove(name)
            for name, (key, function, priority, data, when, _) in adds.items():
                self._jobs.put(name, b"%b\0%b\0%d%d\0%b" % (function, key, priority, when, data))
        self._gone = [name for name in gone if name not in adds]

    def clear(self) -> None:
        with self._reporting():
            self._jobs.clear()

    def close(self) -> None:
        self._jobs.close()
        self._beside.close()

    # Keys and values

    @staticmethod
    def _key(key: bytes, function: bytes) -> bytes:
        """As gearmand has it, unless it is another job's."""
        return join(key, function) or OURS + b"%b\0%b" % (function, key)

    def _next(self) -> int:
        """Greater than all before, also if the clock was set back meanwhile."""
        self._last = max(self._last + 1, time.time_ns())
        return self._last

    def _aside(self, name: bytes) -> tuple[int, bytes | None]:
        """Number and reducer; a job of gearmand's has neither."""
        number, _, reducer = (self._beside.get(b"job:" + name) or b"0").partition(b" ")
        return int(number), reducer or None

    # Reading

    def _list(self) -> list[tuple[int, bytes, int]]:
        """Number, key and size of all that is there, the last one first."""
        found = sorted(((self._aside(name)[0], name) for name in self._jobs.names()), reverse=True)
        names = {name for _, name in found}
        with self._beside.transaction():
            for name in list(self._beside.names()):
                if name.startswith(b"job:") and name[4:] not in names:
                    self._beside.remove(name)
        self._last = max(self._last, found[0][0] if found else 0)
        return [(number, name, self._jobs.size_of(name)) for number, name in found]

    def _fetch(self, waiting: list[tuple[int, bytes, int]]) -> list[Row]:
        """The rows of the next records, which it takes off; those gone or replaced meanwhile are none."""
        taken, size = 0, 0
        while taken < min(ROWS_AT_A_TIME, len(waiting)) and size <= BYTES_AT_A_TIME:
            taken += 1
            size += waiting[-taken][2]
        rows: list[Row] = []
        for number, name, _ in waiting[-taken:][::-1]:
            value, (now, reducer) = self._jobs.get(name), self._aside(name)
            if value is not None and now == number:
                rows.append(self._row(name, value, reducer))
        del waiting[-taken:]
        return rows

    def _row(self, name: bytes, value: bytes, reducer: bytes | None) -> Row:
        found = VALUE.fullmatch(value)
        if found is None:
            return (name, None, None, None, value, 0, None)
        function, unique, priority, when, data = found.groups()
        key = own_key(unique)
        should = self._key(key, function)
        if should != name:
            with self._jobs.transaction():
                self._jobs.remove(name)
                self._jobs.put(should, b"%b\0%b\0%b%b\0%b" % (function, key, priority, when, data))
        return (should, key, function, int(priority), data, int(when or b"0"), reducer)

    @contextmanager
    def _reporting(self) -> Iterator[None]:
        """What goes wrong, as StoreError."""
        try:
            yield
        except OSError as error:
            raise StoreError(str(error)) from error
