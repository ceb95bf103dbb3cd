"""Runs a command on a workload."""

from __future__ import annotations

import contextlib
import subprocess
import threading
from collections.abc import Iterator, Sequence
from typing import BinaryIO


class CommandError(Exception):
    """The command could not be run, or did not end with 0; `output` is what it printed and nobody has yet."""

    def __init__(self, text: str, output: bytes = b"") -> None:
        super().__init__(text)
        self.output = output


def output_of(command: Sequence[str], data: bytes) -> bytes:
    """What the command prints, with the data on its stdin. Raises CommandError."""
    try:
        ended = subprocess.run(command, input=data, stdout=subprocess.PIPE, check=False)
    except OSError as error:
        raise CommandError(f"cannot run {command[0]}: {error.strerror}") from error
    if ended.returncode:
        raise CommandError(_ending(command, ended.returncode), ended.stdout)
    return ended.stdout


def output_lines(command: Sequence[str], data: bytes) -> Iterator[bytes]:
    """The same line by line, each as soon as it is printed."""
    try:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    except OSError as error:
        raise CommandError(f"cannot run {command[0]}: {error.strerror}") from error
    assert process.stdin is not None
    assert process.stdout is not None
    feeder = threading.Thread(target=_feed, args=(process.stdin, data), daemon=True)
    feeder.start()
    try:
        yield from process.stdout
    finally:
        process.stdout.close()
        process.wait()
        feeder.join()
    if process.returncode:
        raise CommandError(_ending(command, process.returncode))


def _feed(stdin: BinaryIO, data: bytes) -> None:
    """A command need not read what it is given."""
    with contextlib.suppress(BrokenPipeError), stdin:
        stdin.write(data)


def _ending(command: Sequence[str], code: int) -> str:
    return f"{command[0]} was killed by signal {-code}" if code < 0 else f"{command[0]} ended with {code}"
