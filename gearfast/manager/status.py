"""How the supervisor's processes fare, in one line."""

from __future__ import annotations

from gearfast.supervisor.supervisor import Phase, Supervisor

_SECONDS_BETWEEN = 1.0


class Status:
    """Due once a second, and when the phase changes; jobs per second are those since the last time."""

    def __init__(self, supervisor: Supervisor, count: int) -> None:
        self.next_time = 0.0
        self._supervisor = supervisor
        self._count = count
        self._phase: Phase | None = None
        self._at = 0.0
        self._done = 0
        self._rate = 0.0

    def due(self, now: float) -> bool:
        return now >= self.next_time or self._supervisor.phase is not self._phase

    def text(self, now: float) -> str:
        """Such as "serving: 2/2 processes, 1 leaving, 3 running, 12,345 done (120/s), 0 crashed"."""
        supervisor = self._supervisor
        self._phase = supervisor.phase
        processes = list(supervisor.processes)
        leaving = sum(process.leaving for process in processes)
        ready = sum(process.ready for process in processes if not process.leaving)
        tally = supervisor.tally
        self._measure(now, tally.done)
        parts = [
            f"{supervisor.phase.value}: {ready}/{self._count} processes",
            *([f"{leaving} leaving"] if leaving else []),
            f"{tally.running} running",
            f"{tally.done:,} done ({self._rate:,.0f}/s)",
            f"{supervisor.crashes} crashed",
        ]
        return ", ".join(parts)

    def _measure(self, now: float, done: int) -> None:
        if now >= self.next_time:
            self._rate = (done - self._done) / (now - self._at) if self._at else 0.0
            self._at, self._done = now, done
            self.next_time = now + _SECONDS_BETWEEN
