"""What is measured of the libraries, by whom, and what is asked of gearfast's."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from benchmarks.libraries import by_gear, by_gearman3, ours
from benchmarks.libraries.figures import Address
from benchmarks.libraries.queues.measuring import measure
from benchmarks.libraries.queues.peers import PEERS, Peer
from benchmarks.rows import Limit, Metrics, Row
from benchmarks.servers import LOOPBACK, SERVERS, running

GENERATOR = "the load generator"
ASYNCIO = "gearfast asyncio"
QUICK = 10  # so many times fewer in a quick run
SERVER = next(server for server in SERVERS if server.name == "gearfast -t 0")


class Contestant(NamedTuple):
    """One library in one row."""

    row: str
    name: str
    run: Callable[[int], Metrics]  # raises RuntimeError
    jobs: int  # in a full run


def _row(key: str, title: str, columns: tuple[str, ...], *limits: Limit) -> Row:
    return Row(key, title, (), None, columns, limits)


def _times_others(rate: int, modes: tuple[str, ...] = ()) -> tuple[Limit, ...]:
    """So many jobs a second, and ten times what the others have."""
    others = ("gear", "gearman3")
    absolute = Limit("rate", rate, is_least=True, modes=modes)
    return absolute, *(Limit("rate", 10, other, is_least=True) for other in others)


ROWS = (
    _row("submit", "Background submits of one client", ("rate", "cpu"), *_times_others(150_000)),
    _row("work", "One worker, with jobs waiting", ("rate", "cpu"), *_times_others(60_000)),
    _row("calls", "Many calls at once", ("rate", "cpu"), *_times_others(40_000, (ASYNCIO,))),
    _row("call", "One blocking call at a time", ("p50", "cpu"), Limit("p50", 2.5, GENERATOR)),
    _row("queue", "Jobs through a queue with 10 workers", ("rate", "submits", "cpu")),
)


def _on_gearfast(measure_one: Callable[[Address, int], Metrics], count: int) -> Metrics:
    with running(SERVER) as server:
        return measure_one((LOOPBACK, server.port), count)


def _library(row: str, name: str, run: Callable[[Address, int], Metrics], count: int) -> Contestant:
    return Contestant(row, name, partial(_on_gearfast, run), count)


def _queue(peer: Peer) -> Contestant:
    return Contestant("queue", peer.name, partial(measure, peer), 20_000)


CONTESTANTS = (
    _library("submit", "gearfast", ours.submit, 500_000),
    _library("submit", "gearman3", by_gearman3.submit, 5_000),
    _library("submit", "gear", by_gear.submit, 5_000),
    _library("work", "gearfast", ours.work, 200_000),
    _library("work", "gearman3", by_gearman3.work, 5_000),
    _library("work", "gear", by_gear.work, 200),
    _library("calls", "gearfast map", ours.mapped_calls, 300_000),
    _library("calls", ASYNCIO, ours.calls, 60_000),
    _library("calls", "gearman3", by_gearman3.calls, 1_000),
    _library("calls", "gear", by_gear.calls, 5_000),
    _library("call", "gearfast", ours.call, 5_000),
    _library("call", "gearman3", by_gearman3.call, 5_000),
    _library("call", "gear", by_gear.call, 5_000),
    _library("call", GENERATOR, ours.native_call, 5_000),
    *map(_queue, PEERS),
)
