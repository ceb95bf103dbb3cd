"""Replay the ready-made mixes against gearfast and gearmand, by Locust, and publish the table.

python -m benchmarks.mixes --only tiny,archive --seconds 10
python -m benchmarks.mixes --publish
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from benchmarks.programs import BUILT, ROOT
from benchmarks.readme import publish
from benchmarks.servers import LOOPBACK, SERVERS, Running, Server, install_packages, running
from gearfast.mix.report import load_run, markdown, page
from gearfast.mix.run import Run
from gearfast.mix.schema import load
from gearfast.mix.times import Times

MIXES = ROOT / "tools" / "mixes"
RUNS = BUILT / "mixes"
NAMES = ("gearfast -t 1", "gearmand -t 4")
DRAIN_SECONDS = 120.0
START_SECONDS = 30.0

# How much of it two cores bear beside Locust and the workers.
SCALES = {"tiny": 0.25, "scatter-gather": 0.2, "thumbnails": 0.25, "monitoring": 0.02, "backlog": 0.5}


class ReplayError(RuntimeError):
    """Locust or the workers did not come to an end."""


def ask(port: int, line: bytes) -> list[bytes]:
    """The lines of an admin's listing."""
    with (
        socket.create_connection((LOOPBACK, port), timeout=10) as connection,
        connection.makefile("rb") as file,
    ):
        connection.sendall(line + b"\n")
        lines = []
        while (found := file.readline()) not in (b".\n", b""):
            lines.append(found.rstrip(b"\n"))
    return lines


def until(port: int, column: int, is_so: bool, seconds: float) -> bool:
    """Wait until a column of `status` is (or is not) above 0 in every line; false when it never was."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = [int(line.split(b"\t")[column]) > 0 for line in ask(port, b"status")]
        if found and all(each is is_so for each in found):
            return True
        time.sleep(0.2)
    return False


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
        if not until(server.port, 3, True, START_SECONDS):
            raise ReplayError("the workers did not register")
        yield
        until(server.port, 1, False, DRAIN_SECONDS)
        pool.send_signal(signal.SIGTERM)
        pool.wait(DRAIN_SECONDS)
    finally:
        pool.kill()
        pool.wait()


def swarm(mix: Path, scale: float, seconds: float, server: Running, report: Path) -> None:
    """Locust to its end; errors of jobs are in its report."""
    command = [
        *(sys.executable, "-m", "locust", "-f", str(ROOT / "tools" / "locust" / "replay.py"), "--headless"),
        *("--host", f"{LOOPBACK}:{server.port}", "--mix", str(mix), "--scale", str(scale)),
        *("--mix-seconds", str(seconds), "--run-report", str(report), "--server-pid", str(server.pid)),
        *("--only-summary", "--exit-code-on-error", "0", "--loglevel", "ERROR"),
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ReplayError(done.stderr[-2000:])


def replay(mix: Path, scale: float, seconds: float, server: Server) -> Run:
    """One mix against one server; also written below build/benchmarks/mixes."""
    RUNS.mkdir(parents=True, exist_ok=True)
    stem = f"{mix.stem} {server.name}".replace(" ", "-")
    run_path, pool_path = RUNS / f"{stem}.json", RUNS / f"{stem}.workers.json"
    with running(server) as started, workers(mix, scale, started, pool_path):
        swarm(mix, scale, seconds, started, run_path)
    run = load_run(run_path)
    done = json.loads(pool_path.read_text())
    run.title = f"{mix.stem}, {server.name}"
    run.waits = Times({int(bucket): count for bucket, count in done["waits"].items()})
    run.lost = max(0, len(set(run.handles) - set(done["jobs"])) - done["unlisted"])
    run_path.write_text(json.dumps(run.as_json()))
    run_path.with_suffix(".md").write_text(page(run))
    return run


def row(mix: str, scale: float, server: str, run: Run) -> list[str]:
    """One line of the table."""
    times = Times(run.times("foreground").buckets + run.times("background").buckets)
    first, last = run.server[0], run.server[-1]
    cpu = 1e6 * (last[1] - first[1]) / max(1, run.jobs())
    memory = max(sample[2] for sample in run.server) / 2**20
    shown = [f"{1000 * found.at(share):,.1f}" for found in (times, run.waits) for share in (0.5, 0.99, 0.999)]
    jobs = [f"{run.jobs():,}", f"{run.jobs() / run.length():,.0f}", str(run.failures.total()), str(run.lost)]
    return [f"{mix} x {scale:g}", server, *jobs, *shown, f"{cpu:,.0f}", f"{memory:,.0f}"]


HEADER = (
    *("mix", "server", "jobs", "jobs/s", "errors", "lost"),
    *("answered p50, ms", "p99", "p99.9", "wait p50, ms", "p99", "p99.9", "CPU, us/job", "MiB"),
)


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
    servers = [server for server in SERVERS if server.name in NAMES]
    install_packages(servers)
    rows, failed = [], False
    load_before = os.getloadavg()[0]
    for name in given.only:
        load(MIXES / f"{name}.json")
        for server in servers:
            scale = SCALES.get(name, 1.0)
            run = replay(MIXES / f"{name}.json", scale, given.seconds, server)
            rows.append(row(name, scale, server.name, run))
            print(" | ".join(rows[-1]), file=sys.stderr)
            failed |= server.product == "gearfast" and (run.lost > 0 or run.failures.total() > 0)
    table = markdown(HEADER, rows)
    about = f"{date.today()}, {given.seconds:g} s each, with a load of {load_before:.1f} before them."
    print(f"{about}\n\n{table}")
    if given.publish:
        publish(Path(__file__).parent / "README.md", "mixes", f"{about}\n\n{table}")
    return int(failed)


if __name__ == "__main__":
    raise SystemExit(main())
