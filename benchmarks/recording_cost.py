"""What recording costs: one server, the same load again and again, every other time recorded.

python -m benchmarks.recording_cost
python -m benchmarks.recording_cost --row record-foreground --threads 0,1,2 --pairs 10
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from benchmarks.measuring import load
from benchmarks.programs import BUILT
from benchmarks.rows import ROWS, Metrics, Row
from benchmarks.servers import LOOPBACK, SERVERS, Running, Server, running
from gearfast.admin.connection import AdminConnection, Ending
from gearfast.admin.records import parse_status
from gearfast.links.addresses import parse_address

FOLDER = BUILT / "recordings"
PATIENCE_SECONDS = 60.0


@dataclass(frozen=True)
class Pair:
    """The same load without and with a recording."""

    plain: Metrics
    recorded: Metrics

    def ratio(self, metric: str) -> float:
        return self.recorded[metric] / self.plain[metric]


def server_with(threads: int) -> Server:
    """It records when it is told to."""
    plain = next(server for server in SERVERS if server.name == f"gearfast -t {threads}")
    options = ["--record-dir", str(FOLDER), "--record-size", "64M", "--record-files", "4"]
    return replace(plain, command=lambda port: [*plain.command(port), *options], keeps_in=FOLDER)


def ask(target: Running, line: str) -> str:
    with AdminConnection(parse_address(f"{LOOPBACK}:{target.port}"), PATIENCE_SECONDS) as admin:
        return admin.ask(line.encode(), Ending.LINE).decode().strip()


def drop_all(target: Running) -> None:
    """What a load leaves in the queues."""
    with AdminConnection(parse_address(f"{LOOPBACK}:{target.port}"), PATIENCE_SECONDS) as admin:
        for status in parse_status(admin.ask(b"status", Ending.MARKER)):
            admin.ask(b"drop function " + status.function.encode(), Ending.LINE)


def plain(row: Row, server: Server, target: Running) -> Metrics:
    """One load."""
    found = row.metrics(load(row, server, target, is_quick=False))
    drop_all(target)
    return found


def recorded(row: Row, server: Server, target: Running) -> Metrics:
    """The same while it is recorded, and how many events were skipped. Raises RuntimeError."""
    answer = ask(target, "record start cost")
    if not answer.startswith("OK "):
        raise RuntimeError(answer)
    found = row.metrics(load(row, server, target, is_quick=False))
    state = ask(target, "record status").split()
    if state[1] != "on":
        raise RuntimeError(f"the recording is {' '.join(state[1:])}")
    ask(target, "record stop")
    while ask(target, "record status") != "OK off":
        pass
    drop_all(target)
    for path in FOLDER.iterdir():
        path.unlink()
    return found | {"skipped": float(state[4])}


def pairs(row: Row, server: Server, count: int) -> Iterator[Pair]:
    """Whichever comes first in one pair comes second in the next."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    with running(server) as target:
        plain(row, server, target)
        for number in range(count):
            if number % 2:
                with_it = recorded(row, server, target)
                yield Pair(plain(row, server, target), with_it)
            else:
                without = plain(row, server, target)
                yield Pair(without, recorded(row, server, target))


def summed_up(found: Sequence[Pair], metric: str) -> str:
    """Median and quartiles of the ratios, as what recording adds."""
    ratios = [100 * (pair.ratio(metric) - 1) for pair in found]
    low, middle, high = statistics.quantiles(ratios, n=4)
    return f"{middle:+.1f} % ({low:+.1f} to {high:+.1f})"


def options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.recording_cost")
    rows = [row.key for row in ROWS if row.key.startswith("record-")]
    numbers = lambda text: [int(word) for word in text.split(",")]  # noqa: E731
    parser.add_argument("--row", choices=rows, default=rows[0])
    parser.add_argument("--threads", type=numbers, default=[0, 1, 2], help="0,1,2")
    parser.add_argument("--pairs", type=int, default=10, help="two at least")
    parser.add_argument("--jobs", type=int, help="of one load  [default: as in the table]")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    given = options(arguments)
    row = next(row for row in ROWS if row.key == given.row)
    if given.jobs and row.size:
        row = replace(row, size=(row.size[0], given.jobs, given.jobs))
    print(f"{row.title}; load before it {os.getloadavg()[0]:.1f}")
    for threads in given.threads:
        found = []
        for pair in pairs(row, server_with(threads), given.pairs):
            found.append(pair)
            print(f"{threads} {pair.plain['rate']:12,.0f} {pair.recorded['rate']:12,.0f}", file=sys.stderr)
        cpu = statistics.median(pair.plain["cpu"] for pair in found)
        skipped = sum(pair.recorded["skipped"] for pair in found)
        added = f"jobs/s {summed_up(found, 'rate')}, CPU {summed_up(found, 'cpu')}"
        print(
            f"-t {threads}: {cpu:.3f} us/job without; recorded: {added}; {skipped:,.0f} events skipped",
            flush=True,
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
