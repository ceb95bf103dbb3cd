"""A worker at work in a thread of the test."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from gearfast import Worker

PATIENCE_SECONDS = 60.0


@contextmanager
def working(worker: Worker) -> Iterator[threading.Thread]:
    """Run it until the block is left; it stops in order."""
    failures: list[BaseException] = []

    def run() -> None:
        try:
            worker.run()
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield thread
    finally:
        worker.stop()
        thread.join(PATIENCE_SECONDS)
    assert not thread.is_alive()
    if failures:
        raise failures[0]
