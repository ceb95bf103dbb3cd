"""What the locustfiles of a mix add to Locust's command line."""

from __future__ import annotations

from argparse import ArgumentTypeError
from pathlib import Path
from typing import Any

from locust import events
from locust.argument_parser import LocustArgumentParser

from gearfast.mix.model import Mix
from gearfast.mix.schema import MixError, load

_loaded: dict[str, Mix] = {}


@events.init_command_line_parser.add_listener  # type: ignore[untyped-decorator]
def add_options(parser: LocustArgumentParser, **_: Any) -> None:
    """--mix and what goes with it."""
    group = parser.add_argument_group("Job mix options")
    group.add_argument("--mix", metavar="FILE", env_var="GEARFAST_MIX", help="The mix to replay.")
    group.add_argument(
        "--scale", type=float, default=1.0, help="How much of the mix at most: 2 is twice the traffic."
    )
    group.add_argument("--mix-seconds", type=float, default=0.0, help="How long; 0: as long as the mix was.")
    group.add_argument(
        "--run-report", metavar="FILE", type=_writable, default="", help="Write what came of it, as JSON."
    )
    group.add_argument(
        "--server-pid", type=int, default=0, help="Process whose CPU time and memory are in the report."
    )


def _writable(path: str) -> str:
    """Tried before the run, not after it. Raises ArgumentTypeError."""
    if path:
        try:
            Path(path).open("a").close()
        except OSError as error:
            raise ArgumentTypeError(f"{path}: {error.strerror}") from error
    return path


def mix_of(options: Any) -> Mix:
    """The mix that was asked for. Raises SystemExit with what is wrong with it."""
    if not options.mix:
        raise SystemExit("locust: --mix is missing: the mix to replay.")
    if options.mix not in _loaded:
        try:
            _loaded[options.mix] = load(options.mix)
        except (MixError, OSError) as error:
            raise SystemExit(f"locust: {error}") from error
    return _loaded[options.mix]


def seconds_of(options: Any) -> float:
    """How long the mix is replayed."""
    return options.mix_seconds or mix_of(options).seconds
