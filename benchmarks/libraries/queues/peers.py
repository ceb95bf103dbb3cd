"""The queues that are measured, each used as its documentation advises, with ten workers."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from benchmarks.libraries.queues import clients
from benchmarks.servers import LOOPBACK, SERVERS, Server

WORKERS = 10
BROKER = "GEARFAST_BENCH_BROKER"  # the server's URL in the environment of the workers
HERE = "benchmarks.libraries.queues"
URL = "{url}"  # stands for it among their words


@dataclass(frozen=True)
class Peer:
    """One queue with one choice of workers."""

    name: str  # as in tables: processes x threads
    server: Server
    client: Callable[[str], AbstractContextManager[clients.Submit]]  # of the server's URL
    workers: tuple[str, ...]  # words after `python -m`

    def url(self, port: int) -> str:
        """Where the server is."""
        scheme = "" if self.server.product == "gearfast" else "redis://"
        return f"{scheme}{LOOPBACK}:{port}"

    def words(self, port: int) -> list[str]:
        """What starts the workers."""
        return [word.replace(URL, self.url(port)) for word in self.workers]


_GEARFAST = next(server for server in SERVERS if server.name == "gearfast -t 0")
_REDIS = next(server for server in SERVERS if server.name == "redis")


def _gearfast(processes: int, threads: int) -> Peer:
    words = (f"{HERE}.gearfast_jobs", URL, str(processes), str(threads))
    return Peer(f"gearfast {processes} x {threads}", _GEARFAST, clients.gearfast, words)


def _rq() -> Peer:
    pool = ("rq.cli", "worker-pool", "--url", URL, "--num-workers", str(WORKERS), "--quiet")
    worker = ("--worker-class", "rq.worker.SimpleWorker", "default")
    return Peer(f"RQ {WORKERS} x 1", _REDIS, clients.rq, (*pool, *worker))


def _celery(name: str, module: str) -> Peer:
    app = ("celery", "--app", f"{HERE}.{module}", "--broker", URL)
    worker = ("worker", "--pool", "prefork", "--concurrency", str(WORKERS), "--loglevel", "WARNING")
    return Peer(name, _REDIS, clients.celery, (*app, *worker))


def _dramatiq(processes: int, threads: int) -> Peer:
    options = ("--processes", str(processes), "--threads", str(threads))
    words = ("dramatiq", *options, f"{HERE}.dramatiq_jobs:from_environment")
    return Peer(f"dramatiq {processes} x {threads}", _REDIS, clients.dramatiq, words)


PEERS = (
    *(_gearfast(processes, threads) for processes, threads in ((10, 1), (2, 5))),
    _rq(),
    _celery(f"Celery {WORKERS} x 1", "celery_jobs"),
    _celery(f"Celery {WORKERS} x 1 acks late", "celery_acks_late"),
    *(_dramatiq(processes, threads) for processes, threads in ((10, 1), (2, 5))),
)
