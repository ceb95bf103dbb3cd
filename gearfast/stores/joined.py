"""Function and unique joined by "-", as gearmand makes one name of the two where a store has no columns.

Both may hold a "-", so two jobs may have the same name. `split` says whose it is; the other needs another.
"""

from __future__ import annotations

import os
import re

from gearfast.stores.base import MADE_KEY, Key

# libgearman makes a UUID for whoever gives no unique; the other is a key that the server made.
_TAIL = re.compile(
    rb"(.*)-([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|gearfast:-?:[0-9a-f]{16}:[0-9a-f]{8})", re.S
)


def split(name: bytes) -> Key | None:
    """Key and function of a joined name: before a UUID, else before the first "-". None if there is none.

    gearmand takes the first "-", and so finds other functions than were submitted.
    """
    found = _TAIL.fullmatch(name)
    if found is not None:
        return found[2], found[1]
    function, hyphen, key = name.partition(b"-")
    return (key, function) if hyphen else None


def join(key: bytes, function: bytes) -> bytes | None:
    """The joined name; None if it is another job's."""
    name = b"%b-%b" % (function, key)
    if b"-" not in function and b"-" not in key:
        return name
    return name if split(name) == (key, function) else None


def own_key(key: bytes) -> bytes:
    """One for a job that gearmand stored without a unique, since many share that name; else the same."""
    if key not in (b"", b"-"):
        return key
    return b"%b%b:%b:%b" % (MADE_KEY, key, os.urandom(8).hex().encode(), os.urandom(4).hex().encode())
