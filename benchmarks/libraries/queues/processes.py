"""The processes of a queue's workers: a session of their own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from benchmarks.programs import ROOT

STOP_SECONDS = 20.0


class Workers:
    """What was started to do the jobs."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self._process = process
        self._log = log

    def pids(self) -> list[int]:
        """All processes of the session."""
        pids = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]
        return [pid for pid in pids if _stat(pid)[3:4] == [str(self._process.pid)]]

    def check(self) -> None:
        """Raises RuntimeError with the last words of the process when it has ended."""
        if self._process.poll() is not None:
            words = self._log.read_text(errors="replace").strip().splitlines()[-1:]
            raise RuntimeError(f"the workers ended with {self._process.returncode}: {' '.join(words)}")

    def stop(self) -> None:
        """In good order, and what is left after that by force."""
        self._process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(STOP_SECONDS)
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


@contextmanager
def started(words: Sequence[str], environment: Mapping[str, str]) -> Iterator[Workers]:
    """Run `python -m` with these words until the block is left."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "log")
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", *words],
                cwd=ROOT,
                env=os.environ | dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        workers = Workers(process, log)
        try:
            yield workers
        finally:
            workers.stop()


def cpu_seconds(pids: Iterable[int]) -> float:
    """Processor time of all threads that these processes have, to the nanosecond."""
    nanoseconds = 0
    for path in (path for pid in pids for path in Path(f"/proc/{pid}/task").glob("*/schedstat")):
        with suppress(FileNotFoundError, ProcessLookupError):
            nanoseconds += int(path.read_text().split()[0])
    return nanoseconds / 1e9


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the state on; none if there is no such process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []
