"""A store that errs at one of its calls, before it has done anything or after it has done it all."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from gearfast.stores.base import Batch, Damaged, Row, Store, StoreError

Result = TypeVar("Result")


class FailingStore:
    """Passes every call on; from the call `first` on `most` of them raise an error of this kind."""

    database = None

    def __init__(
        self, store: Store, first: int, most: int, *, done: bool, error: type[Exception] = StoreError
    ) -> None:
        self.name = store.name
        self.calls = 0
        self._store = store
        self._failing = range(first, first + most)
        self._done, self._error = done, error

    def is_failing(self) -> bool:
        """It has failed, and would again."""
        return self._failing.start < self.calls < self._failing.stop

    def open(self) -> None:
        self._call(self._store.open)

    def read(self) -> list[Row]:
        return self._call(self._store.read, may_be_done=False)

    def set_aside(self, damaged: list[Damaged]) -> None:
        self._call(lambda: self._store.set_aside(damaged))

    def commit(self, batch: Batch) -> None:
        self._call(lambda: self._store.commit(batch))

    def clear(self) -> None:
        self._call(self._store.clear)

    def close(self) -> None:
        self._store.close()

    def _call(self, action: Callable[[], Result], *, may_be_done: bool = True) -> Result:
        """A read fails before the fact only: rows that are read and then lost could not be had again."""
        fails = self.calls in self._failing
        self.calls += 1
        if fails and not (self._done and may_be_done):
            raise self._error("on purpose")
        result = action()
        if fails:
            raise self._error("on purpose, when it was done")
        return result
