"""A worker at work in a thread of the test."""

from __future__ import annotations

import threading
from contextlib import AbstractContextManager

from gearfast import Worker
from tests.support.in_thread import in_thread
from tests.support.patience import PATIENCE_SECONDS as PATIENCE_SECONDS


def working(worker: Worker) -> AbstractContextManager[threading.Thread]:
    """Run it until the block is left; it stops in order."""
    return in_thread(worker.run, worker.stop)
