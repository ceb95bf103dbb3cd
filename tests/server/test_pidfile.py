"""The pid file."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gearfast.server.errors import ExitCode, ServerError
from gearfast.server.pidfile import pid_file


def test_it_is_there_while_the_block_runs(tmp_path: Path) -> None:
    path = tmp_path / "pid"
    with pid_file(str(path)):
        assert path.read_text() == f"{os.getpid()}\n"
    assert not path.exists()


def test_it_goes_when_the_block_fails(tmp_path: Path) -> None:
    path = tmp_path / "pid"
    with pytest.raises(KeyError), pid_file(str(path)):
        raise KeyError
    assert not path.exists()


def test_k21_an_existing_file_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "pid"
    path.write_text("1 and more text than a pid has\n")
    with pid_file(str(path)):
        assert path.read_text() == f"{os.getpid()}\n"


def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    path, other = tmp_path / "pid", tmp_path / "other"
    other.write_text("precious")
    path.symlink_to(other)
    with pid_file(str(path)):
        assert not path.is_symlink()
    assert other.read_text() == "precious"


def test_another_servers_file_is_left(tmp_path: Path) -> None:
    path = tmp_path / "pid"
    with pid_file(str(path)):
        path.write_text("1\n")
    assert path.read_text() == "1\n"


def test_a_file_that_was_removed_is_no_error(tmp_path: Path) -> None:
    path = tmp_path / "pid"
    with pid_file(str(path)):
        path.unlink()


def test_no_name_is_no_file() -> None:
    with pid_file(""):
        pass


@pytest.mark.parametrize("name", ["/dev/null", "/nosuch/folder/pid", "/"])
def test_what_cannot_be_written(name: str) -> None:
    with pytest.raises(ServerError, match=f"Cannot write --pid-file {name}: ") as refused, pid_file(name):
        pass
    assert refused.value.code == ExitCode.CANNOT_CREATE
    assert Path("/dev/null").is_char_device()
