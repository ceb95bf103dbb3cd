"""Something done in a thread of the test, whose failure is the test's."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.support.patience import PATIENCE_SECONDS


@contextmanager
def in_thread(work: Callable[[], object], stop: Callable[[], object]) -> Iterator[threading.Thread]:
    """Do it until the block is left, then `stop` it. Raises what it has raised."""
    failures: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield thread
    finally:
        stop()
        thread.join(PATIENCE_SECONDS)
    assert not thread.is_alive()
    if failures:
        raise failures[0]
