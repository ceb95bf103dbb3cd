"""The script of `gearfast completion`, in the shell it is for: what the shell offers at the end of a line."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from gearfast.cli.completion import candidates

CASES = {
    "gearfast t": {"top"},
    "gearfast --libsqlite3-": {"--libsqlite3-db", "--libsqlite3-table"},
    "gearfast -p 4731 --round": {"--round-robin"},
    "gearfast -q libs": {"libsqlite3"},
    "gearfast -p 4731 to": set(),
    "gearfast --help --vers": {"--version"},
    "gearfast top --sort ru": {"running"},
    "gearfast admin --show-j": {"--show-jobs"},
    "gearfast admin --version --show-j": {"--show-jobs"},
    "gearfast crashtest --ro": {"--rounds"},
    "gearfast completion f": {"fish"},
}

IN_SHELLS = {line: CASES[line] for line in ("gearfast t", "gearfast -q libs", "gearfast -p 4731 to")}

MARK = "@end"


class Shell(NamedTuple):
    """A shell's script: what it begins with, and what it does for each line."""

    begin: str
    each: str


SHELLS = {
    "bash": Shell(
        """eval "$(gearfast completion bash)"
        [[ $(complete -p gearfast) == *"-F _gearfast_completion gearfast" ]] || exit 1
        """,
        """COMP_WORDS=({words}) COMP_CWORD={last} COMPREPLY=()
        _gearfast_completion gearfast
        printf '%s\\n' "${{COMPREPLY[@]}}"
        """,
    ),
    # Outside the line editor zsh has no place to put what it found: these functions stand in for it.
    "zsh": Shell(
        """compdef() { }
        compadd() { print -l -- ${(P)5} }
        _describe() { print -l -- ${${(P)3}%%:*} }
        eval "$(gearfast completion zsh)"
        """,
        """words=({words}) CURRENT={last}+1
        _gearfast_completion
        """,
    ),
    "fish": Shell("gearfast completion fish | source\n", "complete --do-complete {line}\n"),
}


def script_of(shell: Shell) -> str:
    """What prints the offers for each line, with a mark behind them."""
    script = shell.begin
    for line in IN_SHELLS:
        words = [shlex.quote(word) for word in line.split(" ")]
        script += shell.each.format(words=" ".join(words), last=len(words) - 1, line=shlex.quote(line))
        script += f"echo {MARK}\n"
    return script


def offered(name: str, folder: Path) -> dict[str, set[str]]:
    """What the shell offers for each line, without descriptions; its home is the folder."""
    program = folder / "gearfast"
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -W error -m gearfast "$@"\n')
    program.chmod(0o755)
    home = {"HOME": str(folder), "XDG_CONFIG_HOME": str(folder), "XDG_DATA_HOME": str(folder)}
    environment = os.environ | home | {"PATH": f"{folder}:{os.environ['PATH']}"}
    words = [name, "-c", script_of(SHELLS[name])]
    done = subprocess.run(words, capture_output=True, text=True, env=environment, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    parts = done.stdout.split(f"{MARK}\n")[:-1]
    found = [{line.split("\t")[0] for line in part.splitlines() if line} for part in parts]
    return dict(zip(IN_SHELLS, found, strict=True))


@pytest.mark.parametrize("line", CASES)
def test_what_is_offered(line: str) -> None:
    *words, begun = line.split(" ")[1:]
    assert {item.value for item in candidates(words, begun)} == CASES[line]


@pytest.mark.parametrize("shell", SHELLS)
def test_what_the_shell_offers(shell: str, tmp_path: Path) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    assert offered(shell, tmp_path) == IN_SHELLS


def test_a_shell_that_is_not_known_is_refused() -> None:
    words = [sys.executable, "-m", "gearfast", "completion", "csh"]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 64
    assert "'csh' is not one of" in done.stderr
