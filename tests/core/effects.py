"""What a job server does to the outside, as the core under test and the model both say it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import NamedTuple


class Peer(NamedTuple):
    """A connection: its slot, and which of the slot's successive connections it is."""

    slot: int
    generation: int


@dataclass(frozen=True)
class Sent:
    """Bytes for a peer: one whole packet, or text."""

    peer: Peer
    data: bytes


@dataclass(frozen=True)
class Forgotten:
    """The peer's slot is free again."""

    peer: Peer


@dataclass(frozen=True)
class Logged:
    """A line for the log."""

    level: int
    text: bytes


@dataclass(frozen=True)
class ShutdownAsked:
    """An admin asked the server to stop."""

    graceful: bool


@dataclass(frozen=True)
class RecorderAsked:
    """An admin's command for the recorder, which is to answer the peer."""

    peer: Peer
    command: bytes


@dataclass(frozen=True)
class Paused:
    """The peer is not to be read from, until Resumed."""

    peer: Peer


@dataclass(frozen=True)
class Resumed:
    """The peer is to be read from again."""

    peer: Peer


@dataclass(frozen=True)
class Closed:
    """The peer's connection is to be ended."""

    peer: Peer


Effect = Sent | Forgotten | Logged | ShutdownAsked | RecorderAsked | Paused | Resumed | Closed


@dataclass(frozen=True, order=True)
class Record:
    """What the store is to do; `key` is empty where the store's thread has to make one."""

    is_add: bool
    key: bytes
    function: bytes
    number: int = 0
    priority: int = 0
    when: int = 0
    reducer: bytes = b""
    data: bytes = b""


WARNING = 4
NOTICE = 5
ACCEPTED = b"accepted,"
TIMED_OUT = b"Worker timeout reached on job, requeueing: "
LEASE_OVER = b"--job-lease of 5 s reached on job, requeueing: "  # as of LEASE
LEASE = 5000
DROPPED = b"Dropped job due to max retry count: "
AUTO = -1  # wakeup: as many sleepers as there are jobs
EVERYBODY = 0  # wakeup: all sleepers for each job
NONE, ASYNC, SYNC = range(3)  # durability


@dataclass(frozen=True)
class Options:
    """How a server is set up; times in milliseconds, sizes in bytes, 0 for no limit."""

    handle_prefix: bytes = b"H:t"
    version: bytes = b"1.1.20"
    compat: int = 20
    round_robin: bool = False
    exceptions: bool = False
    allow_shutdown: bool = False
    wakeup: int = AUTO
    log_level: int = WARNING
    max_attempts: int = 0
    io_threads: int = 2
    buckets: int = 991
    suspect_after: int = 500
    job_lease: int = 0
    memory_limit: int = 0
    max_functions: int = 0
    max_uniques: int = 0
    max_packet: int = 0
    durability: int = NONE
    reading: bool = False  # a store's jobs are still to come

    def __str__(self) -> str:
        """Only what differs from the defaults."""
        told = {field.name: getattr(self, field.name) for field in fields(self)}
        return ", ".join(f"{name}={value}" for name, value in told.items() if value != DEFAULTS[name])


DEFAULTS = {field.name: field.default for field in fields(Options)}


@dataclass
class Counts:
    """What a server counts; `sleeping` and the six before it are of now, the others since the start."""

    jobs: int = 0
    job_bytes: int = 0
    peers: int = 0
    functions: int = 0
    registrations: int = 0
    attachments: int = 0
    sleeping: int = 0
    submitted: int = 0
    coalesced: int = 0
    refused: int = 0
    completed: int = 0
    failed: int = 0
    requeued: int = 0
    dropped: int = 0
    lost_effects: int = 0
    lost_timeouts: int = 0
