"""Which store is meant: the server's own options, read as the server reads them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path

import click
from click.core import ParameterSource

from gearfast.server.config import (
    IN_MEMORY,
    LIBDRIZZLE,
    LIBMEMCACHED,
    LIBSQLITE3,
    LIBTOKYOCABINET,
    MYSQL,
    POSTGRES,
    REDIS,
    Config,
)
from gearfast.server.errors import ExitCode, ServerError
from gearfast.server.make_store import open_store
from gearfast.server.option_parser import ENVIRONMENT_PREFIX, ServerCommand
from gearfast.server.options import OPTIONS, config_of
from gearfast.stores.base import Store

# What the names of a store's options begin with.
_PREFIXES = {
    LIBSQLITE3: "libsqlite3_",
    POSTGRES: "libpq_",
    MYSQL: "mysql_",
    LIBDRIZZLE: "libdrizzle_",
    REDIS: "redis_",
    LIBMEMCACHED: "libmemcached_",
    LIBTOKYOCABINET: "libtokyocabinet_",
}
_FILES = {LIBSQLITE3: "libsqlite3_db", LIBTOKYOCABINET: "libtokyocabinet_file"}
TO = "--to"


def config_from(words: Sequence[str]) -> Config:
    """The store that these words, the environment and the configuration file name, and nothing else of them.

    What the environment or the file says of a kind of store that is not meant is passed over. Raises
    click.ClickException for what the server would not take either, and where no store is named.
    """
    server = ServerCommand("gearfast", params=list(OPTIONS), add_help_option=False)
    ctx = server.make_context("gearfast", list(words), auto_envvar_prefix=ENVIRONMENT_PREFIX)
    kind = ctx.params["queue_type"]
    if kind == IN_MEMORY:
        raise click.UsageError(
            "No store is named: give its options as the server's, as in -q libsqlite3 --libsqlite3-db FILE."
        )
    for field in fields(Config):
        is_said_here = ctx.get_parameter_source(field.name) is ParameterSource.COMMANDLINE
        is_of_store = field.name.startswith(tuple(_PREFIXES.values()))
        if field.name not in ("queue_type", "store_timeout") and not (
            field.name.startswith(_PREFIXES[kind]) or (is_of_store and is_said_here)
        ):
            ctx.params[field.name] = field.default
    return config_of(ctx)


def split_at_to(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """What stands before and behind the word `--to`. Raises click.UsageError if it is missing."""
    if TO not in words:
        raise click.UsageError(f"Where to? Give the other store's options behind {TO}.")
    middle = list(words).index(TO)
    return list(words[:middle]), list(words[middle + 1 :])


@contextmanager
def opened(config: Config, *, makes: bool = False) -> Iterator[Store]:
    """The store while the block runs; no other server uses it then, where that can be known.

    It is made if it is missing and `makes`. Raises ServerError when it cannot be opened.
    """
    if not makes and config.queue_type in _FILES:
        path = str(getattr(config, _FILES[config.queue_type])).partition("#")[0]
        if not Path(path).exists():
            raise ServerError(ExitCode.STORE, f"There is no {path}.")
    store = open_store(config)
    assert store is not None
    try:
        yield store
    finally:
        store.close()


def check_apart(source: Config, destination: Config) -> None:
    """Raises click.UsageError if both may be one memcached, which nobody can lock: jobs would be lost."""
    kinds = {source.queue_type, destination.queue_type}
    if kinds == {LIBMEMCACHED} and source.libmemcached_prefix == destination.libmemcached_prefix:
        raise click.UsageError(
            "Both are memcached with one prefix, perhaps the same: export the jobs and import them instead."
        )
