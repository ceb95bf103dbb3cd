"""`gearfast client`: jobs from a shell, as `gearman` submits and does them."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import click

from gearfast.cli.tool import ToolCommand, address_options, addresses, sentence, usage_error, version_option
from gearfast.links.addresses import Address
from gearfast.server.daemon import detach
from gearfast.server.errors import ExitCode, ServerError
from gearfast.server.pidfile import pid_file


class Options(NamedTuple):
    """The command line, as parsed."""

    function: tuple[str, ...]
    host: str | None
    port: int | None
    timeout: int | None
    pid_file: str
    lines: bool
    strip: bool
    background: bool
    priority: str | None
    prefix: bool
    no_input: bool
    unique: str
    verbose: bool
    exceptions: bool
    strict: bool
    worker: bool
    jobs: int | None
    daemon: bool
    operands: tuple[str, ...]

    @property
    def seconds(self) -> float | None:
        """The time-out; None: no limit."""
        return None if self.timeout is None or self.timeout < 0 else self.timeout / 1000

    @property
    def by_line(self) -> bool:
        return self.lines or self.strip


@click.pass_context
def run(ctx: click.Context, /, **values: Any) -> ExitCode:
    """Be a client or a worker; returns the exit code."""
    options = Options(**values)
    if not options.function or "" in options.function:
        raise usage_error(ctx, "No function is given: -f FUNCTION.")
    servers = addresses(ctx, options.host, options.port)
    try:
        return work(servers, options) if options.worker else submit(servers, options)
    except ValueError as error:
        raise usage_error(ctx, sentence(error)) from error


def submit(servers: list[Address], options: Options) -> ExitCode:
    """Client mode. Raises ValueError for names no server takes."""
    from gearfast.client.submission import Priority
    from gearfast.shell.output import Output
    from gearfast.shell.submitting import Order, ShellClient
    from gearfast.shell.workloads import workloads

    order = Order(
        options.function,
        options.unique,
        Priority(options.priority or "normal"),
        options.background,
        options.seconds,
    )
    order.submissions()
    data = workloads(
        options.operands,
        sys.stdin.buffer,
        nothing=options.no_input,
        lines=options.by_line,
        strip=options.strip,
    )
    output = Output(options.prefix, options.verbose)
    client = ShellClient(servers, output, options.exceptions)
    with attended(options), client:
        for each in data:
            client.run(order, each)
        output.close()
        bad = client.failed or (options.strict and client.troubled)
    return ExitCode.FAILURE if bad else ExitCode.OK


def work(servers: list[Address], options: Options) -> ExitCode:
    """Worker mode. Raises ValueError for names no server takes, and for what can't work."""
    import logging

    from gearfast.shell.working import Duty, ShellWorker

    if options.operands and shutil.which(options.operands[0]) is None:
        raise ValueError(f"there is no command {options.operands[0]}")
    if options.seconds == 0:
        raise ValueError("a worker that waits 0 ms for a job would do nothing but ask")
    jobs = options.jobs if options.jobs and options.jobs > 0 else None
    duty = Duty(options.function, options.operands, options.by_line, options.strip, jobs, options.seconds)
    worker = ShellWorker(servers, duty)
    with attended(options):
        logging.basicConfig(format="gearfast: %(message)s", level=logging.WARNING)
        worker.run()
    return ExitCode.OK


@contextmanager
def attended(options: Options) -> Iterator[None]:
    """In the background if that is wanted, and with the pid file."""
    background = detach() if options.daemon else None
    try:
        with pid_file(options.pid_file):
            if background is not None:
                background.serving()
            yield
    except ServerError as error:
        raise ServerError(ExitCode.FAILURE, str(error)) from error


def flag(*names: str, **settings: Any) -> click.Option:
    return click.Option(names, is_flag=True, **settings)


OPTIONS: tuple[click.Parameter, ...] = (
    click.Option(
        ["-f", "--function"],
        multiple=True,
        metavar="FUNCTION",
        help="Function of the jobs; give several to submit each workload to all, or to work for all.",
    ),
    *address_options(),
    click.Option(
        ["-t", "--timeout"],
        type=click.IntRange(max=2**31 - 1),
        metavar="MS",
        help="Most milliseconds to wait for a word from the server; a worker: for a job.  [default: none]",
    ),
    click.Option(["-i", "--pid-file"], default="", metavar="FILE", help="File for the process id."),
    flag("-d", "--daemon", help="Run in the background."),
    flag(
        *("-n", "--lines"),
        help="One job for each line of input; a worker: send each line of output as it comes.",
    ),
    flag("-N", "--strip", help="The same without the ends of the lines."),
    flag("-b", "--background", help="Submit background jobs: wait for no result."),
    click.Option(["-I", "--high", "priority"], flag_value="high", help="High priority."),
    click.Option(["-L", "--low", "priority"], flag_value="low", help="Low priority."),
    flag("-P", "--prefix", help="Put the function before all that is said of its job."),
    flag("-s", "--no-input", help="One job without data: do not read stdin."),
    click.Option(
        ["-u", "--unique"],
        default="",
        metavar="KEY",
        help="Unique key: jobs of the same key and function are one.  [default: a new key for each]",
    ),
    flag("-v", "--verbose", help="Print the handle of each job."),
    flag("--exceptions", help="Ask for the worker's own message when it raises."),
    flag(
        "--strict",
        help="End with 1 also when a job raised, was not done in time, or found no server; "
        "gearman, and without this option gearfast client, ends with 0 then.",
    ),
    flag("-w", "--worker", help="Be a worker: run COMMAND for each job, or print the jobs' data."),
    click.Option(
        ["-c", "--count", "jobs"],
        type=int,
        metavar="JOBS",
        help="Leave after so many jobs.  [default: never]",
    ),
    version_option(),
    click.Argument(["operands"], nargs=-1, metavar="[DATA]... | -w [--] [COMMAND [ARGUMENT]...]"),
)

command = ToolCommand(
    "client",
    params=list(OPTIONS),
    callback=run,
    context_settings={"max_content_width": 110, "help_option_names": ["-H", "--help"]},
    help="""Submit jobs to a Gearman server and print their results, or work with a command. Options and
    output are those of gearman.

    Each DATA is the workload of one job; without, stdin is. With -w, each job runs COMMAND with the workload
    on its stdin; what it prints is the result. Write -- before a command that has options.
    """,
    epilog="""\b
Examples:
  gearfast client -w -f wc -- wc -l
  gearfast client -f wc < /etc/passwd
  gearfast client -f resize -b -N < names.txt
  gearfast client -f check -f count -P http://example.com
""",
)
