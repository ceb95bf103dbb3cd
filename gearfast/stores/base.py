"""The contract of a store, and what goes in and out of one.

A store keeps jobs under (function, key), as gearmand does. The key is the job's unique; a job whose unique is
empty or "-", of which there may be many, has a key made by the server (`made_key`). Text is bytes here,
since names and uniques may be any bytes without NUL.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from gearfast._native.sqlite import Database

Add = tuple[bytes, bytes, int, bytes, int, "bytes | None"]
"""Key, function, priority (0 high, 1 normal, 2 low), data, when to run (s since the epoch; 0: at once), and
the reducer if there is one."""

Key = tuple[bytes, bytes]
"""Key, function."""

Row = tuple[Any, Any, Any, Any, Any, Any, Any]
"""What a store found: its own name for the row, then as in Add, but nothing of it is checked."""

MADE_KEY = b"gearfast:"
UNIQUE_MAX = 64
FUNCTION_MAX = 8190

ANSWER_SECONDS = 10.0
"""How long a server may say nothing before it counts as failing. Stores wait for locks half as long."""


class Batch(NamedTuple):
    """What has happened since the last commit: first the jobs of `dones` go, then those of `adds` come.

    An added job replaces one that has the same key and function. One in `dones` need not be there.
    """

    adds: list[Add]
    dones: list[Key]


class Damaged(NamedTuple):
    """A row that is no job."""

    row: Row
    reason: str


class StoreError(Exception):
    """The store cannot do it now; the text says why, in one line, for logs and clients."""


class RefusedError(StoreError):
    """The store will never take some of a batch's jobs; `rest` is the batch without them."""

    def __init__(self, text: str, rest: Batch) -> None:
        super().__init__(text)
        self.rest = rest


def refuse_larger(batch: Batch, most: int) -> None:
    """Raise RefusedError if jobs have more than `most` bytes of data."""
    rest = [add for add in batch.adds if len(add[3]) <= most]
    if len(rest) < len(batch.adds):
        largest = max(len(add[3]) for add in batch.adds)
        text = f"a job has {largest} bytes of data, and the store takes at most {most}"
        raise RefusedError(text, Batch(rest, batch.dones))


class Store(Protocol):
    """One thread at a time uses a store.

    Every method but `close` raises StoreError when the store fails. Then nothing of the call has happened, or
    all of it, and after `open` the same call may be made again.
    """

    name: str
    """As in the option --queue-type."""

    @property
    def database(self) -> Database | None:
        """What the store's thread writes batches to natively, another one after each `open`; None: a store
        to which they are written by `commit`."""

    def open(self) -> None:
        """Connect. Called again after a failure; only the first time it makes what is missing."""

    def read(self) -> list[Row]:
        """The next of the jobs that were there at the first call, in the order they came; at the end none.

        Between two calls `commit`, `set_aside` and `open` may be called.
        """

    def set_aside(self, damaged: list[Damaged]) -> None:
        """Put rows of the last batch where neither gearfast nor gearmand reads them, but a human can."""

    def commit(self, batch: Batch) -> None:
        """Do it, once and durably. Raises RefusedError for jobs that would never fit."""

    def clear(self) -> None:
        """Forget every job."""

    def close(self) -> None:
        """Let go of everything; never fails."""
