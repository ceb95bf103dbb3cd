"""Replay the ready-made mixes against gearfast and gearmand, by Locust, and publish the table.

python -m benchmarks.mixes --only tiny,archive --seconds 10
python -m benchmarks.mixes --publish
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from benchmarks.programs import BUILT, ROOT
from benchmarks.readme import publish
from benchmarks.servers import LOOPBACK, SERVERS, Running, Server, install_packages, running
from gearfast.admin.connection import AdminConnection
from gearfast.admin.operations import STATUS
from gearfast.admin.records import FunctionStatus, parse_status
from gearfast.errors import GearfastError
from gearfast.links.addresses import Address
from gearfast.mix.report import cpu_each, load_run, markdown, memory, page
from gearfast.mix.run import Run, process_usage
from gearfast.mix.schema import load
from gearfast.mix.times import Times

MIXES = ROOT / "tools" / "mixes"
RUNS = BUILT / "mixes"
NAMES = ("gearfast -t 1", "gearmand -t 4")
RESTARTED = {"backlog": ("gearfast -t 1 sqlite", "gearmand -t 1 sqlite")}
"""Mixes in the middle of which the servers, which keep their jobs, are restarted."""
LOCUST_SECONDS = 2.0  # until its users are there
DRAIN_SECONDS = 120.0
START_SECONDS = 30.0

# How much of it two cores bear beside Locust and the workers.
SCALES = {"tiny": 0.25, "scatter-gather": 0.2, "thumbnails": 0.25, "monitoring": 0.02, "backlog": 0.5}


class ReplayError(RuntimeError):
    """Locust or the workers did not come to an end."""


def status(port: int) -> list[FunctionStatus]:
    """Of every function; none while the server does not answer."""
    try:
        with AdminConnection(Address(LOOPBACK, port)) as admin:
            return parse_status(STATUS.ask(admin))
    except GearfastError:
        return []


def until(port: int, is_so: Callable[[FunctionStatus], bool], seconds: float) -> bool:
    """Wait until it is so for every function; false when it never was."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = status(port)
        if found and all(map(is_so, found)):
            return True
        time.sleep(0.2)
    return False


class Watch:
    """CPU time and memory of a server, second by second, also when it is another process than before."""

    def __init__(self, server: Running) -> None:
        self._server = server
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self.samples: list[tuple[float, float, int]] = []

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        before, last, pid = 0.0, 0.0, self._server.pid
        while True:
            if self._server.pid != pid:
                before, pid = before + last, self._server.pid
            if (usage := process_usage(pid)) is not None:
                last = usage[0]
                self.samples.append((time.time(), before + last, usage[1]))
            if self._ended.wait(1.0):
                return


@contextmanager
def workers(mix: Path, scale: float, server: Running, report: Path) -> Iterator[None]:
    """The mix's workers, while the block runs and until every job is done."""
    words = ["mix", "work", str(mix), "--server", f"{LOOPBACK}:{server.port}", "--scale", str(scale)]
    pool = subprocess.Popen(
        [sys.executable, "-m", "gearfast", *words, "--report", str(report)],
        cwd=ROOT,
        stderr=subprocess.DEVNULL,
    )
    try:
        if not until(server.port, lambda function: function.workers > 0, START_SECONDS):
            raise ReplayError("the workers did not register")
        yield
        until(server.port, lambda function: function.total == 0, DRAIN_SECONDS)
        pool.send_signal(signal.SIGTERM)
        pool.wait(DRAIN_SECONDS)
    finally:
        pool.kill()
        pool.wait()


def swarm(mix: Path, scale: float, seconds: float, server: Running, report: Path) -> int:
    """Locust to its end; errors of jobs are in its report. Returns how many jobs waited at a restart."""
    waiting = 0
    command = [
        *(sys.executable, "-m", "locust", "-f", str(ROOT / "tools" / "locust" / "replay.py"), "--headless"),
        *("--host", f"{LOOPBACK}:{server.port}", "--mix", str(mix), "--scale", str(scale)),
        *("--mix-seconds", str(seconds), "--run-report", str(report)),
        *("--only-summary", "--exit-code-on-error", "0", "--loglevel", "ERROR"),
    ]
    locust = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        if mix.stem in RESTARTED:
            waiting = restart(server, seconds)
        complaint = locust.communicate()[1]
    finally:
        locust.kill()
        locust.wait()
    if locust.returncode:
        raise ReplayError(complaint[-2000:])
    return waiting


def restart(server: Running, seconds: float) -> int:
    """In the middle of the run. Returns how many jobs were in the queue, and must be there again."""
    time.sleep(LOCUST_SECONDS + seconds / 2)
    waiting = sum(function.total for function in status(server.port))
    server.restart()
    print(f"restarted with {waiting:,} jobs in the queue", file=sys.stderr)
    return waiting


def replay(mix: Path, scale: float, seconds: float, server: Server) -> Run:
    """One mix against one server; also written below build/benchmarks/mixes."""
    RUNS.mkdir(parents=True, exist_ok=True)
    stem = f"{mix.stem} {server.name}".replace(" ", "-")
    run_path, pool_path = RUNS / f"{stem}.json", RUNS / f"{stem}.workers.json"
    with running(server) as started, Watch(started) as watch, workers(mix, scale, started, pool_path):
        waiting = swarm(mix, scale, seconds, started, run_path)
    if mix.stem in RESTARTED and waiting == 0 and server.product.startswith("gearfast"):
        raise ReplayError("nothing waited when the server was restarted")
    run = load_run(run_path)
    done = json.loads(pool_path.read_text())
    run.title = f"{mix.stem}, {server.name}"
    run.server = watch.samples
    run.waits = Times({int(bucket): count for bucket, count in done["waits"].items()})
    run.lost = max(0, len(set(run.accepted) - set(done["jobs"])) - done["unlisted"])
    run_path.write_text(json.dumps(run.as_json()))
    run_path.with_suffix(".md").write_text(page(run))
    return run


def row(mix: str, scale: float, server: str, run: Run) -> list[str]:
    """One line of the table."""
    times = Times(run.times("foreground").buckets + run.times("background").buckets)
    shown = [f"{1000 * found.at(share):,.1f}" for found in (times, run.waits) for share in (0.5, 0.99, 0.999)]
    jobs = [f"{run.jobs():,}", f"{run.jobs() / run.length():,.0f}", str(run.failures.total()), str(run.lost)]
    used = [f"{value:,.0f}" for value in (cpu_each(run) or 0, memory(run) or 0)]
    return [f"{mix} x {scale:g}", server, *jobs, *shown, *used]


HEADER = (
    *("mix", "server", "jobs", "jobs/s", "errors", "lost"),
    *("answered p50, ms", "p99", "p99.9", "wait p50, ms", "p99", "p99.9", "CPU, us/job", "MiB"),
)


def servers_of(mix: str) -> list[Server]:
    names = RESTARTED.get(mix, NAMES)
    return [server for server in SERVERS if server.name in names]


def options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mixes")
    names = sorted(path.stem for path in MIXES.glob("*.json"))
    parser.add_argument("--only", type=lambda text: text.split(","), default=names, help=", ".join(names))
    parser.add_argument("--seconds", type=float, default=60.0, help="how long each is replayed")
    parser.add_argument("--publish", action="store_true", help="write the table into benchmarks/README.md")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 1 when gearfast lost a job or answered an error."""
    given = options(arguments)
    install_packages([server for name in given.only for server in servers_of(name)])
    rows, failed = [], False
    load_before = os.getloadavg()[0]
    for name in given.only:
        load(MIXES / f"{name}.json")
        for server in servers_of(name):
            scale = SCALES.get(name, 1.0)
            run = replay(MIXES / f"{name}.json", scale, given.seconds, server)
            rows.append(row(name, scale, server.name, run))
            print(" | ".join(rows[-1]), file=sys.stderr)
            failed |= server.product.startswith("gearfast") and (run.lost > 0 or run.failures.total() > 0)
    table = markdown(HEADER, rows)
    about = f"{date.today()}, {given.seconds:g} s each, with a load of {load_before:.1f} before them."
    print(f"{about}\n\n{table}")
    if given.publish:
        publish(Path(__file__).parent / "README.md", "mixes", f"{about}\n\n{table}")
    return int(failed)


if __name__ == "__main__":
    raise SystemExit(main())
