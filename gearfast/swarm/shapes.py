"""How many of a mix's clients there are over time; --scale says how many times the mix that is at most."""

from __future__ import annotations

from typing import Any

from locust import LoadTestShape, events

from gearfast.swarm.options import mix_of, seconds_of

_LATEST = 30.0  # seconds that users may be behind at the end
_LAST = 0.999  # of a run: what there is then stays


@events.init.add_listener  # type: ignore[untyped-decorator]
def check_mix(environment: Any, **_: Any) -> None:
    """A mistake in the mix is told before anything begins."""
    if environment.parsed_options is not None:
        mix_of(environment.parsed_options)


class MixShape(LoadTestShape):
    """What the shapes share; `part` says how much of the mix there is.

    Users end by themselves when they have submitted all that is due until the end.
    """

    abstract = True

    def tick(self) -> tuple[int, float] | None:
        """Users and how many start in a second; None ends the run."""
        assert self.runner is not None
        options: Any = self.runner.environment.parsed_options
        seconds = seconds_of(options)
        now: float = self.get_run_time()  # type: ignore[no-untyped-call]
        if now >= seconds and (self.runner.user_count == 0 or now >= seconds + _LATEST):
            return None
        now = min(now, _LAST * seconds)
        users = max(1, round(mix_of(options).clients.connections * self.part(now / seconds, options.scale)))
        return users, max(100.0, users)

    def part(self, passed: float, scale: float) -> float:
        """`passed` is the share of the run that is over."""
        raise NotImplementedError


class Steady(MixShape):
    """--scale times the mix all the time."""

    def part(self, passed: float, scale: float) -> float:
        return scale


class Ramp(MixShape):
    """From nothing to --scale times the mix, in twenty steps."""

    def part(self, passed: float, scale: float) -> float:
        return scale * (int(passed * 20) + 1) / 20


class Spike(MixShape):
    """The mix once, and in the middle fifth --scale times."""

    def part(self, passed: float, scale: float) -> float:
        return scale if 0.4 <= passed < 0.6 else 1.0
