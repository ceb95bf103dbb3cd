"""A job as a line of JSON, and back.

    {"function": "resize", "key": "u1", "priority": "normal", "data": "7 x 9", "when": 1900000000}

`key` is the job's unique, or what a store has for one that has none. `when` is in seconds since the epoch and
missing if the job is due at once, `reducer` if it has none. Text that is no UTF-8, or has a NUL, is an object
such as {"base64": "/w=="}.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from contextlib import suppress
from typing import Any

from gearfast._native.journal import row_problem
from gearfast.stores.base import Add

PRIORITIES = ("high", "normal", "low")
FIELDS = {"function", "key", "priority", "data", "when", "reducer"}


def to_line(job: Add) -> bytes:
    """In UTF-8, with its line end."""
    key, function, priority, data, when, reducer = job
    told: dict[str, Any] = {"function": _coded(function), "key": _coded(key)}
    told |= {"priority": PRIORITIES[priority], "data": _coded(data)}
    if when:
        told["when"] = when
    if reducer is not None:
        told["reducer"] = _coded(reducer)
    return json.dumps(told, ensure_ascii=False).encode() + b"\n"


def from_line(line: bytes) -> Add:
    """Raises ValueError, which says what is wrong."""
    told = _object(line)
    if told.get("priority", "normal") not in PRIORITIES:
        raise ValueError(f"its priority is none of {', '.join(PRIORITIES)}")
    key, function, data, reducer = (_decoded(told, name) for name in ("key", "function", "data", "reducer"))
    when = told.get("when")
    priority = PRIORITIES.index(told.get("priority", "normal"))
    problem = row_problem((None, key, function, priority, data, when, reducer))
    if problem is not None:
        raise ValueError(problem)
    assert key is not None
    assert function is not None
    if key in (b"", b"-"):
        raise ValueError("it has no key: imported twice, it would be two jobs")
    if b"\0" in key:
        raise ValueError("its key has a NUL")
    return key, function, priority, data or b"", max(when or 0, 0), reducer or None


def _object(line: bytes) -> dict[str, Any]:
    try:
        told = json.loads(line.decode())
    except UnicodeDecodeError:
        raise ValueError("it is no UTF-8") from None
    except (ValueError, RecursionError) as error:
        raise ValueError(f"it is no JSON: {error}") from None
    if not isinstance(told, dict):
        raise ValueError("it is no object")
    if unknown := told.keys() - FIELDS:
        raise ValueError(f"nothing is known of {', '.join(map(repr, sorted(unknown)))}")
    return told


def _coded(text: bytes) -> str | dict[str, str]:
    with suppress(UnicodeDecodeError):
        if b"\0" not in text:
            return text.decode()
    return {"base64": b64encode(text).decode()}


def _decoded(told: dict[str, Any], name: str) -> bytes | None:
    value = told.get(name)
    if value is None:
        return None
    try:
        if isinstance(value, str):
            return value.encode()
        if isinstance(value, dict) and value.keys() == {"base64"}:
            return b64decode(value["base64"], validate=True)
    except (TypeError, ValueError) as error:
        raise ValueError(f"its {name} cannot be read: {error}") from None
    raise ValueError(f'its {name} is neither text nor {{"base64": text}}')
