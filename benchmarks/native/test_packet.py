"""The packet format: as Python calls it, and as the I/O threads do."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from benchmarks.native.conftest import Measure

TIMES = 100_000
WORK_COMPLETE, SUBMIT_JOB, GRAB_JOB = 13, 7, 9
BODIES = {
    "grab": (GRAB_JOB, ()),
    "submit": (SUBMIT_JOB, (b"function", b"", b"x" * 64)),
    "submit-with-unique": (SUBMIT_JOB, (b"function", b"c0a80102-1b2c-4d5e", b"x" * 64)),
    "complete": (WORK_COMPLETE, (b"H:myhost:1234567", b"x" * 64)),
    "submit-64-KiB": (SUBMIT_JOB, (b"function", b"", b"x" * 65536)),
}
each_body = pytest.mark.parametrize(("kind", "arguments"), BODIES.values(), ids=BODIES)


@each_body
def test_parse(modules: dict[str, Any], measure: Measure, kind: int, arguments: tuple[bytes, ...]) -> None:
    """Header, arguments and hashes, in C."""
    data = modules["packet"].pack(True, kind, *arguments)
    measure(partial(modules["parsing"].parse, data, TIMES), TIMES)


def test_put_head(modules: dict[str, Any], measure: Measure) -> None:
    last = TIMES - 1
    expected = modules["packet"].pack(False, 1 + last % 42, b"x" * last)[:12]
    measure(lambda: int(modules["parsing"].put_heads(TIMES) != expected), TIMES)


def test_head_from_python(modules: dict[str, Any], benchmark: Any) -> None:
    data = modules["packet"].pack(True, GRAB_JOB)
    assert benchmark(modules["packet"].head, data) == (True, GRAB_JOB, 0)


@each_body
def test_arguments_from_python(
    modules: dict[str, Any], benchmark: Any, kind: int, arguments: tuple[bytes, ...]
) -> None:
    assert benchmark(modules["packet"].arguments, kind, b"\0".join(arguments)) == arguments


@each_body
def test_pack_from_python(
    modules: dict[str, Any], benchmark: Any, kind: int, arguments: tuple[bytes, ...]
) -> None:
    packed = benchmark(modules["packet"].pack, True, kind, *arguments)
    assert len(packed) == 12 + len(b"\0".join(arguments))
