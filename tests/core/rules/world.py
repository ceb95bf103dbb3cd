"""What the model of a job server consists of: connections, functions, jobs, and what was said.

Everything is a plain list or dict, and every question is answered by looking through them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum

from tests.core.effects import (
    Counts,
    Effect,
    Forgotten,
    Logged,
    Options,
    Paused,
    Peer,
    Record,
    Resumed,
    Sent,
)
from tests.protocol.wire import NOOP, res

HIGH, NORMAL, LOW = PRIORITIES = (0, 1, 2)


class Rest(Enum):
    """What a connection was last told and said about sleeping."""

    AWAKE = "awake"
    ASLEEP = "asleep"  # PRE_SLEEP, and no NOOP since
    WOKEN = "woken"  # NOOP, and expected to come for a job
    SILENT = "silent"  # NOOP, but nobody counts on it any more


@dataclass(eq=False)
class Function:
    name: bytes
    made: int
    limits: list[int] = field(default_factory=lambda: [0, 0, 0])  # by priority; 0: none
    added: int = 0  # jobs ever
    ring: list[Registration] = field(default_factory=list)  # the next wake-up looks at the first one first


@dataclass(eq=False)
class Registration:
    """One CAN_DO of one connection; `timeout` in ms, 0 for none."""

    connection: Connection
    function: Function
    timeout: int


@dataclass(eq=False)
class Connection:
    peer: Peer
    address: bytes
    descriptor: int
    exceptions: bool
    client_id: bytes = b"-"
    registrations: list[Registration] = field(default_factory=list)  # in the order they are looked at
    running: list[Job] = field(default_factory=list)  # last grabbed first
    rest: Rest = Rest.AWAKE
    woken_for: Function | None = None
    woken_at: int = 0  # ms
    woken_order: int = 0

    def can_do(self, function: Function) -> bool:
        return any(registration.function is function for registration in self.registrations)


@dataclass(eq=False)
class Job:
    number: int
    function: Function
    unique: bytes
    reducer: bytes
    data: bytes
    priority: int
    background: bool  # submitted in the background at least once
    size: int  # bytes it counts for
    due: int  # s since the epoch
    delayed: bool  # its time has not come
    place: int  # in the queue: smaller is earlier
    clients: list[Connection] = field(default_factory=list)  # one entry a foreground submit, in order
    worker: Connection | None = None
    deadline: int | None = None  # ms, of the monotonic clock
    leased: bool = False  # the deadline is the server's
    attempts: int = 0
    numerator: int = 0
    denominator: int = 0
    stored: bool = False  # the store was told of it
    key_in_store: bytes | None = None  # if that is not its unique

    @property
    def waiting(self) -> bool:
        """A worker could have it now."""
        return self.worker is None and not self.delayed

    @property
    def wanted(self) -> bool:
        """Somebody cares for its outcome."""
        return self.background or bool(self.clients)

    def key(self) -> tuple[bytes, bytes] | None:
        return key_of(self.unique, self.data)


def key_of(unique: bytes, data: bytes) -> tuple[bytes, bytes] | None:
    """What jobs must have in common to be one; None when they never are."""
    if unique == b"-":
        return (unique, data) if data else None
    return (unique, b"") if unique else None


@dataclass
class Held:
    """An effect that waits until the store has committed so many records; `job` is what it accepts."""

    mark: int
    effect: Sent | Forgotten
    job: int | None = None
    is_added: bool = False  # that record made the job one of the background


class World:
    """The state, the clocks and the effects of one event. `observed` is what the core did in that event."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.connections: dict[Peer, Connection] = {}  # in order of connecting
        self.functions: dict[bytes, Function] = {}
        self.jobs: dict[int, Job] = {}
        self.now = 0  # ms
        self.wall = 0  # ms
        self.counts = Counts()
        self.effects: list[Effect] = []
        self.observed: list[Effect] = []
        self._last: dict[str, int] = {}
        self.records: list[Record] = []  # of one event
        self.mark = 0  # records so far
        self.committed = 0
        self.held: list[Held] = []
        self.renamed = False  # rows that are still to be read are written anew
        self.trouble: bytes | None = None  # while the store fails: the body of an ERROR packet
        self.reading = options.reading
        self.paused: list[Peer] = []
        self.memory = 0  # bytes that the core held before the event

    def next(self, sequence: str) -> int:
        """1, 2, 3 ... for each name of a sequence."""
        self._last[sequence] = self._last.get(sequence, 0) + 1
        return self._last[sequence]

    # What is said

    def send(self, to: Connection, kind: int, *args: bytes) -> None:
        self.tell(Sent(to.peer, res(kind, *args)))

    def send_text(self, to: Connection, text: bytes) -> None:
        self.tell(Sent(to.peer, text))

    def tell(self, effect: Sent | Forgotten) -> None:
        """Behind what waits for the store, everything for that connection waits, and every good-bye."""
        waits = isinstance(effect, Forgotten) or any(held.effect.peer == effect.peer for held in self.held)
        if self.held and waits:
            self.held.append(Held(self.held[-1].mark, effect))
        else:
            self.effects.append(effect)

    def pause(self, who: Connection) -> None:
        if who.peer not in self.paused:
            self.paused.append(who.peer)
            self.effects.append(Paused(who.peer))

    def resume_all(self) -> None:
        self.effects += [Resumed(peer) for peer in self.paused if peer in self.connections]
        self.paused = []

    def log(self, level: int, text: bytes) -> None:
        if level <= self.options.log_level:
            self.effects.append(Logged(level, text))

    def handle(self, job: Job) -> bytes:
        return b"%s:%d" % (self.options.handle_prefix, job.number)

    # Where the rules leave a choice, the core's is taken if it is one of those allowed

    def choose_sleeper(self, able: list[Connection]) -> Connection:
        """Whoever of these the core woke next."""
        said = sum(isinstance(effect, Sent) for effect in self.effects)
        observed = [effect for effect in self.observed if isinstance(effect, Sent)][said:]
        for connection in able:
            if observed[:1] == [Sent(connection.peer, res(NOOP))]:
                return connection
        return able[0]

    def choose_logged(self, lines: list[bytes]) -> int:
        """Which of these lines the core logged next; 0 when it was none of them."""
        said = sum(isinstance(effect, Logged) for effect in self.effects)
        observed = [effect.text for effect in self.observed if isinstance(effect, Logged)][said:]
        return lines.index(observed[0]) if observed and observed[0] in lines else 0

    # Questions

    def function(self, name: bytes) -> Function:
        """Functions spring into existence when somebody names them."""
        if name not in self.functions:
            self.functions[name] = Function(name, made=self.next("function"))
        return self.functions[name]

    def jobs_of(self, function: Function) -> list[Job]:
        return [job for job in self.jobs.values() if job.function is function]

    def waiting(self, function: Function, priority: int | None = None) -> list[Job]:
        """Those a worker could have now, the first in the queue first."""
        found = [job for job in self.jobs_of(function) if job.waiting and priority in (None, job.priority)]
        return sorted(found, key=lambda job: job.place)

    def job_of(self, handle: bytes) -> Job | None:
        return next((job for job in self.jobs.values() if self.handle(job) == handle), None)

    def run_by(self, connection: Connection, handle: bytes) -> Job | None:
        """The job of this handle, if this connection runs it now."""
        job = self.job_of(handle)
        return job if job is not None and job.worker is connection else None

    def woken_for(self, function: Function) -> int:
        """How many workers are on their way to a job of this function."""
        return sum(connection.woken_for is function for connection in self.connections.values())

    def able_sleepers(self, function: Function) -> Iterator[Connection]:
        for connection in self.connections.values():
            if connection.rest is Rest.ASLEEP and connection.can_do(function):
                yield connection

    def is_full(self, function: Function, priority: int) -> bool:
        limit = function.limits[priority]
        return limit > 0 and len(self.jobs_of(function)) >= limit

    def current_counts(self) -> Counts:
        jobs, connections = self.jobs.values(), self.connections.values()
        self.counts.jobs = len(jobs)
        self.counts.job_bytes = sum(job.size for job in jobs)
        self.counts.peers = len(connections)
        self.counts.functions = len(self.functions)
        self.counts.registrations = sum(len(connection.registrations) for connection in connections)
        self.counts.attachments = sum(len(job.clients) for job in jobs)
        self.counts.sleeping = sum(connection.rest is Rest.ASLEEP for connection in connections)
        return self.counts
