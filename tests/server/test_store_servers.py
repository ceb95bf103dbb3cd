"""Background jobs kept in a server of another project, which is stopped, killed and frozen, as ours is."""

from __future__ import annotations

import random
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gearfast.server.errors import ExitCode
from tests.protocol.peer import Peer
from tests.protocol.wire import ERROR, JOB_CREATED, SUBMIT_JOB, SUBMIT_JOB_BG, req
from tests.server.test_store import accepted, submit_some, submitted, work_off, work_some
from tests.support.gearfast_process import Gearfast, gearfast, run_gearfast
from tests.support.store_servers import StoreServer, memcached_server, redis_server

STARTERS: dict[str, Callable[[Path], StoreServer]] = {
    "libmemcached": memcached_server,
    "redis": redis_server,
}
ADDRESSES = {
    "libmemcached": ("--libmemcached-servers", "127.0.0.1:{port}"),
    "redis": ("--redis-port", "{port}"),
}
FORGETFUL = {"libmemcached"}  # when they stop
KILLED = -signal.SIGKILL


class Stored:
    """A store's server, and what makes gearfast use it."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.server = STARTERS[name](folder)
        address = (word.format(port=self.server.port) for word in ADDRESSES[name])
        self.options = ("-q", name, *address, "--verbose", "NOTICE", "--store-timeout", "1")

    @contextmanager
    def killed(self, *more: str) -> Iterator[Gearfast]:
        """A gearfast that is killed at the end of the block."""
        with gearfast(*self.options, *more, exit_code=KILLED) as server:
            yield server
            server.process.kill()

    def come_back(self) -> list[list[bytes]]:
        """What a new gearfast finds, worked off."""
        with gearfast(*self.options) as server:
            server.wait_for_log(f"jobs were in {self.name}")
            return work_off(server, b"f")


@pytest.fixture(params=STARTERS)
def stored(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stored]:
    made = Stored(request.param, tmp_path)
    yield made
    made.server.stop(signal.SIGKILL)


def break_off(server: StoreServer, how: signal.Signals) -> Callable[[], None]:
    """Stop or freeze it; returns what makes it serve again."""
    if how == signal.SIGSTOP:
        server.send(how)
        return lambda: server.send(signal.SIGCONT)
    server.stop(how)
    return server.start


@pytest.mark.parametrize(
    ("stored", "how"),
    [
        (name, how)
        for name in STARTERS
        for how in (signal.SIGTERM, signal.SIGKILL, signal.SIGSTOP)
        if how == signal.SIGSTOP or name not in FORGETFUL
    ],
    indirect=["stored"],
)
def test_a_store_that_is_away_for_a_while(stored: Stored, how: signal.Signals) -> None:
    with stored.killed() as server:
        assert accepted(submitted(server, req(SUBMIT_JOB_BG, b"f", b"before", b"1")))
        restore = break_off(stored.server, how)
        refused, foreground = submitted(
            server, req(SUBMIT_JOB_BG, b"f", b"refused", b""), req(SUBMIT_JOB, b"g", b"", b"")
        )
        assert refused.kind == ERROR
        assert refused.body.startswith(b"QUEUE_ERROR\0The store %b fails: " % stored.name.encode())
        assert foreground.kind == JOB_CREATED
        restore()
        server.wait_for_log("works again")
        assert accepted(submitted(server, req(SUBMIT_JOB_BG, b"f", b"after", b"2")))
    assert stored.come_back() == [[b"f", b"before", b"1"], [b"f", b"after", b"2"]]
    assert stored.come_back() == []


@pytest.mark.parametrize("round_", range(5))
def test_nothing_acknowledged_is_lost(stored: Stored, round_: int) -> None:
    """Ours and the store's are killed at some moment, within a batch."""
    chance = random.Random(round_)
    acknowledged: set[bytes] = set()
    worked: set[bytes] = set()
    with (
        stored.killed("-t", ["0", "1", "4"][round_ % 3]) as server,
        Peer(server.port) as client,
        Peer(server.port) as worker,
    ):
        worker.can_do(b"f")
        for turn in range(chance.randrange(20, 60)):
            acknowledged |= submit_some(client, turn, chance)
            worked |= work_some(worker, chance.randrange(5))
        client.send(*(req(SUBMIT_JOB_BG, b"f", b"", b"unheard") for _ in range(chance.randrange(1000))))
        is_killed = round_ % 2 == 1 and stored.name not in FORGETFUL
        if is_killed:
            stored.server.stop(signal.SIGKILL)
    if is_killed:
        stored.server.start()
    assert acknowledged
    assert acknowledged - worked <= {job[2] for job in stored.come_back()}


def test_a_start_without_it(stored: Stored) -> None:
    stored.server.stop()
    result = run_gearfast(*stored.options, "-p", "0", "-L", "127.0.0.1")
    assert result.returncode == ExitCode.STORE
    assert f"Cannot open the store {stored.name}:" in result.stderr


def test_a_job_that_memcached_never_takes(tmp_path: Path) -> None:
    """It gets an ERROR, as from gearmand, and the others go on."""
    stored = Stored("libmemcached", tmp_path)
    try:
        with stored.killed() as server:
            [refused] = submitted(server, req(SUBMIT_JOB_BG, b"f", b"large", bytes(1 << 20)))
            assert refused.kind == ERROR
            assert b"memcached's largest item (option -I) is 1048576" in refused.body
            server.wait_for_log("works again")
            assert accepted(submitted(server, req(SUBMIT_JOB_BG, b"f", b"small", b"")))
        assert stored.come_back() == [[b"f", b"small", b""]]
    finally:
        stored.server.stop(signal.SIGKILL)


def test_two_servers_cannot_share_a_prefix(tmp_path: Path) -> None:
    stored = Stored("redis", tmp_path)
    try:
        with gearfast(*stored.options), gearfast(*stored.options, "--redis-prefix", "other"):
            result = run_gearfast(*stored.options, "-p", "0", "-L", "127.0.0.1")
            assert result.returncode == ExitCode.STORE
            assert "the keys _gear_- are in use by another gearfast" in result.stderr
    finally:
        stored.server.stop()
