"""A job server in plain Python: the rules of behaviour, each in its obvious form, with no care for speed.

It takes the same events as the core and says which effects they must have. Where the rules leave a choice it
looks at what the core chose, in `observed`, and accepts anything that is allowed.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from tests.core.cutting import SUBMITS, cut
from tests.core.effects import Counts, Effect, Forgotten, Options, Peer
from tests.core.rules import keeping, queries, refusals, workers
from tests.core.rules.admin import answer
from tests.core.rules.life import remove, requeue, requeue_timed_out, start_due
from tests.core.rules.refusals import refuse
from tests.core.rules.results import REFUSAL_OF, on_result
from tests.core.rules.submits import FOREGROUND, Submit, on_submit, restore
from tests.core.rules.waking import no_longer_counted_on, suspect_the_silent, wake_enough
from tests.core.rules.world import Connection, Rest, World
from tests.protocol import wire

CLOCK_GLANCE = 1000  # ms; the wall clock may be set, so while a job waits for it, it is looked at

Handler = Callable[[World, Connection, list[bytes]], None]

HANDLERS: dict[int, Handler] = {
    wire.CAN_DO: workers.on_can_do,
    wire.CAN_DO_TIMEOUT: workers.on_can_do_timeout,
    wire.CANT_DO: workers.on_cant_do,
    wire.RESET_ABILITIES: workers.on_reset_abilities,
    wire.PRE_SLEEP: workers.on_pre_sleep,
    wire.GET_STATUS: queries.on_get_status,
    wire.GET_STATUS_UNIQUE: queries.on_get_status_unique,
    wire.ECHO_REQ: queries.on_echo,
    wire.OPTION_REQ: queries.on_option,
    wire.SET_CLIENT_ID: queries.on_client_id,
}
GRABS = (wire.GRAB_JOB, wire.GRAB_JOB_UNIQ, wire.GRAB_JOB_ALL)


class Model:
    """Each method takes an event, and what the core did in it, and returns what the core had to do."""

    def __init__(self, options: Options) -> None:
        self.world = World(options)
        self._deferred: list[tuple[Peer, Callable[[], None]]] = []

    def connect(self, peer: Peer, address: bytes, descriptor: int) -> None:
        exceptions = self.world.options.exceptions
        self.world.connections[peer] = Connection(peer, address, descriptor, exceptions)

    def packet(
        self, peer: Peer, kind: int, body: bytes, observed: list[Effect], job_room: int = 0
    ) -> list[Effect]:
        """`job_room`: the bytes that a submit's block can hold."""
        who = self._start(observed, peer)
        if who is not None:
            submits = kind in SUBMITS and kind not in FOREGROUND
            self._do_or_defer(
                who, partial(self._dispatch, who, kind, cut(kind, body).args, job_room), submits
            )
        return self.world.effects

    def _do_or_defer(self, who: Connection, act: Callable[[], None], submits: bool = False) -> None:
        """Until the store has been read, background submits wait, and all that their connection says next."""
        waits = any(peer == who.peer for peer, _ in self._deferred)
        if self.world.reading and (waits or (submits and self.world.trouble is None)):
            self._deferred.append((who.peer, act))
            self.world.pause(who)
        else:
            act()

    def _do_deferred(self) -> None:
        deferred, self._deferred = self._deferred, []
        for _, act in deferred:
            act()
        self.world.resume_all()

    def _dispatch(self, who: Connection, kind: int, args: list[bytes], job_room: int) -> None:
        if kind in SUBMITS:
            on_submit(self.world, who, kind, args, job_room)
        elif kind in GRABS:
            workers.on_grab(self.world, who, kind)
        elif kind in REFUSAL_OF:
            on_result(self.world, who, kind, args)
        elif kind in HANDLERS:
            HANDLERS[kind](self.world, who, args)
        else:
            refuse(self.world, who, refusals.NOT_EXPECTED)

    def line(self, peer: Peer, text: bytes, observed: list[Effect]) -> list[Effect]:
        who = self._start(observed, peer)
        if who is not None:
            self._do_or_defer(who, lambda: self.world.send_text(who, answer(self.world, text)))
        return self.world.effects

    def gone(self, peer: Peer, observed: list[Effect]) -> list[Effect]:
        who = self._start(observed, peer)
        if who is not None:
            self._do_or_defer(who, lambda: self._leave(who))
        return self.world.effects

    def _leave(self, who: Connection) -> None:
        """Its foreground jobs lose it, the jobs it runs wait again, its wake-up goes to another."""
        world = self.world
        woken_for = no_longer_counted_on(who, Rest.AWAKE)
        workers.unregister(who)
        for job in list(world.jobs.values()):
            if who in job.clients:
                job.clients = [client for client in job.clients if client is not who]
                if not job.wanted and job.worker is None:
                    remove(world, job)
        for job in list(who.running):
            requeue(world, job)
        if woken_for is not None:
            wake_enough(world, woken_for)
        del world.connections[who.peer]
        world.tell(Forgotten(who.peer))

    def time(self, now: int, wall: int, observed: list[Effect]) -> list[Effect]:
        self._start(observed)
        self.world.now, self.world.wall = now, wall
        requeue_timed_out(self.world)
        start_due(self.world)
        suspect_the_silent(self.world)
        return self.world.effects

    # The store

    def commit(self, count: int, observed: list[Effect]) -> list[Effect]:
        self._start(observed)
        keeping.commit(self.world, count)
        return self.world.effects

    def fail_store(self, trouble: bytes, observed: list[Effect]) -> list[Effect]:
        self._start(observed)
        for job in keeping.fail_store(self.world, trouble):
            remove(self.world, job)
        self._do_deferred()
        return self.world.effects

    def recover_store(self) -> list[Effect]:
        self._start([])
        self.world.trouble = None
        return self.world.effects

    def restore(self, kept: Submit, key: bytes | None, observed: list[Effect]) -> list[Effect]:
        self._start(observed)
        restore(self.world, kept, key)
        return self.world.effects

    def all_restored(self, observed: list[Effect]) -> list[Effect]:
        self._start(observed)
        self.world.reading = False
        self._do_deferred()
        return self.world.effects

    def _start(self, observed: list[Effect], peer: Peer | None = None) -> Connection | None:
        self.world.effects, self.world.observed, self.world.records = [], observed, []
        return None if peer is None else self.world.connections.get(peer)

    def counts(self) -> Counts:
        return self.world.current_counts()

    def patience(self) -> int | None:
        """Milliseconds until time alone changes something, or until the wall clock is looked at."""
        world = self.world
        connections = world.connections.values()
        moments = [job.deadline - world.now for job in world.jobs.values() if job.deadline is not None]
        moments += [
            connection.woken_at + world.options.suspect_after - world.now
            for connection in connections
            if connection.rest is Rest.WOKEN
        ]
        delays = [job.due * 1000 - world.wall for job in world.jobs.values() if job.delayed]
        moments += [min(delay, CLOCK_GLANCE) for delay in delays]
        return max(0, min(moments)) if moments else None
