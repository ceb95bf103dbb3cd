"""A job mix as values. Shares are from 0 to 1."""

from __future__ import annotations

from dataclasses import dataclass

from gearfast.mix.distribution import Distribution

ZERO = Distribution.always(0)
ONE = Distribution.always(1)


@dataclass(frozen=True)
class Arrivals:
    """When jobs come. `shape` is the rate in each step of `step_seconds`, relative to the mean.

    `burstiness` is the variance of the number of jobs in a tenth of a second, divided by its mean, beyond
    what the shape explains: 0 is a steady clock, 1 chance, more is jobs in bursts.
    """

    step_seconds: float = 1.0
    shape: tuple[float, ...] = (1.0,)
    burstiness: float = 1.0


@dataclass(frozen=True)
class Function:
    """The jobs of one function.

    `uniques` is the share of submits with a unique key, `joined` that of submits that met a job of their
    key; `failures` the share of runs that end with a failure or an exception; `updates` how many packets of
    data and status a job sends before its end. `waiting` jobs are submitted when the load begins, beyond its
    rate.
    """

    share: float
    arrivals: Arrivals = Arrivals()
    high: float = 0.0
    low: float = 0.0
    background: float = 0.0
    uniques: float = 0.0
    joined: float = 0.0
    delayed: float = 0.0
    delay_seconds: Distribution = ZERO
    payload_bytes: Distribution = ZERO
    result_bytes: Distribution = ZERO
    run_ms: Distribution = ZERO
    failures: float = 0.0
    updates: float = 0.0
    workers: int = 1
    waiting: int = 0


@dataclass(frozen=True)
class Clients:
    """Connections that submit: the most at a time, and how many are opened in a second."""

    connections: int = 1
    opened_per_second: float = 0.0


@dataclass(frozen=True)
class Workers:
    """Connections that work: the most at a time, how many are opened in a second, what each registers.

    `jobs_each` is the number of jobs after which one leaves; 0: it stays. Beside them, `silent` times as many
    are connected whose machines are gone.
    """

    connections: int = 1
    opened_per_second: float = 0.0
    functions_each: Distribution = ONE
    jobs_each: Distribution = ZERO
    silent: float = 0.0


@dataclass(frozen=True)
class Mix:
    """A load: so many jobs a second for so many seconds, of these functions."""

    seconds: float
    jobs_per_second: float
    functions: dict[str, Function]
    clients: Clients = Clients()
    workers: Workers = Workers()
    comment: str = ""
    source: str = ""
    skipped: int = 0  # events that are missing in the recording

    def rate(self, function: str) -> float:
        """Jobs a second of one function."""
        return self.jobs_per_second * self.functions[function].share
