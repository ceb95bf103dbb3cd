"""Real servers that stores keep jobs in, each on a free loopback port with a folder of its own."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from contextlib import closing, suppress
from pathlib import Path

from tests.clients.requirements import require
from tests.support.child import environment

LOOPBACK = "127.0.0.1"
SECONDS = 20.0


def free_port() -> int:
    with closing(socket.socket()) as reserved:
        reserved.bind((LOOPBACK, 0))
        return int(reserved.getsockname()[1])


class StoreServer:
    """A server that can be stopped, killed, frozen and started again with the same data."""

    def __init__(self, program: str, package: str, *options: str) -> None:
        path = shutil.which(program)
        require(path is not None, f"{program} is missing (Debian: {package})")
        self.port = free_port()
        self._command = [str(path), *options]
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        port = [word.format(port=self.port) for word in self._command]
        self._process = subprocess.Popen(
            port,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            env=environment(has_native_code=False),
        )
        end = time.monotonic() + SECONDS
        while True:
            with suppress(OSError), socket.create_connection((LOOPBACK, self.port), 1.0):
                return
            if self._process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"it does not listen: {self._command}")
            time.sleep(0.01)

    def send(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Does nothing when it is stopped."""
        if self._process is not None:
            self.send(signal.SIGCONT)
            self.send(number)
            self._process.wait(SECONDS)
            self._process = None


def memcached_server(_folder: Path, *options: str) -> StoreServer:
    """What it holds is gone when it stops."""
    account = ("-u", "root") if os.geteuid() == 0 else ()
    words = ("-l", LOOPBACK, "-p", "{port}", "-U", "0", *account, *options)
    return StoreServer("memcached", "memcached", *words)


def redis_server(folder: Path, *options: str) -> StoreServer:
    """A Redis that syncs each write before it answers."""
    kept = ["--save", "", "--appendonly", "yes", "--appendfsync", "always", "--dir", str(folder), *options]
    return StoreServer("redis-server", "redis-server", "--bind", LOOPBACK, "--port", "{port}", *kept)
