"""What the replies say, as typed records. Names are UTF-8; other bytes in them become \\x escapes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from gearfast.errors import ProtocolError

END = b".\n"

# Names may contain tabs and line breaks: a line is what ends with its numbers, or before the next that begins
# with them.
_STATUS = re.compile(rb"(.*?)\t(\d+)\t(\d+)\t(\d+)\n", re.DOTALL)
_PRIORITIES = re.compile(rb"(.*?)\t(\d+)\t(\d+)\t(\d+)\t(\d+)\n", re.DOTALL)
_COUNTS = re.compile(rb"(.*?)\t(\d+)\t(\d+)\n", re.DOTALL)
_JOB = re.compile(rb"(.*?)\t(\d+)\t(\d+)\t(\d+)\n", re.DOTALL)
_LIMIT = re.compile(rb"([a-z-]+)\t(\d+)\t(\d+|-)\t(\d+)\n")
_REASON = re.compile(rb"([a-z-]+)\t(.*)\n")
_PEER = re.compile(rb"(\d+) (\S+) (.*?) :((?: .*?)?)\n(?=\d+ \S+ |\Z)", re.DOTALL)

Record = TypeVar("Record")


class AnswerError(Exception):
    """The server answered with ERR; the text is what followed."""


@dataclass(frozen=True, slots=True)
class FunctionStatus:
    """Jobs of a function: `total` counts the waiting and the `running`; and its `workers`."""

    function: str
    total: int
    running: int
    workers: int


@dataclass(frozen=True, slots=True)
class FunctionQueue:
    """Waiting jobs of a function by priority, and its workers."""

    function: str
    high: int
    normal: int
    low: int
    workers: int


@dataclass(frozen=True, slots=True)
class FunctionCounts:
    """Jobs that a function has had since it is there, and those of them that have ended."""

    function: str
    submitted: int
    ended: int


@dataclass(frozen=True, slots=True)
class PeerEntry:
    """A connection: its descriptor in the server, address, the name it gave itself ("-": none), and the
    functions it registered.
    """

    descriptor: int
    address: str
    id: str
    functions: list[str]


@dataclass(frozen=True, slots=True)
class JobEntry:
    """A job: how often it was given back, whether nobody wants it, whether it is in the background."""

    handle: str
    attempts: int
    ignored: bool
    queued: bool


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit by the name of its option: `value`, 0 for none, in bytes, seconds or pieces; how much of it is
    `used` now, None where nothing is used up; how many times something was `refused`, closed or taken back.
    """

    limit: str
    value: int
    used: int | None
    refused: int


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something does not run: a word, and a sentence for people."""

    reason: str
    text: str


def text_of(name: bytes) -> str:
    """A name for people and for JSON."""
    return name.decode("utf-8", "backslashreplace")


def parse_status(reply: bytes) -> list[FunctionStatus]:
    """The reply to `status`."""
    return _records(reply, _STATUS, lambda found: FunctionStatus(text_of(found[1]), *_numbers(found)))


def parse_priorities(reply: bytes) -> list[FunctionQueue]:
    """The reply to `prioritystatus`."""
    return _records(reply, _PRIORITIES, lambda found: FunctionQueue(text_of(found[1]), *_numbers(found)))


def parse_counts(reply: bytes) -> list[FunctionCounts]:
    """The reply to `show counts`."""
    return _records(reply, _COUNTS, lambda found: FunctionCounts(text_of(found[1]), *_numbers(found)))


def parse_workers(reply: bytes) -> list[PeerEntry]:
    """The reply to `workers`. A name with a blank in it can't be told from two names."""
    return _records(reply, _PEER, _peer)


def parse_jobs(reply: bytes) -> list[JobEntry]:
    """The reply to `show jobs`."""
    return _records(reply, _JOB, _job)


def parse_limits(reply: bytes) -> list[Limit]:
    """The reply to `show limits`."""
    return _records(reply, _LIMIT, _limit)


def parse_reasons(reply: bytes) -> list[Reason]:
    """The reply to `explain`."""
    return _records(reply, _REASON, lambda found: Reason(text_of(found[1]), text_of(found[2])))


def parse_uniques(reply: bytes) -> list[str]:
    """The reply to `show unique jobs`, one for each job, "" for a job without."""
    check(reply)
    if not reply.endswith(END):
        raise ProtocolError(f"the server answered {reply[-80:]!r} where a listing was expected")
    return [text_of(line) for line in reply[: -len(END)].split(b"\n")[:-1]]


def parse_line(reply: bytes) -> str:
    """What follows OK, "" if nothing does."""
    check(reply)
    if not reply.startswith(b"OK"):
        raise ProtocolError(f"the server answered {reply[:80]!r}, neither OK nor ERR")
    return text_of(reply[2:].strip())


def parse_done(reply: bytes) -> bool:
    """True when every line of the reply is OK."""
    for line in reply.splitlines(keepends=True):
        parse_line(line)
    return True


def parse_number(reply: bytes) -> int:
    """The number behind OK."""
    text = parse_line(reply)
    if not text.isdecimal():
        raise ProtocolError(f"the server answered {text!r} where a number was expected")
    return int(text)


def is_error(reply: bytes) -> bool:
    """Whether the reply is an ERR line, and no listing that begins like one."""
    return reply.startswith(b"ERR ") and not reply.endswith(b"\n" + END)


def check(reply: bytes) -> None:
    """Raises AnswerError for a reply that is an error."""
    if is_error(reply):
        raise AnswerError(text_of(reply[4:].strip()))


def _records(
    reply: bytes, pattern: re.Pattern[bytes], make: Callable[[re.Match[bytes]], Record]
) -> list[Record]:
    check(reply)
    return [make(found) for found in _lines(reply, pattern)]


def _lines(reply: bytes, pattern: re.Pattern[bytes]) -> Iterator[re.Match[bytes]]:
    at, end = 0, len(reply) - len(END)
    while at < end:
        found = pattern.match(reply, at, end)
        if found is None:
            raise ProtocolError(f"the server's listing has the line {reply[at : at + 80]!r}")
        yield found
        at = found.end()


def _numbers(found: re.Match[bytes]) -> list[int]:
    return [int(word) for word in found.groups()[1:]]


def _peer(found: re.Match[bytes]) -> PeerEntry:
    functions = [text_of(name) for name in found[4].split(b" ")[1:]]
    return PeerEntry(int(found[1]), text_of(found[2]), text_of(found[3]), functions)


def _job(found: re.Match[bytes]) -> JobEntry:
    attempts, ignored, queued = _numbers(found)
    return JobEntry(text_of(found[1]), attempts, bool(ignored), bool(queued))


def _limit(found: re.Match[bytes]) -> Limit:
    used = None if found[3] == b"-" else int(found[3])
    return Limit(text_of(found[1]), int(found[2]), used, int(found[4]))
