"""The native replayer: one thread with all clients and workers."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass, replace
from typing import Any

from gearfast._native._replay import ffi, lib
from gearfast.mix.run import Run
from gearfast.replay.gather import FOREGROUND, Job, Plan

_NEVER = 2**32 - 1
_LARGEST = 2**32 - 1
_LATEST = 2**63
_FOREVER = 2**64 - 1


class ReplayError(Exception):
    """It could not be replayed to its end."""


@dataclass(frozen=True)
class Outcome:
    """Counts of submits, of foreground jobs that came to an end, of runs and of connections; seconds.

    `late` is the most that a submit was behind its time: much of it, and the machine is too slow.
    """

    submitted: int
    accepted: int
    refused: int
    foreground: int
    foreground_ended: int
    runs: int
    connections: int
    seconds: float
    late: float
    run: Run


def play(plan: Plan, host: str, port: int, *, speed: float = 1.0, patience: float = 30.0) -> Outcome:
    """Replay the plan at an address of IPv4 or IPv6, so many times as fast; all its times shrink, too.

    Waits up to `patience` seconds for what is left at the end. Raises ReplayError when a connection fails.
    """
    held = Held(plan, speed)
    native = held.plan(host, port, patience)
    times = ffi.new("replay_times *", held.times)
    outcome = ffi.new("replay_outcome *")
    lib.replay_run(native, times, outcome)
    if outcome.error:
        raise ReplayError(f"a connection to {host}:{port} failed: {os.strerror(outcome.error)}")
    return Outcome(
        submitted=outcome.submitted,
        accepted=outcome.accepted,
        refused=outcome.refused,
        foreground=outcome.foreground_accepted,
        foreground_ended=outcome.foreground_ended,
        runs=outcome.runs,
        connections=outcome.opened,
        seconds=outcome.took / 1e6,
        late=outcome.late / 1e6,
        run=held.run(),
    )


class Held:
    """The plan in C. What it points to lives as long as this."""

    def __init__(self, plan: Plan, speed: float) -> None:
        self._plan = plan
        self._speed = speed
        self._names = list(plan.functions)
        self._jobs = ffi.new("replay_job[]", len(plan.jobs))
        for index, job in enumerate(plan.jobs):
            self._set(self._jobs[index], job)
        count = max(1, len(plan.jobs))
        self.times: dict[str, Any] = {
            name: ffi.new("uint32_t[]", count) for name in ("answered", "ended", "waited")
        }

    def _set(self, to: Any, job: Job) -> None:
        to.due = min(round(job.at / self._speed * 1e6), _LATEST)
        to.client, to.function, to.type = job.client, job.function, job.type
        to.size, to.result, to.unique = job.size, job.result, job.key
        to.run = min(round(job.run / self._speed), _LARGEST)
        to.delay = self._delay(job)
        to.fails, to.abandoned = job.fails, job.abandoned

    def _delay(self, job: Job) -> int:
        return min(math.ceil(job.delay / self._speed), _LARGEST)

    def plan(self, host: str, port: int, patience: float) -> Any:
        self._hold_connections()
        self._host = ffi.new("char[]", host.encode())
        self._c_names = [ffi.new("char[]", name.encode("utf-8", "surrogateescape")) for name in self._names]
        self._functions = ffi.new("char *[]", [*self._c_names, ffi.NULL])
        return ffi.new(
            "replay_plan *",
            {
                "host": self._host,
                "port": port,
                "jobs": self._jobs,
                "job_count": len(self._plan.jobs),
                "functions": ffi.cast("const char *const *", self._functions),
                "function_count": len(self._names),
                "connections": self._connections,
                "clients": len(self._plan.clients),
                "connection_count": len(self._plan.clients) + len(self._plan.workers),
                "opening": self._opening,
                "closing": self._closing,
                "registered": self._registered,
                "end": self._end(),
                "patience": round(patience * 1e6),
            },
        )

    def _hold_connections(self) -> None:
        """Clients register nothing, whatever they do besides: a worker of the same times does."""
        clients = [replace(each, functions={}) for each in self._plan.clients]
        connections = [*clients, *self._plan.workers]
        functions = [each for connection in connections for each in connection.functions]
        self._registered = ffi.new("uint32_t[]", functions or [0])
        self._connections = ffi.new("replay_connection[]", max(1, len(connections)))
        first = 0
        for to, connection in zip(self._connections, connections, strict=False):
            to.opens, to.closes = self._time(connection.opens), self._time(connection.closes)
            to.first, to.count = first, len(connection.functions)
            first += to.count
        order = range(len(connections))
        self._opening = ffi.new("uint32_t[]", sorted(order, key=lambda each: connections[each].opens) or [0])
        self._closing = ffi.new(
            "uint32_t[]", sorted(order, key=lambda each: self._time(connections[each].closes)) or [0]
        )

    def _time(self, seconds: float | None) -> int:
        """Microseconds in the replay; None never comes."""
        return _FOREVER if seconds is None else min(round(seconds / self._speed * 1e6), _LATEST)

    def _end(self) -> int:
        plan = self._plan
        times = [connection.opens for connection in (*plan.clients, *plan.workers)]
        times += [each.closes for each in (*plan.clients, *plan.workers) if each.closes is not None]
        due = (job.at / self._speed + self._delay(job) for job in plan.jobs)
        return max(self._time(max(times, default=0.0)), min(round(max(due, default=0.0) * 1e6), _LATEST))

    def run(self) -> Run:
        """As Locust's are told: foreground jobs until their end, background ones until they are accepted."""
        found = Run(began=0.0)
        for index, job in enumerate(self._plan.jobs):
            is_foreground = job.type in FOREGROUND
            took = self.times["ended" if is_foreground else "answered"][index]
            name = self._names[job.function]
            at = job.at / self._speed
            if took == _NEVER and job.abandoned:
                continue
            if took == _NEVER:
                found.error(at, f"{name}: no {'end' if is_foreground else 'acknowledgement'} was seen")
            else:
                found.job(at, "foreground" if is_foreground else "background", name, took / 1e6)
            if (waited := self.times["waited"][index]) != _NEVER:
                found.waits.add(waited / 1e6)
        return found
