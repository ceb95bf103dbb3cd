"""The blocking worker."""

from __future__ import annotations

import contextlib
import logging
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import TYPE_CHECKING, Any

from gearfast.links.addresses import Servers
from gearfast.links.backoff import DEFAULT_BACKOFF, Backoff
from gearfast.serializers import Serializer, serializer_of
from gearfast.supervisor.report import Reporter
from gearfast.worker.base import BaseWorker
from gearfast.worker.core import WorkerCore
from gearfast.worker.loop import WorkLoop
from gearfast.worker.signals import STOP_SIGNALS

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from gearfast.supervisor.supervisor import Supervisor

log = logging.getLogger("gearfast.worker")


class Worker(BaseWorker):
    """Does the jobs of the functions it has tasks for.

        worker = Worker("127.0.0.1:4730", threads=4)

        @worker.task("reverse")
        def reverse(job):
            return job.data[::-1]

        worker.run()

    Each thread has connections of its own to all servers and takes jobs from them in turn. A server that
    is away is tried again for ever; the jobs of a connection that was lost are done by others.
    """

    def __init__(
        self,
        servers: Servers = None,
        *,
        threads: int = 1,
        processes: int = 0,
        prefetch: int = 0,
        serializer: str | Serializer = "bytes",
        client_id: str | None = None,
        max_jobs: int | None = None,
        max_memory: float | None = None,
        connect_timeout: float = 5.0,
        answer_timeout: float = 30.0,
        heartbeat: float = 60.0,
        backoff: Backoff = DEFAULT_BACKOFF,
    ) -> None:
        """Connects to nothing yet.

        Args:
            servers: "host:port", "unix:/path", or several; by default GEARMAN_SERVERS, GEARMAN_SERVER, or
                localhost:4730.
            threads: jobs at a time in each process.
            processes: 0 to work in this process; else that many are forked and replaced when they end.
            prefetch: jobs that each thread fetches ahead, for many short jobs only: they wait for it although
                others may be idle, and results of half a millisecond are sent together.
            serializer: as for `Client`.
            client_id: what the server's list of workers shows; no blanks.
            max_jobs: jobs after which a process finishes what it has and leaves.
            max_memory: megabytes after which it does. With `processes` another takes its place, without `run`
                returns.
            connect_timeout: seconds for one attempt to connect, the look-up of a host name included.
            answer_timeout: seconds for a server to answer; after that its connection is given up.
            heartbeat: seconds of silence after which a server is asked whether it is there.
            backoff: pauses between attempts at a server that fails, and before a process that crashed is
                replaced.

        Raises ValueError for numbers that make no sense.
        """
        if threads < 1 or processes < 0 or prefetch < 0:
            raise ValueError(f"no worker has threads={threads}, processes={processes}, prefetch={prefetch}")
        super().__init__(servers, threads, processes, max_jobs, max_memory)
        self._prefetch = prefetch
        self._serializer = serializer_of(serializer)
        self._client_id = client_id
        self._times = {
            "connect_timeout": connect_timeout,
            "answer_timeout": answer_timeout,
            "heartbeat": heartbeat,
        }
        self._backoff = backoff
        self._loops: list[WorkLoop] = []
        self._supervisor: Supervisor | None = None
        self._stopped = False

    def run(self, *, signals: bool = True) -> None:
        """Work until `stop`, SIGTERM or SIGINT, or until a limit is reached without `processes`.

        A second signal ends it at once, and its jobs go to other workers. `signals` false leaves signals
        alone; they are left alone in any thread but the main one, too.

        Raises ValueError without tasks.
        """
        self._check_runnable()
        on_main_thread = threading.current_thread() is threading.main_thread()
        with self._handling_signals() if signals and on_main_thread else contextlib.nullcontext():
            if self._processes:
                self._supervise()
            else:
                self._work()

    def stop(self) -> None:
        """Finish the jobs that were fetched, then leave for good; for any thread and signal handlers."""
        self._stopped = True
        if self._supervisor is not None:
            self._supervisor.stop()
        for loop in self._loops:
            loop.stop()

    def _supervise(self) -> None:
        # Of no use, and dear to load, without processes.
        from gearfast.supervisor.supervisor import Supervisor

        self._supervisor = Supervisor(
            self._work_in_child, self._processes, self._backoff, resets=STOP_SIGNALS
        )
        if self._stopped:
            self._supervisor.stop()
        self._supervisor.run()

    def _work(self) -> None:
        """All threads of one process, the first one in the caller's."""
        self._cores = [self._make_core() for _ in range(self._concurrency)]
        self._loops = [self._make_loop(core) for core in self._cores]
        if self._stopped:
            self.stop()
        others = [threading.Thread(target=self._run_thread, args=(loop,)) for loop in self._loops[1:]]
        for thread in others:
            thread.start()
        try:
            self._loops[0].run()
        finally:
            self.stop()
            for thread in others:
                thread.join()
            self._loops = []

    def _run_thread(self, loop: WorkLoop) -> None:
        """A thread that ends for any reason takes the others with it: a process works or it leaves."""
        try:
            loop.run()
        finally:
            self.stop()

    def _work_in_child(self, channel: Connection) -> None:
        """A second SIGTERM does nothing: those who stop the parent may well send one to all processes."""
        self._supervisor = None
        signal.signal(signal.SIGTERM, lambda number, frame: self.stop())
        with Reporter(self, channel):
            self._work()

    def _make_core(self) -> WorkerCore:
        return WorkerCore(self._addresses, self, self._client_id, 1 + self._prefetch, self._backoff)

    def _make_loop(self, core: WorkerCore) -> WorkLoop:
        return WorkLoop(core, self._serializer, job_done=self._job_done, **self._times)

    def _job_done(self) -> None:
        reason = self._limits.reached()
        if reason is not None and not self._stopped:
            log.info("leaving: %s", reason)
            self.stop()

    @contextlib.contextmanager
    def _handling_signals(self) -> Iterator[None]:
        """SIGTERM and SIGINT stop the worker, a second one of them does what it would do without us."""
        previous: dict[signal.Signals, Any] = {}

        def restore() -> None:
            for number, handler in previous.items():
                signal.signal(number, handler)

        def handle(number: int, frame: FrameType | None) -> None:
            restore()
            self.stop()

        handler: Callable[[int, FrameType | None], None] = handle
        for number in STOP_SIGNALS:
            previous[number] = signal.signal(number, handler)
        try:
            yield
        finally:
            restore()
