"""The listings of gearfast beside those of gearmand, both brought into the same state: not a byte differs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest

from tests.protocol.flavours import GEARFAST, GEARMAND, Flavour, Start
from tests.protocol.peer import Peer
from tests.protocol.server import Server
from tests.protocol.wire import (
    CAN_DO,
    CAN_DO_TIMEOUT,
    CANT_DO,
    GRAB_JOB_UNIQ,
    SET_CLIENT_ID,
    SUBMIT_JOB,
    SUBMIT_JOB_BG,
    SUBMIT_JOB_EPOCH,
    SUBMIT_JOB_HIGH,
    SUBMIT_JOB_HIGH_BG,
    SUBMIT_JOB_LOW,
    SUBMIT_JOB_LOW_BG,
    SUBMIT_REDUCE_JOB,
    WORK_COMPLETE,
    req,
)

pytestmark = pytest.mark.skipif(not GEARMAND, reason="gearmand is not installed")

OPTIONS = [(), ("--hashtable-buckets", "7")]
LISTINGS = [b"status", b"prioritystatus", b"show jobs", b"show unique jobs"]

Pair = tuple[Server, Server]


def names(number: int) -> list[bytes]:
    """Function names that fall into every part of the hash table, many of them together."""
    plain = [b"name%d" % index for index in range(number)]
    odd = [bytes([byte]) for byte in range(0x21, 0x100)]
    return [*plain, *odd, b"", b"a b", "é".encode(), b"reverse", b"nul\0hidden", b"F" * 500]


def submit_every_kind(client: Peer) -> None:
    for index in range(60):
        unique = [b"", b"-", b"unique%d" % index, b"\xe9\x80%d" % index][index % 4]
        function = b"name%d" % (index % 13)
        kind = [SUBMIT_JOB_BG, SUBMIT_JOB_HIGH_BG, SUBMIT_JOB_LOW_BG, SUBMIT_JOB, SUBMIT_JOB_HIGH][index % 5]
        client.submit(kind, function, unique, b"data%d" % index)
    client.submit(SUBMIT_JOB_EPOCH, b"name1", b"later", b"4000000000", b"")
    client.submit(SUBMIT_REDUCE_JOB, b"name2", b"reduce", b"red", b"", b"")
    client.submit(SUBMIT_JOB_LOW, b"name3", b"-", b"")
    client.submit(SUBMIT_JOB_BG, b"name3", b"u" * 63, b"")


def work(server: Server) -> None:
    """Some jobs run, some are done, and one has been given back twice."""
    runner = server.worker(b"name0")
    for _ in range(4):
        runner.send(req(GRAB_JOB_UNIQ))
        handle = runner.receive().args[0]
    runner.send(req(WORK_COMPLETE, handle, b""))
    runner.settle()
    for _ in range(2):
        hesitant = server.worker(b"name5")
        hesitant.send(req(GRAB_JOB_UNIQ))
        hesitant.receive()
        hesitant.send(req(CANT_DO, b"name5"), req(SET_CLIENT_ID, b"hesitant"))
        hesitant.settle()


def prepare(server: Server) -> None:
    creator = server.peer()
    for name in names(300):
        creator.send(req(CAN_DO, name))
    creator.send(req(SET_CLIENT_ID, b"creator"))
    creator.settle()
    submit_every_kind(server.peer())
    work(server)
    for index in range(10):
        worker = server.peer()
        worker.send(req(SET_CLIENT_ID, b"worker%d\0x" % index))
        worker.send(*(req(CAN_DO, b"name%d" % number) for number in range(index)))
        worker.send(req(CAN_DO_TIMEOUT, b"timed", b"5000"), req(CAN_DO, b"name1"))
        worker.settle()
    for line in (b"create function created\r", b"maxqueue created 3", b"drop function nobody"):
        server.admin.ask(line)


@pytest.fixture(scope="module", params=GEARFAST, ids=str)
def flavour(request: pytest.FixtureRequest) -> Flavour:
    chosen: Flavour = request.param
    return chosen


@pytest.fixture(scope="module", params=OPTIONS, ids=lambda options: options[-1] if options else "default")
def pair(request: pytest.FixtureRequest, flavour: Flavour, start: Start) -> Iterator[Pair]:
    """gearmand and gearfast with the same options, after the same events."""
    with ExitStack() as stack:
        servers = []
        for each in (Flavour("gearmand", flavour.threads), flavour):
            server = stack.enter_context(closing(Server(each, start(each, *request.param))))
            prepare(server)
            servers.append(server)
        yield servers[0], servers[1]


@pytest.mark.parametrize("command", LISTINGS)
def test_listings_are_the_same(pair: Pair, command: bytes) -> None:
    gearmand, gearfast = (server.admin.ask_table(command) for server in pair)
    assert gearmand.count(b"\n") > 60
    assert gearfast == gearmand


def test_workers_are_the_same_but_for_their_descriptors(pair: Pair) -> None:
    gearmand, gearfast = (
        re.sub(rb"(?m)^\d+ ", b"", server.admin.ask_table(b"workers")).splitlines() for server in pair
    )
    assert len(gearmand) > 15
    assert gearfast == gearmand
