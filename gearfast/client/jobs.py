"""A submitted job as its client knows it: what was acknowledged, what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from gearfast.client.bulk import JobFields
from gearfast.client.requests import Request, refusal
from gearfast.client.submission import Submission
from gearfast.errors import (
    GearfastError,
    JobExceptionError,
    JobFailedError,
    JobLostError,
)
from gearfast.protocol.names import number, text_of
from gearfast.protocol.packets import (
    ERROR,
    JOB_CREATED,
    WORK_COMPLETE,
    WORK_DATA,
    WORK_EXCEPTION,
    WORK_STATUS,
    WORK_WARNING,
)
from gearfast.serializers import Serializer

if TYPE_CHECKING:
    from gearfast.client.link import ClientLink


class Progress(NamedTuple):
    """A worker's word on how far it is: `numerator` of `denominator`."""

    numerator: int
    denominator: int


class Data(NamedTuple):
    """A part of the result (WORK_DATA), deserialized."""

    value: Any


class JobWarning(NamedTuple):
    """A worker's warning (WORK_WARNING), in bytes."""

    data: bytes


Event = Data | Progress | JobWarning


class JobRecord(Request, JobFields):
    """The I/O-free half of a job: `Job` and `AsyncJob` add the waiting.

    `accepted` is set by JOB_CREATED, which is never undone; `settled` when nothing more will come.
    """

    __slots__ = ()
    _hears_all: ClassVar[bool] = False

    def __init_subclass__(cls) -> None:
        """A kind that does more with packets than this one hears each of them, compiled client or not."""
        super().__init_subclass__()
        cls._hears_all = cls.answered is not JobRecord.answered or cls.reported is not JobRecord.reported

    def __init__(self, submission: Submission, packet: bytes, serializer: Serializer) -> None:
        super().__init__(packet)
        self.submission = submission
        self.serializer = serializer
        self.accepted = False
        self.hears_packets = self._hears_all
        self._handle = None
        self._events = None
        self._result = b""
        self._progress = None

    @property
    def function(self) -> str:
        """The function's name."""
        return text_of(self.submission.function)

    @property
    def unique(self) -> str:
        """The unique key, empty if none was given."""
        return text_of(self.submission.unique)

    @property
    def background(self) -> bool:
        """Whether nobody waits for the result."""
        return self.submission.background

    @property
    def handle(self) -> str | None:
        """The handle that the server gave; None while it has not acknowledged the job."""
        return None if self._handle is None else text_of(self._handle)

    @property
    def done(self) -> bool:
        """Whether it ended, well or not; a background job is done once it is acknowledged."""
        return self.settled

    @property
    def progress(self) -> Progress | None:
        """What the worker said last, as far as it was received; None before it says anything."""
        return self._progress

    def outcome(self) -> Any:
        """The result of a job that is done, deserialized; raises what it ended with instead."""
        if self.error is not None:
            raise self.error
        if self.submission.background:
            raise ValueError("a background job has no result")
        return self.serializer.loads(self._result)

    @property
    def event_count(self) -> int:
        """How many events were received so far."""
        return len(self._events) if self._events else 0

    def event(self, place: int) -> Event:
        """The event at this place, counted from 0; it was received."""
        assert self._events is not None
        return self._events[place]

    def answered(self, link: ClientLink, kind: int, arguments: tuple[bytes, ...]) -> bool:
        """JOB_CREATED, or ERROR."""
        if kind == JOB_CREATED:
            self._handle = arguments[0]
            self.accepted = True
            self.home = link
            if self.submission.background:
                self.settled = True
            if not self.submission.retries:
                self.packet = b""  # never needed again, and it may be large
            self.changed()
            return True
        if kind == ERROR:
            self.failed(refusal(arguments))
            return True
        return False

    def reported(self, kind: int, arguments: tuple[bytes, ...]) -> bool:
        """Take a WORK_* packet; true when it is the last one."""
        if kind == WORK_COMPLETE:
            self._result = arguments[1]
            self.settled = True
            self.changed()
            return True
        if kind in (WORK_DATA, WORK_WARNING, WORK_STATUS):
            self._add(kind, arguments)
            return False
        if kind == WORK_EXCEPTION:
            self.failed(JobExceptionError(self, arguments[1]))
        else:
            self.failed(JobFailedError(self, f"the job {self.handle} of {self.function} failed"))
        return True

    def lost(self, why: BaseException | None) -> None:
        """The connection it was accepted on is gone."""
        error = JobLostError(
            self, f"the connection of the job {self.handle} of {self.function} was lost: {why}"
        )
        error.__cause__ = why
        self.failed(error)

    def try_again(self) -> bool:
        """Whether it failed and may be submitted once more; it then is as if it never had been."""
        if not self.submission.retries or not isinstance(self.error, JobFailedError):
            return False
        self.submission = self.submission._replace(retries=self.submission.retries - 1)
        self.error, self.settled, self.accepted, self.home = None, False, False, None
        self._handle = None
        return True

    def _add(self, kind: int, arguments: tuple[bytes, ...]) -> None:
        event: Event
        if kind == WORK_STATUS:
            event = self._progress = Progress(number(arguments[1]), number(arguments[2]))
        elif kind == WORK_WARNING:
            event = JobWarning(arguments[1])
        else:
            try:
                event = Data(self.serializer.loads(arguments[1]))
            except Exception as error:
                event = Data(error)
        if self._events is None:
            self._events = []
        self._events.append(event)
        self.changed()

    def failed(self, error: GearfastError) -> None:
        """There will be no result."""
        if not self.settled:
            super().failed(error)
