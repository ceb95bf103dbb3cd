"""Worker mode: a command for each job, its workload on stdin, its stdout for the client."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import NamedTuple

from gearfast.complaint import complain
from gearfast.links.addresses import Address
from gearfast.shell.commands import CommandError, output_lines, output_of
from gearfast.shell.idle import IdleClock
from gearfast.worker.job import WorkerJob
from gearfast.worker.tasks import TaskFailedError
from gearfast.worker.worker import Worker


class Duty(NamedTuple):
    """What a worker does: `command` for jobs of the functions, none to print them.

    `lines` sends each line of output by itself, `strip` without its end. It leaves after so many `jobs`,
    None: never. `patience` is how many seconds it waits for a job before it says so, None: for ever.
    """

    functions: Sequence[str]
    command: Sequence[str]
    lines: bool
    strip: bool
    jobs: int | None
    patience: float | None


class ShellWorker:
    """One job at a time. Raises ValueError for names no server takes."""

    def __init__(self, addresses: Sequence[Address], duty: Duty) -> None:
        self._duty = duty
        self._left = duty.jobs
        self._worker = Worker([str(address) for address in addresses])
        self._clock = IdleClock(duty.patience, self._nothing_came)
        for function in dict.fromkeys(duty.functions):
            self._worker.task(function)(self._do)

    def run(self) -> None:
        """Work until told to stop, or until the count is reached."""
        with self._clock.running():
            self._worker.run()

    def _do(self, job: WorkerJob) -> bytes:
        with self._clock.working():
            try:
                return self._result(job)
            except CommandError as error:
                complain(f"job {job.handle} of {job.function}: {error}")
                if error.output:
                    job.send(error.output)
                raise TaskFailedError("") from error
            finally:
                self._count()

    def _result(self, job: WorkerJob) -> bytes:
        duty = self._duty
        if not duty.command:
            sys.stdout.buffer.write(job.data)
            sys.stdout.buffer.flush()
            return b""
        if not duty.lines:
            return output_of(duty.command, job.data)
        for line in output_lines(duty.command, job.data):
            job.send(line.removesuffix(b"\n") if duty.strip else line)
        return b""

    def _nothing_came(self) -> None:
        """It counts as a job, as it does for `gearman`."""
        complain(f"time-out: no job came for {1000 * (self._duty.patience or 0):g} ms")
        self._count()

    def _count(self) -> None:
        if self._left is not None:
            self._left -= 1
            if self._left <= 0:
                self._worker.stop()
