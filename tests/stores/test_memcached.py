"""What is memcached's own: gearmand's keys, what memcached does not take, and several servers."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from pymemcache.client.base import Client

from gearfast.stores.base import Add, Batch, Damaged, RefusedError
from gearfast.stores.memcached import MemcachedStore, parse_servers
from tests.clients.requirements import require
from tests.clients.test_stores import submit, work_off
from tests.protocol.wire import SUBMIT_JOB_BG, SUBMIT_JOB_HIGH_BG, SUBMIT_JOB_LOW_BG, req
from tests.support.gearfast_process import gearfast
from tests.support.peers import gearmand, gearmand_path
from tests.support.store_servers import StoreServer, memcached_server

SUBMITS = [
    req(SUBMIT_JOB_LOW_BG, b"f", b"low", b"1"),
    req(SUBMIT_JOB_BG, b"f", b"it's", b"\0\xff"),
    req(SUBMIT_JOB_HIGH_BG, b"f", b"12345678-1234-1234-1234-123456789012", b"3" * 100_000),
]
JOBS = {
    (b"f", b"low", b"1"),
    (b"f", b"it's", b"\0\xff"),
    (b"f", b"12345678-1234-1234-1234-123456789012", b"3" * 100_000),
}


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[list[StoreServer]]:
    with ExitStack() as stack:
        started = [memcached_server(tmp_path) for _ in range(3)]
        for server in started:
            stack.callback(server.stop, signal.SIGKILL)
        yield started


def addresses(servers: list[StoreServer]) -> str:
    return ",".join(f"127.0.0.1:{server.port}" for server in servers)


@contextmanager
def opened(servers: list[StoreServer]) -> Iterator[MemcachedStore]:
    store = MemcachedStore(parse_servers(addresses(servers)))
    store.open()
    with closing(store):
        yield store


def items(servers: list[StoreServer]) -> int:
    count = 0
    for server in servers:
        client: Any = Client(("127.0.0.1", server.port))
        with closing(client):
            count += client.stats()[b"curr_items"]
    return count


def test_a_job_is_stored_as_gearmand_does(servers: list[StoreServer]) -> None:
    with opened(servers[:1]) as store:
        store.commit(Batch([(b"u", b"f", 2, b"da\0ta", 0, None)], []))
    with closing(Client(("127.0.0.1", servers[0].port))) as client:
        assert client.get("gear_f-u") == b"da\0ta"
    assert items(servers) == 1


@pytest.mark.parametrize(
    "job",
    [
        (b"u" * 64, b"f" * 200, 1, b"", 0, None),
        (b"u", b"f", 0, b"", 1_900_000_000, None),
        (b"u", b"f", 2, b"\0", -1, b"reducer"),
        (b"c", b"a-b", 1, b"data", 0, None),
    ],
)
def test_what_gearmand_cannot_store(servers: list[StoreServer], job: Add) -> None:
    with opened(servers) as store:
        store.commit(Batch([job], []))
    with opened(servers) as store:
        assert [row[1:] for row in store.read()] == [job]
        store.commit(Batch([], [(job[0], job[1])]))
    assert items(servers) == 0


def test_a_job_that_gets_a_time_is_one_job(servers: list[StoreServer]) -> None:
    with opened(servers) as store:
        store.commit(Batch([(b"u", b"f", 0, b"1", 0, None)], []))
        store.commit(Batch([(b"u", b"f", 0, b"2", 5, None)], []))
        assert [row[1:] for row in store.read()] == [(b"u", b"f", 0, b"2", 5, None)]


def test_one_too_large_for_memcached_is_refused(servers: list[StoreServer]) -> None:
    """And not the others; the largest that is not refused is one that memcached takes."""
    with opened(servers) as store:
        with pytest.raises(
            RefusedError, match=r"a job takes 20975\d\d bytes, and memcached's largest item"
        ) as caught:
            store.commit(Batch([(b"u", b"f", 1, bytes(2 << 20), 0, None), (b"v", b"f", 1, b"", 0, None)], []))
        rest = caught.value.rest
        assert [job[0] for job in rest.adds] == [b"v"]
        store.commit(rest)
        size = (1 << 20) - 900
        with suppress(RefusedError):
            while True:
                store.commit(Batch([(b"v" * 64, b"f" * 200, 1, bytes(size), 1, b"r" * 64)], []))
                size += 10
    with opened(servers) as store:
        assert {row[1] for row in store.read()} == {b"v", b"v" * 64}


def test_what_is_no_job_is_set_aside(servers: list[StoreServer]) -> None:
    with closing(Client(("127.0.0.1", servers[0].port))) as client:
        client.set("gear_x", b"data", flags=7, noreply=False)
        client.set(f"gearfast:gear_{'a' * 40}", b"nothing", noreply=False)
        with opened(servers[:1]) as store:
            rows = store.read()
            assert [row[2] for row in rows] == [None, None]
            store.set_aside([Damaged(row, "it is no good") for row in rows])
        with opened(servers[:1]) as store:
            assert store.read() == []
    assert items(servers) == 2


def test_servers_that_are_none() -> None:
    assert parse_servers("a,b:1, c:22") == [("a", 11211), ("b", 1), ("c", 22)]
    for text in ("", "a,,b", "a:x", "a:0", "a:70000", "/run/socket"):
        with pytest.raises(ValueError, match="is no host"):
            parse_servers(text)


@pytest.mark.clients
class TestBesideGearmand:
    """Over three servers: each job is where the other looks for it."""

    @pytest.fixture
    def options(self, servers: list[StoreServer]) -> tuple[str, ...]:
        require(gearmand_path() is not None, "gearmand is missing (Debian: gearman-job-server)")
        return ("-q", "libmemcached", "--libmemcached-servers", addresses(servers))

    def test_gearfast_carries_on(self, servers: list[StoreServer], options: tuple[str, ...]) -> None:
        with gearmand(*options) as theirs:
            more = [req(SUBMIT_JOB_BG, b"f", b"%d" % number, b"") for number in range(50)]
            submit(theirs.port, *SUBMITS, *more, req(SUBMIT_JOB_BG, b"f", b"", b"4"))
        with gearfast(*options, "--verbose", "NOTICE") as ours:
            ours.wait_for_log("54 jobs were in libmemcached")
            assert len(work_off(ours.port)) == 54
        assert items(servers) == 0

    def test_gearmand_carries_on(self, servers: list[StoreServer], options: tuple[str, ...]) -> None:
        more = [req(SUBMIT_JOB_BG, b"f", b"%d" % number, b"") for number in range(3)]
        with gearfast(*options) as ours:
            ours.wait_for_log("memcached is a cache: it may drop jobs")
            submit(ours.port, *SUBMITS, *more)
        with gearmand(*options) as theirs:
            assert work_off(theirs.port) == JOBS | {(b"f", b"%d" % number, b"") for number in range(3)}
        assert items(servers) == 0
