"""What both kinds of worker were made with, and how they fare."""

from __future__ import annotations

from typing import ClassVar

from gearfast.links.addresses import Servers, addresses_of
from gearfast.supervisor.report import Tally
from gearfast.worker.core import WorkerCore
from gearfast.worker.limits import Limits
from gearfast.worker.tasks import TaskList


class BaseWorker(TaskList):
    """Servers, limits and the jobs at a time in one process.

    `importing` is true while `gearfast worker` imports a module that has workers, to run one of them.
    """

    importing: ClassVar[bool] = False

    def __init__(
        self,
        servers: Servers,
        concurrency: int,
        processes: int,
        max_jobs: int | None,
        max_memory: float | None,
    ) -> None:
        super().__init__()
        self._addresses = addresses_of(servers)
        self._concurrency = concurrency
        self._processes = processes
        self._limits = Limits(max_jobs, max_memory)
        self._cores: list[WorkerCore] = []

    def override(
        self,
        *,
        servers: Servers = None,
        concurrency: int | None = None,
        processes: int | None = None,
        max_jobs: int | None = None,
        max_memory: float | None = None,
    ) -> None:
        """Change what the worker was made with, before it runs; None leaves it as it is.

        `concurrency` is the number of jobs at a time in each process. Raises ValueError for limits that make
        no sense.
        """
        if servers is not None:
            self._addresses = addresses_of(servers)
        if concurrency is not None:
            self._concurrency = concurrency
        if processes is not None:
            self._processes = processes
        self._limits = self._limits.overridden(max_jobs, max_memory)

    def _check_runnable(self) -> None:
        """Raise ValueError without tasks, RuntimeError when its module is only to be imported."""
        if self.importing:
            text = 'gearfast worker runs it: the module\'s own run() belongs under if __name__ == "__main__"'
            raise RuntimeError(text)
        if not len(self):
            raise ValueError("the worker has no task")

    @property
    def tally(self) -> Tally:
        """How it fares since it runs; may be asked from any thread."""
        cores = self._cores
        return Tally(
            registered=bool(cores) and all(core.registered for core in cores),
            running=sum(core.running for core in cores),
            done=sum(core.done for core in cores),
        )
