"""The server that is killed."""

from __future__ import annotations

import subprocess
import sys

from gearfast.server.errors import ExitCode, ServerError

STOP_SECONDS = 60.0


class Victim:
    """A gearfast with these options on a free port of the loopback, accepting connections."""

    def __init__(self, options: tuple[str, ...]) -> None:
        command = [sys.executable, "-m", "gearfast", "--listen", "127.0.0.1", "--port", "0", *options]
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            code = self._process.wait()
            raise ServerError(ExitCode.FAILURE, f"The server did not start: exit code {code}.")
        self.port = int(line)

    def kill(self) -> None:
        """As a crash does it."""
        self._process.kill()
        self._end()

    def stop(self) -> None:
        """In order."""
        self._process.terminate()
        self._end()

    def _end(self) -> None:
        self._process.wait(STOP_SECONDS)
        assert self._process.stdout is not None
        self._process.stdout.close()
