"""The command that serves: `gearfast` without a subcommand."""

from __future__ import annotations

import click

from gearfast.cli.main import SUBCOMMANDS
from gearfast.server.errors import ExitCode
from gearfast.server.option_parser import ServerCommand
from gearfast.server.options import OPTIONS, config_of


@click.pass_context
def serve(ctx: click.Context, /, **values: object) -> ExitCode:
    """Serve until told to stop; returns the exit code."""
    config = config_of(ctx)
    if values["check_args"]:
        return ExitCode.OK
    from gearfast.server.run import run

    return run(config)


command = ServerCommand(
    "gearfast",
    params=list(OPTIONS),
    callback=serve,
    add_help_option=False,
    context_settings={"max_content_width": 110},
    help="Run the Gearman job server. Clients and workers of gearmand need no change.",
    epilog=f"""Every option may also stand in the configuration file, as on the command line, and in the
    environment, as GEARFAST_ and its long name: GEARFAST_MAX_PACKET=64M. The command line wins over the
    environment, the environment over the file.

    Other commands, each with --help: gearfast {", gearfast ".join(SUBCOMMANDS)}.

    \b
    Examples:
      gearfast -L 127.0.0.1 -t 8
      gearfast -q libsqlite3 --libsqlite3-db /var/lib/gearfast/queue.db
      gearfast -d -u gearfast -P /run/gearfast.pid -l /var/log/gearfast.log --verbose INFO
    """,
)
