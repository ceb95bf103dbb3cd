"""Every option of the server, and the Config made of them."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import click

from gearfast import __version__
from gearfast.server.config import (
    DAEMON_LOG_FILE,
    IN_MEMORY,
    LIBDRIZZLE,
    LIBMEMCACHED,
    LIBSQLITE3,
    LIBTOKYOCABINET,
    LONGEST_PREFIX,
    MYSQL,
    POSTGRES,
    REDIS,
    Config,
    InvalidOption,
)
from gearfast.server.config_file import DEFAULT_PATHS
from gearfast.server.levels import Level
from gearfast.server.option_parser import ServerOption, load_config_file
from gearfast.server.option_types import (
    QUEUE_TYPES,
    compat,
    durability,
    level,
    number_or_auto,
    one_of,
    port,
    queue_type,
    size,
)


def config_of(ctx: click.Context) -> Config:
    """The Config of a parsed command line; raises click.BadParameter for a value it does not take."""
    try:
        return Config(**{field.name: ctx.params[field.name] for field in dataclasses.fields(Config)})
    except InvalidOption as error:
        option = next(option for option in ctx.command.params if option.name == error.name)
        raise click.BadParameter(str(error), ctx, option) from error


def _print_help(ctx: click.Context, _option: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        click.echo(ctx.get_help())
        ctx.exit()


def print_version(ctx: click.Context, _option: click.Parameter, wanted: bool) -> None:
    """Callback of --version."""
    if wanted and not ctx.resilient_parsing:
        click.echo(f"gearfast {__version__}")
        ctx.exit()


def _refuse(ctx: click.Context, option: click.Parameter, value: Any) -> None:
    if value not in (None, False):
        raise click.BadParameter(
            "this part is not available in this version; leave the option out.", ctx, option
        )


def _option(*names: str, default_text: str | None = None, **settings: Any) -> ServerOption:
    """An option for the field of Config that has its long name; `default_text` puts the default in words."""
    long_name = next(name for name in names if name.startswith("--"))
    field = long_name.partition("/")[0][2:].replace("-", "_")
    settings["show_default"] = default_text is None
    if default_text is not None:
        settings["help"] += f"  [default: {default_text}]"
    return ServerOption(*names, default=getattr(Config, field), **settings)


def _flag(*names: str, **settings: Any) -> ServerOption:
    return _option(*names, is_flag=True, **settings)


def _action(*names: str, **settings: Any) -> ServerOption:
    """An option that is no setting: it makes the command do something else."""
    return ServerOption(*names, is_flag=True, allow_from_autoenv=False, **settings)


def _unavailable(*names: str, **settings: Any) -> ServerOption:
    """An option of gearmand whose part is not built."""
    return ServerOption(*names, hidden=True, expose_value=False, callback=_refuse, **settings)


GEARMAND_OPTIONS = [
    _option("-b", "--backlog", type=int, metavar="N", help="Connections that may wait to be accepted."),
    _flag(
        "-d", "--daemon", help="Run in the background; the command returns once the server serves, or failed."
    ),
    _flag(
        "--exceptions", help="Send workers' exceptions to every client, not only to those that ask for them."
    ),
    _option(
        "-f",
        "--file-descriptors",
        type=int,
        metavar="N",
        default_text="as many as the system allows",
        help="Most open files, and so connections.",
    ),
    _action(
        "-h", "--help", is_eager=True, expose_value=False, callback=_print_help, help="Show this and exit."
    ),
    _option(
        "-j",
        "--job-retries",
        type=int,
        metavar="N",
        default_text="no limit",
        help="Times a job is run before it is given up. -1 is no limit, 0 and 1 are one attempt; "
        "with --compat 1.1 0 is no limit.",
    ),
    _option(
        "--job-handle-prefix",
        metavar="TEXT",
        default_text="H:HOSTNAME",
        help=f"What job handles begin with, at most {LONGEST_PREFIX} bytes.",
    ),
    _option("--hashtable-buckets", type=int, metavar="N", help="Decides in which order 'show jobs' lists."),
    _flag("--keepalive/--no-keepalive", help="Notice peers that vanished, by TCP keep-alive."),
    _option(
        "--keepalive-idle", type=int, metavar="SECONDS", help="Silence before a probe; -1: the system's."
    ),
    _option(
        "--keepalive-interval", type=int, metavar="SECONDS", help="Time between probes; -1: the system's."
    ),
    _option("--keepalive-count", type=int, metavar="N", help="Probes before giving up; -1: the system's."),
    _option(
        "-l",
        "--log-file",
        metavar="FILE",
        default_text=f"stderr, with --daemon {DAEMON_LOG_FILE}",
        help="Log file, 'stderr' or 'none'.",
    ),
    _option(
        "-L",
        "--listen",
        multiple=True,
        metavar="ADDRESS",
        default_text="all addresses",
        help="Host name, address, [IPv6 address] or unix:/path; may be repeated.",
    ),
    _option("-P", "--pid-file", metavar="FILE", default_text="none", help="File to write the process id to."),
    _option(
        "-p",
        "--port",
        type=port,
        metavar="PORT",
        default_envvar="GEARMAND_PORT",
        default_text="4730",
        help="Port or service name; 0 takes any free port and prints its number. Where no port is given, "
        "GEARMAND_PORT in the environment applies; one that is given wins, 4730 too.",
    ),
    _option(
        "-q",
        "--queue-type",
        type=queue_type,
        shell_complete=one_of(*QUEUE_TYPES),
        metavar="TYPE",
        help=f"Where background jobs are kept: {', '.join(QUEUE_TYPES)}; {IN_MEMORY} is in memory, and "
        f"{LIBMEMCACHED} may drop jobs.",
    ),
    _option(
        "--libsqlite3-db",
        metavar="FILE",
        default_text="none",
        help=f"With --queue-type {LIBSQLITE3}: the database, which is made if it is missing.",
    ),
    _option("--libsqlite3-table", metavar="NAME", help="Its table."),
    _option("--redis-server", metavar="HOST", help=f"With --queue-type {REDIS}: where Redis or Valkey runs."),
    _option("--redis-port", type=port, metavar="PORT", help="Its port."),
    _option("--redis-password", metavar="TEXT", default_text="none", help="Its password."),
    _option("--redis-prefix", metavar="TEXT", help="What the keys of jobs begin with."),
    _option(
        "--libmemcached-servers",
        metavar="HOST[:PORT],...",
        default_text="none",
        help=f"With --queue-type {LIBMEMCACHED}: where memcached runs.",
    ),
    _option("--libmemcached-prefix", metavar="TEXT", help="What the keys of jobs begin with."),
    _option(
        "--libtokyocabinet-file",
        metavar="FILE",
        default_text="none",
        help=f"With --queue-type {LIBTOKYOCABINET}: the database, FILE.tch or FILE.tcb; it is made if it is "
        "missing.",
    ),
    _flag("--libtokyocabinet-optimize", help="Tidy the database up at the start."),
    _flag(
        "--store-queue-on-shutdown",
        help="Write background jobs to the store only when the server stops; a crash loses them.",
    ),
    _flag("-R", "--round-robin", help="With --compat 1.1: take turns between a worker's functions."),
    _option(
        "-t",
        "--threads",
        type=number_or_auto,
        metavar="N",
        default_text="auto",
        help="I/O threads. 0: one thread does everything; 1: one beside the listener; N: N, the listener and "
        "the processing thread; auto: by the number of cores.",
    ),
    _option("-u", "--user", metavar="NAME", help="Become this user once the ports are open (root only)."),
    _option(
        "--verbose",
        type=level,
        shell_complete=one_of(*Level.__members__),
        metavar="LEVEL",
        default_text="ERROR",
        help="FATAL, ALERT, CRITICAL, ERROR, WARNING, NOTICE, INFO or DEBUG.",
    ),
    _action(
        "-V",
        "--version",
        is_eager=True,
        expose_value=False,
        callback=print_version,
        help="Show it and exit.",
    ),
    _option(
        "-w",
        "--worker-wakeup",
        type=number_or_auto,
        metavar="N",
        default_text="auto",
        help="Sleeping workers woken for a job: auto (as many as are needed), N, or 0 for all.",
    ),
    _flag("--syslog", help="Log to syslog as well."),
    _flag("--coredump", help="Allow core dumps."),
    ServerOption(
        "--config-file",
        type=click.Path(path_type=Path),
        metavar="FILE",
        is_eager=True,
        expose_value=False,
        callback=load_config_file,
        help=f"File with more options.  [default: {', else '.join(map(str, DEFAULT_PATHS))}]",
    ),
    _action("--check-args", help="Check the options and exit."),
]

OWN_OPTIONS = [
    _option(
        "--compat",
        type=compat,
        shell_complete=one_of("1.1", "2.0"),
        metavar="VERSION",
        default_text="2.0",
        help="Order of work and meaning of --job-retries as in gearmand 1.1 or 2.0.",
    ),
    _option(
        "--durability",
        type=durability,
        shell_complete=one_of("none", "async", "sync"),
        metavar="LEVEL",
        default_text="sync with a store",
        help="When a background submit is answered: sync (once the store has committed the job), async (at "
        "once; the store gets the job soon) or none (at once; the store is not used).",
    ),
    _option(
        "--max-packet",
        type=size,
        metavar="SIZE",
        default_text="256M",
        help="Largest packet, and so workload; at most 4 GiB less 256 bytes.",
    ),
    _option("--max-connections", type=int, metavar="N", help="Most connections at a time, 0 for no limit."),
    _option(
        "--max-output",
        type=size,
        metavar="SIZE",
        default_text="1G, or --max-packet if that is more",
        help="Most bytes that may wait for a slow reader.",
    ),
    _option(
        "--store-timeout",
        type=int,
        metavar="SECONDS",
        help="How long a store on another server may say nothing before it counts as failing.",
    ),
    _option(
        "--memory-limit",
        type=size,
        metavar="SIZE",
        help="Refuse new jobs while jobs, workers and what waits for readers take more, 0 for no limit.",
    ),
    _option("--max-functions", type=int, metavar="N", help="Most functions, 0 for no limit."),
    _option("--max-uniques", type=int, metavar="N", help="Most jobs with a unique key, 0 for no limit."),
    _option(
        "--packet-timeout",
        type=int,
        metavar="SECONDS",
        help="Close connections whose packet does not come to its end within this, 0 for no limit.",
    ),
    _option(
        "--job-lease",
        type=int,
        metavar="SECONDS",
        help="Take a job back from a worker without a time-out of its own after this, 0 for never.",
    ),
    _option(
        "--record",
        metavar="FILE",
        default_text="none",
        help="Record what happens, from the start on, without payloads, uniques and addresses. If FILE is "
        "there already, FILE.1, FILE.2 ... is taken.",
    ),
    _option(
        "--record-dir",
        metavar="DIR",
        default_text="none",
        help="Accept the text commands 'record start NAME' and 'record stop'; NAME is a file in DIR.",
    ),
    _option("--record-files", type=int, metavar="N", help="Files of a recording to keep, the latest."),
    _flag("--record-payloads", help="Record workloads, results, uniques and addresses, too."),
    _option(
        "--record-size",
        type=size,
        metavar="SIZE",
        default_text="1G",
        help="Size at which a recording goes on in another file.",
    ),
    _flag("--allow-shutdown", help="Accept the text commands 'shutdown' and 'shutdown graceful'."),
]

DATABASE_OPTIONS = [
    _option(
        "--libpq-conninfo",
        metavar="TEXT",
        default_text="as libpq's environment says",
        help=f"With --queue-type {POSTGRES}: the database, as in 'host=/run/postgresql dbname=jobs'.",
    ),
    _option("--libpq-table", metavar="NAME", help="Its table."),
    _option("--mysql-host", metavar="HOST", help=f"With --queue-type {MYSQL}: a host, or a socket's path."),
    _option("--mysql-port", type=int, metavar="PORT", help="Its port."),
    _option("--mysql-user", metavar="NAME", default_text="the system's user", help="Who connects."),
    _option("--mysql-password", metavar="TEXT", default_text="none", help="Better given in a file."),
    _option("--mysql-db", metavar="NAME", default_text="none", help="The database that has the table."),
    _option("--mysql-table", metavar="NAME", help="Its table."),
    _option("--libdrizzle-host", metavar="HOST", help=f"With --queue-type {LIBDRIZZLE}: MySQL or MariaDB's."),
    _option("--libdrizzle-port", type=int, metavar="PORT", help="Its port."),
    _option("--libdrizzle-uds", metavar="FILE", default_text="none", help="Its socket, in place of a host."),
    _option("--libdrizzle-user", metavar="NAME", help="Who connects."),
    _option("--libdrizzle-password", metavar="TEXT", default_text="none", help="Better given in a file."),
    _option("--libdrizzle-db", metavar="NAME", help="The database that has the table."),
    _option("--libdrizzle-table", metavar="NAME", help="Its table."),
    _flag("--libdrizzle-mysql", help="Taken and always so: MySQL's protocol is spoken."),
]

UNAVAILABLE_FLAGS = ("ssl",)
UNAVAILABLE_VALUES = ("http-port", "ssl-ca-file", "ssl-certificate", "ssl-key")

OPTIONS = [
    *GEARMAND_OPTIONS,
    *DATABASE_OPTIONS,
    *OWN_OPTIONS,
    _unavailable("-r", "--protocol"),
    *(_unavailable(f"--{name}", is_flag=True) for name in UNAVAILABLE_FLAGS),
    *(_unavailable(f"--{name}") for name in UNAVAILABLE_VALUES),
]
