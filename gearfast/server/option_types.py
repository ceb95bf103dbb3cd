"""Turning the words of the command line into values; whether a value is allowed is checked by Config.

Each also takes the value itself, since click converts defaults too, and raises click.BadParameter.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Callable

import click

from gearfast.server.config import (
    COMPAT_1_1,
    COMPAT_2_0,
    IN_MEMORY,
    LIBDRIZZLE,
    LIBMEMCACHED,
    LIBSQLITE3,
    LIBTOKYOCABINET,
    MYSQL,
    POSTGRES,
    REDIS,
)
from gearfast.server.durability import Durability
from gearfast.server.levels import Level
from gearfast.server.threads import AUTO

_NUMBER = re.compile(r"[0-9]{1,15}")
_SIZE = re.compile(r"([0-9]{1,15})([KMGT]?)(?:i?B)?", re.IGNORECASE)
_UNIT_SHIFT = {"": 0, "K": 10, "M": 20, "G": 30, "T": 40}
QUEUE_TYPES = (
    *(IN_MEMORY, LIBSQLITE3, POSTGRES, MYSQL, LIBDRIZZLE),
    *(REDIS, LIBTOKYOCABINET, LIBMEMCACHED),
)
_SECOND_NAMES = {
    "sqlite3": LIBSQLITE3,
    "libpq": POSTGRES,
    "postgresql": POSTGRES,
    "libmysql": MYSQL,
    "mariadb": MYSQL,
    "drizzle": LIBDRIZZLE,
    "valkey": REDIS,
    "tokyocabinet": LIBTOKYOCABINET,
    "memcached": LIBMEMCACHED,
}
_QUEUE_TYPES = {name: name for name in QUEUE_TYPES} | _SECOND_NAMES
_COMPAT = {"1.1": COMPAT_1_1, "2.0": COMPAT_2_0}


def one_of(*words: str) -> Callable[[click.Context, click.Parameter, str], list[str]]:
    """What completes one of these words, in any case of letters."""

    def complete(_ctx: click.Context, _option: click.Parameter, begun: str) -> list[str]:
        return [word for word in words if word.lower().startswith(begun.lower())]

    return complete


def size(value: int | str) -> int:
    """Bytes, also as 64K, 64M, 1G (powers of 1024)."""
    if isinstance(value, int):
        return value
    match = _SIZE.fullmatch(value)
    if match is None:
        raise click.BadParameter(f"{value!r} is not a size such as 65536, 64K, 64M or 1G.")
    return int(match[1]) << _UNIT_SHIFT[match[2].upper()]


def port(value: int | str) -> int:
    """A port number or the name of a TCP service."""
    if isinstance(value, int) or _NUMBER.fullmatch(value):
        return int(value)
    try:
        return socket.getservbyname(value, "tcp")
    except OSError:
        text = f"{value!r} is neither a port number nor a service in /etc/services."
        raise click.BadParameter(text) from None


def number_or_auto(value: int | str) -> int:
    """A number from 0, or `auto`, which becomes AUTO."""
    if value == "auto":
        return AUTO
    if isinstance(value, int) or _NUMBER.fullmatch(value):
        return int(value)
    raise click.BadParameter(f"{value!r} is neither a number nor 'auto'.")


def level(value: Level | str) -> Level:
    """A log level by name, in any case of letters."""
    if isinstance(value, Level):
        return value
    if value.upper() not in Level.__members__:
        raise click.BadParameter(f"{value!r} is none of {', '.join(Level.__members__)}.")
    return Level[value.upper()]


def compat(value: int | str) -> int:
    """The gearmand version to follow, 1.1 or 2.0."""
    if isinstance(value, int):
        return value
    if value not in _COMPAT:
        raise click.BadParameter(f"{value!r} is neither 1.1 nor 2.0.")
    return _COMPAT[value]


def queue_type(value: str) -> str:
    """The kind of store, in any case of letters; some have a second name."""
    if value.lower() not in _QUEUE_TYPES:
        text = f"{value!r} is not available in this version; {', '.join(QUEUE_TYPES)} are."
        raise click.BadParameter(text)
    return _QUEUE_TYPES[value.lower()]


def durability(value: Durability | str) -> Durability:
    """When a background submit is answered: none, async or sync."""
    if isinstance(value, Durability):
        return value
    if value.upper() not in Durability.__members__:
        raise click.BadParameter(f"{value!r} is none of none, async and sync.")
    return Durability[value.upper()]
