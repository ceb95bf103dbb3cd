"""What of a client is compiled as well, in plain Python; both pass the same tests."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from gearfast.protocol.parser import Packet
from gearfast.serializers import Serializer

if TYPE_CHECKING:
    from gearfast.client.jobs import Event, Progress
    from gearfast.client.link import ClientLink
    from gearfast.client.requests import Request
    from gearfast.client.submission import Submission
    from gearfast.errors import GearfastError


class RequestFields:
    """What a request knows."""

    __slots__ = ("_waiters", "error", "home", "packet", "place_by", "settled")

    packet: bytes
    home: ClientLink | None
    settled: bool
    error: GearfastError | None
    place_by: float
    _waiters: list[Callable[[], object]] | None


class JobFields(RequestFields):
    """What a job knows besides. `_client` and `_deadline` are those of `Job` and `AsyncJob`.

    One that `hears_packets` is told of every packet that is about it: `settle` leaves these to the link.
    """

    __slots__ = (
        *("_client", "_deadline", "_events", "_handle", "_progress", "_result"),
        *("accepted", "hears_packets", "serializer", "submission"),
    )

    submission: Submission
    serializer: Serializer
    accepted: bool
    hears_packets: bool
    _result: bytes
    _handle: bytes | None
    _events: list[Event] | None
    _progress: Progress | None
    _client: Any
    _deadline: float


def make_jobs(
    made: list[Any],
    kind: type[Any],
    submission: Submission,
    serializer: Serializer,
    client: object,
    items: Iterable[Any],
) -> None:
    """Append a job of this kind for each item to `made`.

    What an item raises, or its serializing, leaves the jobs of those before it.
    """
    dumps = serializer.dumps
    made.extend(kind(submission, submission.packet(dumps(item)), serializer, client) for item in items)


def settle(
    packets: list[Packet],
    at: int,
    link: ClientLink,
    unanswered: deque[Request],
    jobs: dict[bytes, Any],
) -> int:
    """Take the packets that need no thought, from this place on: jobs acknowledged and done that share their
    handle with no other.

    Returns the place of the first packet that is left. Here nothing is gained by taking any.
    """
    return at


def take_results(jobs: deque[Any], most: int) -> list[bytes]:
    """The results, as they were sent, of up to so many jobs at the front that ended well; these are taken."""
    results: list[bytes] = []
    while jobs and len(results) < most:
        job = jobs[0]
        if not job.settled or job.error is not None or job.background:
            break
        results.append(jobs.popleft()._result)
    return results
