"""Who was connected: a connection that registers a function is a worker, one that submits is a client."""

from __future__ import annotations

from collections import Counter

from gearfast.mix.model import Clients, Workers
from gearfast.mix.tally import Tally
from gearfast.recording.events import Event, Kind


class _Crowd:
    """Connections of one kind."""

    def __init__(self) -> None:
        self.now = self.most = self.opened = 0

    def enter(self, was_there: bool) -> None:
        self.now += 1
        self.opened += not was_there
        self.most = max(self.most, self.now)


class _Connection:
    def __init__(self, was_there: bool) -> None:
        self.was_there = was_there
        self.is_client = self.is_worker = False
        self.functions: set[str] = set()
        self.most_functions = 0
        self.jobs = 0


class Connections:
    """Told every event; what it does not know it takes for a connection that was there from the start."""

    def __init__(self) -> None:
        self._open: dict[int, _Connection] = {}
        self._clients, self._workers = _Crowd(), _Crowd()
        self._registered: Counter[str] = Counter()
        self._most_registered: Counter[str] = Counter()
        self._functions_each, self._jobs_each = Tally(), Tally()

    def see(self, event: Event) -> None:
        if event.kind is Kind.CONNECT:
            self._gone(event.peer)
            self._open[event.peer] = _Connection(event.detail == 1)
        elif event.kind is Kind.GONE:
            self._gone(event.peer, leaves=True)
        elif event.kind is Kind.SUBMIT:
            self._submits(self._connection(event))
        elif event.kind is Kind.REGISTER:
            self._registers(self._connection(event), event.function)
        elif event.kind in (Kind.UNREGISTER, Kind.RESET):
            self._unregisters(self._connection(event), event.function)
        elif event.kind is Kind.START:
            self._connection(event).jobs += 1

    def workers_of(self, function: str) -> int:
        """The most workers at a time that could do it."""
        return self._most_registered[function]

    def clients(self, seconds: float) -> Clients:
        return Clients(max(1, self._clients.most), self._clients.opened / seconds)

    def workers(self, seconds: float) -> Workers:
        """After the last event."""
        for peer in list(self._open):
            self._gone(peer)
        return Workers(
            self._workers.most,
            self._workers.opened / seconds,
            self._functions_each.distribution(),
            self._jobs_each.distribution(),
        )

    def _connection(self, event: Event) -> _Connection:
        return self._open.setdefault(event.peer, _Connection(True))

    def _submits(self, connection: _Connection) -> None:
        if not connection.is_client:
            connection.is_client = True
            self._clients.enter(connection.was_there)

    def _registers(self, connection: _Connection, function: str) -> None:
        if not connection.is_worker:
            connection.is_worker = True
            self._workers.enter(connection.was_there)
        if function in connection.functions:
            return
        connection.functions.add(function)
        connection.most_functions = max(connection.most_functions, len(connection.functions))
        self._registered[function] += 1
        self._most_registered[function] = max(self._most_registered[function], self._registered[function])

    def _unregisters(self, connection: _Connection, function: str) -> None:
        """One function, or all of them."""
        for name in [function] if function else list(connection.functions):
            if name in connection.functions:
                connection.functions.discard(name)
                self._registered[name] -= 1

    def _gone(self, peer: int, *, leaves: bool = False) -> None:
        connection = self._open.pop(peer, None)
        if connection is None:
            return
        self._unregisters(connection, "")
        self._clients.now -= connection.is_client
        self._workers.now -= connection.is_worker
        if connection.is_worker:
            self._functions_each.add(connection.most_functions)
            self._jobs_each.add(connection.jobs if leaves and not connection.was_there else 0)
