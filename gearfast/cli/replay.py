"""`gearfast replay`: a recording, submit by submit."""

from __future__ import annotations

import json
from pathlib import Path

import click

from gearfast.cli.tool import Factor, Output, Seconds, reading, write_text
from gearfast.complaint import complain
from gearfast.mix.report import page
from gearfast.recording import Recording, RecordingError
from gearfast.server.errors import ExitCode, ServerError

_FILE = click.Path(path_type=Path)


@click.command(
    epilog="""\b
    Examples:
      gearfast replay /var/tmp/monday*
      gearfast replay /var/tmp/monday* --speed 10 --server 127.0.0.1:4731 --run-report fast.json
    """,
    context_settings={"max_content_width": 110},
)
@click.argument("recording", nargs=-1, required=True, type=_FILE)
@click.option(
    "--server", default="127.0.0.1:4730", show_default=True, help="Where: HOST:PORT or [IPv6]:PORT."
)
@click.option("--speed", type=Factor(), default=1.0, help="How many times as fast.")
@click.option(
    "--patience",
    type=Seconds(0.0),
    default=30.0,
    help="Seconds to wait for the rest at the end.",
)
@click.option(
    "--run-report", type=Output(), help="Write what came of it, for gearfast mix report and compare."
)
def command(
    recording: tuple[Path, ...], server: str, speed: float, patience: float, run_report: Path | None
) -> ExitCode:
    """Submit what was recorded, at its times and over connections that come and go, to simulated workers.

    Workloads and results have their recorded sizes, runs their times, made shorter by --speed as all others.
    Exit code 1: a submit was refused, or a job did not come back.
    """
    from gearfast.replay import ReplayError, gather, play, reachable

    with reading(recording[0], RecordingError):
        found = Recording(recording)
        plan = gather(found.events())
    try:
        host, port = reachable(server)
        outcome = play(plan, host, port, speed=speed, patience=patience)
    except (ReplayError, ValueError) as error:
        raise ServerError(ExitCode.DATA, f"{error}.") from error
    except OSError as error:
        raise ServerError(ExitCode.UNAVAILABLE, f"{server}: {error.strerror or error}.") from error
    for problem in found.problems:
        complain(f"{problem}.")
    outcome.run.title = f"Replay of {recording[0]}, {speed:g} times as fast"
    if run_report is not None:
        write_text(run_report, json.dumps(outcome.run.as_json()))
    click.echo(
        f"{outcome.submitted} submits, {outcome.refused} refused, {outcome.runs} runs over "
        f"{outcome.connections} connections in {outcome.seconds:.1f} s; "
        f"at most {1000 * outcome.late:.0f} ms late\n"
    )
    click.echo(page(outcome.run), nl=False)
    complete = outcome.refused == 0 and outcome.foreground_ended >= outcome.foreground
    return ExitCode.OK if complete and outcome.accepted == outcome.submitted else ExitCode.FAILURE
