"""gf_bell: writes its eventfd only for a sleeper."""

from __future__ import annotations

import resource
import select
from collections.abc import Iterator
from typing import Any

import pytest

from gearfast._native._csrc import ffi, lib


@pytest.fixture
def bell() -> Iterator[Any]:
    made = ffi.new("gf_bell *")
    assert lib.gf_bell_init(made) == lib.GF_OK
    yield made
    lib.gf_bell_close(made)


def rung(bell: Any) -> bool:
    return bool(select.select([bell.fd], [], [], 0)[0])


def test_a_thread_that_is_awake_is_not_written_to(bell: Any) -> None:
    lib.gf_bell_ring(bell)
    assert not rung(bell)


def test_a_sleeper_is_woken(bell: Any) -> None:
    lib.gf_bell_sleep(bell)
    assert not rung(bell)
    lib.gf_bell_ring(bell)
    assert rung(bell)


def test_clearing_takes_all_rings_and_is_harmless_without_one(bell: Any) -> None:
    for _ in range(2):
        lib.gf_bell_sleep(bell)
        lib.gf_bell_ring(bell)
    lib.gf_bell_clear(bell)
    assert not rung(bell)
    lib.gf_bell_clear(bell)
    assert not rung(bell)


def test_only_the_first_ring_of_a_sleep_writes(bell: Any) -> None:
    lib.gf_bell_sleep(bell)
    lib.gf_bell_ring(bell)
    lib.gf_bell_clear(bell)
    lib.gf_bell_ring(bell)
    assert not rung(bell)


def test_sleep_taken_back(bell: Any) -> None:
    lib.gf_bell_sleep(bell)
    lib.gf_bell_awake(bell)
    lib.gf_bell_ring(bell)
    assert not rung(bell)


def test_no_descriptor_left() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    made = ffi.new("gf_bell *")
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
    try:
        rc = lib.gf_bell_init(made)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert rc == lib.GF_ESYS
    lib.gf_bell_close(made)


@pytest.mark.parametrize(("capacity", "batch"), [(1, 1), (4, 1), (256, 16)])
def test_two_threads_lose_no_wake_up(capacity: int, batch: int) -> None:
    assert lib.gf_drive_ring(capacity, batch, 20_000, True) == 0
