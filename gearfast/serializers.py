"""How workloads and results become bytes. Client and worker must agree.

`bytes` passes bytes on unchanged and is the default. `json` is for plain data. `msgpack` is alike,
smaller, and needs `pip install gearfast[msgpack]`. `pickle` takes any Python object: **whoever can send a
pickle can run any code in the process that reads it**, so use it only where every client, every worker and
the server itself are trusted.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib import import_module
from typing import Any, NamedTuple


class Serializer(NamedTuple):
    """Two functions, one the inverse of the other; what they raise reaches whoever submitted or asked."""

    dumps: Callable[[Any], bytes]
    loads: Callable[[bytes], Any]
    empty_none: bool = False
    """Whether a task that returns nothing has an empty result, rather than a serialized None."""


def _bytes(data: Any) -> bytes:
    if isinstance(data, bytes):
        return data
    if not isinstance(data, (bytearray, memoryview)):
        raise TypeError(f"bytes are needed, not {type(data).__name__}; or choose a serializer")
    return bytes(data)


def _same(data: bytes) -> bytes:
    return data


def _json(data: Any) -> bytes:
    return json.dumps(data, separators=(",", ":")).encode()


def _pickle() -> Serializer:
    module = import_module("pickle")
    return Serializer(module.dumps, module.loads)


def _msgpack() -> Serializer:
    module = import_module("msgpack")
    return Serializer(module.packb, module.unpackb)


BYTES = Serializer(_bytes, _same, empty_none=True)
JSON = Serializer(_json, json.loads)
_KNOWN: dict[str, Callable[[], Serializer]] = {
    "bytes": lambda: BYTES,
    "json": lambda: JSON,
    "msgpack": _msgpack,
    "pickle": _pickle,
}


def serializer_of(choice: str | Serializer) -> Serializer:
    """The serializer of this name, or the one that is given.

    Raises ValueError for an unknown name, ImportError when its package is not installed.
    """
    if isinstance(choice, Serializer):
        return choice
    if choice not in _KNOWN:
        raise ValueError(f"no serializer is called {choice!r}; known are {', '.join(sorted(_KNOWN))}")
    return _KNOWN[choice]()
