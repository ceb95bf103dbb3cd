"""Random peers on one server, all acting at once in bursts, and what must be true whenever they are quiet.

Within a burst nobody waits for anybody, so the server may take the packets of different peers in any order.
Nothing is predicted that depends on it: which job a worker gets, or whether two submits meet in one job, is
learnt from the answers, and everything else is held against them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from tests.protocol.peer import Peer
from tests.protocol.wire import (
    ERROR,
    JOB_ASSIGN_UNIQ,
    JOB_CREATED,
    NO_JOB,
    NOOP,
    WORK_COMPLETE,
    WORK_DATA,
    WORK_EXCEPTION,
    WORK_FAIL,
    WORK_WARNING,
    Packet,
)
from tests.stress.actor import Actor, Assigned
from tests.support.patience import eventually

WAKES_ALL = 0


class Crowd:
    """The peers by their number, and what is known of all jobs."""

    def __init__(self, port: int, name: bytes, size: int, functions: int, wakeup: int) -> None:
        self._port, self._name, self._wakeup = port, name, wakeup
        self.functions = [b"%b-f%d" % (name, number) for number in range(functions)]
        self._admin = Peer(port)
        self._opened = 0
        self._departed: set[bytes] = set()
        self.jobs: dict[bytes, Assigned] = {}  # all that were ever created, by handle
        self._background: set[bytes] = set()
        self._endings: dict[bytes, int] = {}  # packet type of the result
        self._gone: set[bytes] = set()  # ended, or wanted by nobody any more
        self._grabs = 0  # in this burst
        self._certain: Counter[bytes] = Counter()  # jobs that waited when the burst began and stay wanted
        self.actors: list[Actor] = []
        for _ in range(size):
            self.actors.append(self._open())

    def _open(self) -> Actor:
        self._opened += 1
        name = b"%b-%d" % (self._name, self._opened)
        return Actor(self._port, name, exceptions=self._opened % 2 == 0)

    def close(self) -> None:
        for actor in self.actors:
            actor.peer.close()
        self._admin.close()

    # What peers do. Only one that has grabbed in this burst waits, until it knows which jobs it holds.

    def grab(self, actor: Actor) -> None:
        self._grabs += actor.grab()

    def unregister(self, actor: Actor, function: bytes) -> None:
        self._learn_what_it_holds(actor)
        actor.unregister(function)

    def reset(self, actor: Actor) -> None:
        self._learn_what_it_holds(actor)
        actor.reset()

    def finish(self, actor: Actor, index: int, kind: int) -> None:
        """A result for a job the peer holds, or for one it does not."""
        handle = self._some_handle(actor, index)
        if actor.finish(handle, kind):
            self._endings[handle] = kind

    def report(self, actor: Actor, index: int) -> None:
        actor.report(self._some_handle(actor, index))

    def _some_handle(self, actor: Actor, index: int) -> bytes:
        """One the peer holds, if any, else somebody else's or nobody's."""
        self._learn_what_it_holds(actor)
        choice = sorted(actor.held) or sorted(self.jobs) or [b"H:nobody:1"]
        return choice[index % len(choice)]

    def _learn_what_it_holds(self, actor: Actor) -> None:
        if actor.burst.has_grabbed:
            self._hear(actor)

    def leave(self, actor: Actor, *, gracefully: bool) -> None:
        """The peer goes, one way or the other, and a new one comes in its place."""
        self._hear(actor)
        actor.end_burst()
        actor.leave(gracefully=gracefully)
        self._departed.add(actor.name)
        self.actors[self.actors.index(actor)] = self._open()

    # What they hear.

    def settle(self) -> None:
        """Wait until the server has done all it was told and everybody has heard of it; then check."""
        self._await_departures()
        # The first fence makes sure that all was done, the second that everybody has heard what it led to.
        for _ in range(2):
            for actor in self.actors:
                self._hear(actor)
        for actor in self.actors:
            actor.end_burst()
        self._gone |= self._endings.keys() | {handle for handle in self.jobs if not self._is_wanted(handle)}
        self._check_jobs()
        self._check_listings()
        self._check_sleepers()
        self._grabs = 0
        self._certain = self._count(self._waiting() & self._background)

    def _await_departures(self) -> None:
        def present() -> set[bytes]:
            rows = self._admin.ask_table(b"workers").splitlines()[:-1]
            return {row.split(b" ")[2] for row in rows}

        eventually(present, self._departed.isdisjoint, "the departed to be forgotten")
        self._departed.clear()

    def _hear(self, actor: Actor) -> None:
        takers: dict[int, Callable[[Actor, Packet], None]] = {
            ERROR: self._take_error,
            JOB_ASSIGN_UNIQ: self._take_assign,
            JOB_CREATED: self._take_created,
            NOOP: self._take_noop,
            NO_JOB: self._take_no_job,
            WORK_DATA: self._take_report,
            WORK_WARNING: self._take_report,
            WORK_COMPLETE: self._take_final,
            WORK_EXCEPTION: self._take_final,
            WORK_FAIL: self._take_final,
        }
        for packet in actor.peer.heard():
            takers[packet.kind](actor, packet)

    def _take_error(self, actor: Actor, packet: Packet) -> None:
        assert packet.body.startswith(b"JOB_NOT_FOUND\0")
        assert actor.burst.errors > 0, f"{packet} to {actor.name!r}"
        actor.burst.errors -= 1

    def _take_created(self, actor: Actor, packet: Packet) -> None:
        submit, handle = actor.submitted.popleft(), packet.body
        job = Assigned(submit.function, submit.data)
        assert self.jobs.setdefault(handle, job) == job, "two submits that differ became one job"
        assert handle not in self._gone, f"{handle!r} was given again"
        if submit.background:
            self._background.add(handle)
        else:
            actor.waiting[handle] += 1

    def _take_assign(self, actor: Actor, packet: Packet) -> None:
        handle, function, _, data = packet.body.split(b"\0", 3)
        assert function in actor.burst.registered_for, f"{packet} to {actor.name!r}"
        assert not any(handle in other.held for other in self.actors), f"{handle!r} is run twice at once"
        assert handle not in self._gone | self._endings.keys(), f"{handle!r} is run again after its end"
        actor.held[handle] = Assigned(function, data)

    def _take_noop(self, actor: Actor, _: Packet) -> None:
        actor.is_asleep, actor.is_woken = False, True

    def _take_no_job(self, actor: Actor, _: Packet) -> None:
        for function in actor.burst.registered_for:
            assert self._certain[function] < self._grabs, f"{actor.name!r} got no job of {function!r}"

    def _take_report(self, actor: Actor, packet: Packet) -> None:
        assert actor.waiting[packet.args[0]] > 0, f"{packet} for {actor.name!r}, which does not wait for it"

    def _take_final(self, actor: Actor, packet: Packet) -> None:
        actor.take_final(packet, self._endings[packet.args[0]])

    # What must be true.

    def _is_wanted(self, handle: bytes) -> bool:
        """Somebody waits for it, or works on it, or it was submitted in the background."""
        return handle in self._background or any(
            actor.waiting[handle] > 0 or handle in actor.held for actor in self.actors
        )

    def _live(self) -> set[bytes]:
        return self.jobs.keys() - self._gone

    def _held(self) -> set[bytes]:
        return {handle for actor in self.actors for handle in actor.held}

    def _waiting(self) -> set[bytes]:
        return self._live() - self._held()

    def _count(self, handles: set[bytes]) -> Counter[bytes]:
        """Jobs by function."""
        return Counter(self.jobs[handle].function for handle in handles)

    def _check_jobs(self) -> None:
        for actor in self.actors:
            for handle, job in actor.held.items():
                assert self.jobs[handle] == job, f"{handle!r} was handed out as another job"
            open_ends = {handle for handle, count in actor.waiting.items() if count > 0}
            assert not open_ends & self._endings.keys(), f"{actor.name!r} did not hear of the end of its jobs"

    def _check_listings(self) -> None:
        total, running = self._count(self._live()), self._count(self._held())
        workers = Counter(function for actor in self.actors for function in actor.registered)
        for row in self._table(b"status"):
            name, *numbers = row.split(b"\t")
            if name in self.functions:
                assert [*map(int, numbers)] == [total[name], running[name], workers[name]], row
                total.pop(name, None)
        assert not total.total(), f"not listed: {total}"
        shown = {row.split(b"\t")[0] for row in self._table(b"show jobs")}
        assert shown & self.jobs.keys() == self._live()
        self._check_registrations()

    def _check_registrations(self) -> None:
        registered = {actor.name: sorted(actor.registered) for actor in self.actors}
        for row in self._table(b"workers"):
            head, _, names = row.partition(b" :")
            name = head.split(b" ")[2]
            if name in registered:
                assert sorted(names.split()) == registered.pop(name), row
        assert not registered

    def _table(self, command: bytes) -> list[bytes]:
        return self._admin.ask_table(command).splitlines()[:-1]

    def _check_sleepers(self) -> None:
        """Nobody sleeps beside a job, unless as many as there are jobs have been woken for them."""
        for function, count in self._count(self._waiting()).items():
            able = [actor for actor in self.actors if function in actor.registered]
            woken = sum(actor.is_woken for actor in able)
            for actor in able:
                if self._wakeup == WAKES_ALL:
                    assert not actor.is_asleep or function in actor.blind, f"{actor.name!r} was not woken"
                else:
                    assert not actor.is_asleep or woken >= count, f"{woken} woken for {count} jobs"

    # The end.

    def wind_up(self) -> None:
        """Do everything that is left, and see that nothing is."""
        for actor in self.actors:
            for handle in sorted(actor.held):
                actor.finish(handle, WORK_COMPLETE)
                self._endings[handle] = WORK_COMPLETE
        self.settle()
        last = self.actors[0]
        for function in self.functions:
            last.register(function)
        while self._live():
            self.grab(last)
            self.settle()
            self.finish(last, 0, WORK_COMPLETE)
            self.settle()
        assert self._background <= self._endings.keys()
        assert not any(actor.waiting.total() for actor in self.actors)
        self._drop_functions()

    def _drop_functions(self) -> None:
        for actor in self.actors:
            actor.reset()
        self.settle()
        for function in self.functions:
            self._admin.ask(b"drop function " + function)
