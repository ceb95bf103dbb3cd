"""The thread that keeps background jobs in a store: first it reads what is there, then it commits what comes.

Nothing waits for it but the answers to background submits: it commits in one batch whatever has gathered
while it committed the last. It is a Python thread; writes to SQLite leave Python, until one fails.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from gearfast._native.journal import Journal
from gearfast._native.sqlite import Database
from gearfast.server.levels import Level
from gearfast.server.logs import logger
from gearfast.stores.base import Batch, RefusedError, Row, Store, StoreError

FIRST_PAUSE, LONGEST_PAUSE = 100, 5000  # ms between two attempts

Result = TypeVar("Result")


class Stopped(Exception):  # noqa: N818 - it is how a stop reaches the bottom
    """The store fails and the server has stopped."""


class Keeper:
    """Keeps the jobs of a journal in an open store, which it closes at the end.

    With `empties` the store is only written when the server stops: it is emptied once it has been read.
    """

    def __init__(self, store: Store, journal: Journal, *, empties: bool) -> None:
        self._store, self._journal, self._empties = store, journal, empties
        self._thread = threading.Thread(target=self._run, name="gf-store")

    def start(self) -> None:
        """From now on the engine's stop waits for the store."""
        self._journal.begin()
        self._thread.start()

    def join(self) -> None:
        """After the engine's stop."""
        self._thread.join()

    def _run(self) -> None:
        try:
            self._keep()
        except Stopped:
            logger.error("The store %s was not there for what came last: jobs may be lost", self._store.name)
        except Exception as error:
            logger.exception("The store's thread has failed")
            self._tell_failure(error)
        finally:
            self._store.close()
            self._journal.close()

    def _keep(self) -> None:
        self._read()
        if self._empties:
            self._insist(self._store.clear)
        self._journal.all_restored()
        while self._commit_next(wait=True):
            pass

    def _read(self) -> None:
        """Everything that was there, and meanwhile what comes."""
        start = time.monotonic()
        logger.info("Reading the jobs in %s; background submits wait", self._store.name)
        restored = damaged = 0
        while rows := self._insist(self._store.read):
            count, bad = self._restore(rows)
            restored += count
            damaged += bad
            self._commit_next(wait=False)
        seconds = time.monotonic() - start
        told = "%d jobs were in %s, read in %.1f s; %d damaged rows were set aside"
        logger.log(Level.NOTICE.stdlib, told, restored, self._store.name, seconds, damaged)

    def _restore(self, rows: list[Row]) -> tuple[int, int]:
        count, damaged = self._journal.restore(rows)
        if damaged:
            self._insist(lambda: self._store.set_aside(damaged))
        for row, reason in damaged:
            logger.error("Row %r of %s is no job and was set aside: %s", row[0], self._store.name, reason)
        return count, len(damaged)

    def _commit_next(self, *, wait: bool) -> bool:
        """Commit what has gathered; False when that is nothing: for now or, having waited, to the end."""
        if self._store.database is not None:
            return self._write_next(self._store.database, wait=wait)
        batch = self._journal.take(wait=wait)
        if batch is not None:
            self._commit(batch)
        return batch is not None

    def _write_next(self, database: Database, *, wait: bool) -> bool:
        """Natively; having waited, one batch after the other."""
        try:
            self._journal.write(database, wait=wait)
        except StoreError as error:
            self._recover(error, self._write_again, self._journal.committed)
            return True
        return False

    def _write_again(self) -> None:
        """What failed, to the database that was opened since."""
        assert self._store.database is not None
        self._journal.write_again(self._store.database)

    def _commit(self, batch: Batch) -> None:
        left = [batch]

        def commit() -> None:
            """The server withdraws what is refused, as all that waits when the store fails."""
            try:
                self._store.commit(left[0])
            except RefusedError as error:
                left[0] = error.rest
                raise

        self._insist(commit, then=self._journal.committed)

    def _insist(self, action: Callable[[], Result], then: Callable[[], None] = lambda: None) -> Result:
        """Try until it works, `then` say so. Raises Stopped when the server stops before it does."""
        try:
            result = action()
        except Exception as error:
            return self._recover(error, action, then)
        then()
        return result

    def _recover(self, error: Exception, action: Callable[[], Result], then: Callable[[], None]) -> Result:
        """The same after the first attempt has failed."""
        self._tell_failure(error)
        result = self._try_again(action)
        then()
        self._journal.recovered()
        logger.log(Level.NOTICE.stdlib, "The store %s works again", self._store.name)
        return result

    def _try_again(self, action: Callable[[], Result]) -> Result:
        """At growing intervals; when the server stops, once more at once."""
        pause = FIRST_PAUSE
        while True:
            has_stopped = self._journal.pause(pause)
            with suppress(Exception):
                self._store.open()
                return action()
            if has_stopped:
                raise Stopped
            pause = min(2 * pause, LONGEST_PAUSE)

    def _tell_failure(self, error: Exception) -> None:
        text = str(error) if isinstance(error, StoreError) else f"{type(error).__name__}: {error}"
        logger.error("The store %s fails, background submits are refused: %s", self._store.name, text)
        self._journal.failed(f"The store {self._store.name} fails: {text}")
