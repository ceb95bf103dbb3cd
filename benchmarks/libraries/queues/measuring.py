"""A number of no-op jobs through one queue, from the first submit until the last has run."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

from benchmarks.libraries.queues import tally
from benchmarks.libraries.queues.clients import Submit
from benchmarks.libraries.queues.peers import BROKER, WORKERS, Peer
from benchmarks.libraries.queues.processes import Workers, cpu_seconds, started
from benchmarks.libraries.queues.tally import Tally
from benchmarks.rows import Metrics
from benchmarks.servers import running

START_SECONDS = 60.0
RUN_SECONDS = 600.0
SETTLE_SECONDS = 0.5
GREETINGS = 20 * WORKERS  # at a time: more than one worker fetches ahead


def measure(peer: Peer, jobs: int) -> Metrics:
    """Jobs/s from end to end and while submitting, and CPU of all processes together.

    Raises RuntimeError when workers do not start or when a job has not run exactly once.
    """
    with tempfile.TemporaryDirectory() as folder, running(peer.server) as server:
        tallied = Tally(Path(folder), jobs)
        url = peer.url(server.port)
        environment = {tally.VARIABLE: str(tallied.path), BROKER: url}
        with started(peer.words(server.port), environment) as workers, peer.client(url) as submit:
            await_workers(workers, tallied, submit)
            metrics = run(submit, tallied, [os.getpid(), server.pid, *workers.pids()])
            time.sleep(SETTLE_SECONDS)
            tallied.check()
    return metrics


def await_workers(workers: Workers, tallied: Tally, submit: Submit) -> None:
    """Until so many workers have greeted as there are to be, and no greeting is left in the queue."""
    deadline = time.monotonic() + START_SECONDS
    sent = 0
    while len(set(tallied.greetings())) < WORKERS or len(tallied.greetings()) < sent:
        workers.check()
        if time.monotonic() > deadline:
            raise RuntimeError(f"{len(set(tallied.greetings()))} of {WORKERS} workers have started")
        if len(tallied.greetings()) == sent:
            submit("greet", [tally.payload(0)] * GREETINGS)
            sent += GREETINGS
        time.sleep(tally.GREETING_SECONDS)
    if len(set(tallied.greetings())) > WORKERS:
        raise RuntimeError(f"there are {len(set(tallied.greetings()))} workers in place of {WORKERS}")


def run(submit: Submit, tallied: Tally, pids: list[int]) -> Metrics:
    """The measured part."""
    payloads = [tally.payload(number) for number in range(tallied.jobs)]
    begin, begin_cpu = time.monotonic(), cpu_seconds(pids)
    submit("mark", payloads)
    submitted = time.monotonic()
    tallied.wait(begin + RUN_SECONDS)
    seconds = time.monotonic() - begin
    return {
        "rate": tallied.jobs / seconds,
        "submits": tallied.jobs / (submitted - begin),
        "cpu": (cpu_seconds(pids) - begin_cpu) / tallied.jobs * 1e6,
    }
