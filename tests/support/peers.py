"""Debian's gearmand, started for one test on a free loopback port.

The scenarios of tests/clients run against it and against gearfast, so that a difference is seen as one.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import IO

from tests.support.child import environment
from tests.support.patience import PATIENCE_SECONDS

LOOPBACK = "127.0.0.1"
STOP_SECONDS = 10.0


@dataclass
class Gearmand:
    """A running gearmand; `log` grows while it runs."""

    process: subprocess.Popen[str]
    host: str
    port: int
    log: list[str] = field(default_factory=list)

    @property
    def pid(self) -> int:
        return self.process.pid


def gearmand_path() -> str | None:
    """The installed gearmand, or None. Debian puts it in /usr/sbin, which is not in every PATH."""
    return shutil.which("gearmand") or shutil.which("gearmand", path="/usr/sbin:/usr/local/sbin")


@contextmanager
def gearmand(*options: str) -> Iterator[Gearmand]:
    """Serve on a free port until the block is left; inside the block the port already answers."""
    path = gearmand_path()
    if path is None:
        raise FileNotFoundError("gearmand is not installed (Debian: apt-get install gearman-job-server)")
    with closing(_reserve_port()) as reserved:
        port = int(reserved.getsockname()[1])
        server = Gearmand(_launch(path, port, options), LOOPBACK, port)
        listening = threading.Event()
        reader = threading.Thread(target=_follow_log, args=(server, listening), daemon=True)
        reader.start()
        try:
            _wait_until_listening(server, listening)
            reserved.close()
            yield server
        finally:
            _stop(server.process, reader)


def _reserve_port() -> socket.socket:
    """A socket that never listens: it keeps the port from others, SO_REUSEADDR lets gearmand have it."""
    reserved = socket.socket()
    reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    reserved.bind((LOOPBACK, 0))
    return reserved


def _launch(path: str, port: int, options: tuple[str, ...]) -> subprocess.Popen[str]:
    command = [path, "--listen", LOOPBACK, "--port", str(port), "--pid-file", "", "--log-file", "stderr"]
    command += ["--verbose", "INFO", *options]
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        env=environment(has_native_code=False),
    )


def _follow_log(server: Gearmand, listening: threading.Event) -> None:
    """Keep the log pipe empty, else gearmand would block; an early end of the log also sets `listening`."""
    lines: IO[str] | None = server.process.stderr
    assert lines is not None
    for line in lines:
        server.log.append(line.rstrip("\n"))
        if "] Listening on " in line:
            listening.set()
    listening.set()


def _wait_until_listening(server: Gearmand, listening: threading.Event) -> None:
    if not listening.wait(PATIENCE_SECONDS) or not any("] Listening on " in line for line in server.log):
        raise RuntimeError("gearmand does not listen:\n" + "\n".join(server.log))


def _stop(process: subprocess.Popen[str], reader: threading.Thread) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    reader.join()
    assert process.stderr is not None
    process.stderr.close()
