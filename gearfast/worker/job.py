"""A job in the hands of a task."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from gearfast.protocol.codec import pack
from gearfast.protocol.names import text_of
from gearfast.protocol.packets import (
    WORK_COMPLETE,
    WORK_DATA,
    WORK_EXCEPTION,
    WORK_FAIL,
    WORK_STATUS,
    WORK_WARNING,
)
from gearfast.serializers import Serializer
from gearfast.worker.link import Assignment
from gearfast.worker.tasks import TaskFailedError

log = logging.getLogger("gearfast.worker")

Say = Callable[[Assignment, bytes], None]
"""Sends packets about a job at once; without effect when its connection is gone."""


class WorkerJob:
    """What a task is called with. To be used by the task's own thread only."""

    def __init__(self, assignment: Assignment, serializer: Serializer, say: Say) -> None:
        self._assignment = assignment
        self._serializer = serializer
        self._say = say
        self.told = False

    @property
    def data(self) -> Any:
        """The workload, deserialized; raises what the serializer raises."""
        return self._serializer.loads(self._assignment.data)

    @property
    def function(self) -> str:
        """The function that the job is for."""
        return text_of(self._assignment.function)

    @property
    def handle(self) -> str:
        """The server's name for the job."""
        return text_of(self._assignment.handle)

    @property
    def unique(self) -> str:
        """The client's key for the job, empty if it gave none."""
        return text_of(self._assignment.unique)

    @property
    def reducer(self) -> str:
        """The name of the function that is to combine the results, empty if the client gave none."""
        return text_of(self._assignment.reducer)

    @property
    def server(self) -> str:
        """The address of the server that gave the job."""
        return str(self._assignment.link.address)

    @property
    def connection(self) -> int:
        """Which connection to that server it came over; the number changes when one is lost."""
        return self._assignment.epoch

    def progress(self, numerator: int, denominator: int) -> None:
        """Tell the clients how far the job is: `numerator` of `denominator`."""
        self._tell(WORK_STATUS, b"%d" % numerator, b"%d" % denominator)

    def warn(self, message: str | bytes) -> None:
        """Warn the clients."""
        self._tell(WORK_WARNING, message.encode() if isinstance(message, str) else message)

    def send(self, part: Any) -> None:
        """Send a part of the result, as the serializer takes it; a generator's `yield` does the same."""
        self._tell(WORK_DATA, self._serializer.dumps(part))

    def _tell(self, kind: int, *arguments: bytes) -> None:
        self.told = True
        self._say(self._assignment, pack(True, kind, self._assignment.handle, *arguments))


def completion(assignment: Assignment, serializer: Serializer, result: Any) -> bytes:
    """The packet that ends a job well. Bytes need not be returned: None stands for an empty result then.

    Raises what the serializer raises.
    """
    if result is None and serializer.empty_none:
        return pack(True, WORK_COMPLETE, assignment.handle, b"")
    return pack(True, WORK_COMPLETE, assignment.handle, serializer.dumps(result))


def failure(assignment: Assignment, error: BaseException) -> bytes:
    """The packets that end a job with an error.

    WORK_FAIL follows WORK_EXCEPTION for servers to which an exception is no end; the others ignore it.
    """
    failed = pack(True, WORK_FAIL, assignment.handle)
    message = str(error) if isinstance(error, TaskFailedError) else f"{type(error).__name__}: {error}"
    if not message:
        return failed
    said = message.encode("utf-8", "backslashreplace")
    return pack(True, WORK_EXCEPTION, assignment.handle, said) + failed


def failed_attempt(
    job: WorkerJob, assignment: Assignment, error: BaseException, attempt: int
) -> tuple[bytes, bool]:
    """Log an attempt, counted from 0, that raised; returns the packets that report it, and whether it was
    the last.

    What has told the clients something is not run again: they would hear it twice.
    """
    final = isinstance(error, TaskFailedError)
    log.log(
        logging.INFO if final else logging.WARNING,
        *("job %s of %s failed, attempt %d", job.handle, job.function, attempt + 1),
        exc_info=None if final else error,
    )
    return failure(assignment, error), final or job.told
