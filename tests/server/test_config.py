"""What Config makes of its values."""

from __future__ import annotations

import os

import pytest

from gearfast.server.config import COMPAT_1_1, COMPAT_2_0, GIB, LONGEST_PREFIX, Config, InvalidOption
from gearfast.server.threads import automatic, resolve


@pytest.mark.parametrize(
    ("compat", "retries", "attempts"),
    [
        (COMPAT_2_0, None, 0),
        (COMPAT_2_0, -1, 0),
        (COMPAT_2_0, 0, 1),
        (COMPAT_2_0, 1, 1),
        (COMPAT_2_0, 2, 2),
        (COMPAT_2_0, 255, 255),
        (COMPAT_1_1, None, 0),
        (COMPAT_1_1, -1, 0),
        (COMPAT_1_1, 0, 0),
        (COMPAT_1_1, 1, 1),
        (COMPAT_1_1, 255, 255),
    ],
)
def test_attempts(compat: int, retries: int | None, attempts: int) -> None:
    assert Config(compat=compat, job_retries=retries).max_attempts == attempts


def test_q23_the_longest_handle_fits() -> None:
    config = Config(job_handle_prefix="x" * LONGEST_PREFIX)
    assert len(config.handle_prefix + b":4294967295") == 63


@pytest.mark.parametrize("prefix", ["x" * 53, "ä" * 27])
def test_q23_a_longer_prefix_is_refused(prefix: str) -> None:
    with pytest.raises(InvalidOption, match="no room"):
        Config(job_handle_prefix=prefix)


def test_the_default_prefix_names_the_host() -> None:
    assert Config().handle_prefix == f"H:{os.uname().nodename}".encode()[:LONGEST_PREFIX]


def test_a_prefix_of_any_bytes_is_kept() -> None:
    assert Config(job_handle_prefix=os.fsdecode(b"a b\xff")).handle_prefix == b"a b\xff"


@pytest.mark.parametrize(
    ("log_file", "daemon", "target"),
    [
        (None, False, "stderr"),
        (None, True, "/var/log/gearfast.log"),
        ("stderr", True, "stderr"),
        ("none", False, "none"),
        ("", False, "none"),
        ("x.log", False, "x.log"),
    ],
)
def test_log_target(log_file: str | None, daemon: bool, target: str) -> None:
    assert Config(log_file=log_file, daemon=daemon).log_target == target


def test_output_limit_follows_large_packets() -> None:
    assert Config().output_limit == GIB
    assert Config(max_packet=3 * GIB).output_limit == 3 * GIB
    assert Config(max_packet=1000, max_output=2000).output_limit == 2000


@pytest.mark.parametrize(
    "wrong",
    [
        {"backlog": 0},
        {"file_descriptors": 0},
        {"hashtable_buckets": 0},
        {"job_retries": -2},
        {"job_retries": 256},
        {"keepalive_count": 0},
        {"keepalive_idle": 32768},
        {"keepalive_interval": -2},
        {"listen": ("127.0.0.1", "")},
        {"max_connections": -1},
        {"max_output": 1000},
        {"max_packet": 4 * GIB},
        {"max_packet": 0},
        {"memory_limit": -1},
        {"port": 65536},
        {"port": -1},
        {"threads": 257},
        {"worker_wakeup": -2},
    ],
    ids=str,
)
def test_wrong_values_are_refused_by_name(wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidOption) as refused:
        Config(**wrong)  # type: ignore[arg-type]
    assert [refused.value.name] == list(wrong)


@pytest.mark.parametrize(("cores", "threads"), [(1, 0), (2, 1), (3, 1), (4, 2), (8, 6), (10, 8), (64, 8)])
def test_automatic_threads(cores: int, threads: int) -> None:
    assert automatic(cores) == threads


def test_threads_are_taken_as_given_or_chosen_for_the_cores_we_may_use() -> None:
    assert resolve(5) == 5
    assert resolve(Config().threads) == automatic(len(os.sched_getaffinity(0)))
