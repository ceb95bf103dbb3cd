"""A server that keeps background jobs in PostgreSQL or MariaDB: it is killed, or the database is."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from gearfast.server.errors import ExitCode
from tests.protocol.peer import Peer
from tests.protocol.wire import (
    CAN_DO,
    ERROR,
    GRAB_JOB_ALL,
    JOB_CREATED,
    NO_JOB,
    SUBMIT_JOB,
    SUBMIT_JOB_BG,
    SUBMIT_JOB_EPOCH,
    SUBMIT_JOB_LOW_BG,
    WORK_COMPLETE,
    Packet,
    req,
)
from tests.stores.sql_kinds import MysqlKind, PostgresKind
from tests.support.gearfast_process import TREE, Gearfast, gearfast, run_gearfast

NOTICE = ("--verbose", "NOTICE")
IMPATIENT = ("--store-timeout", "1")


@pytest.fixture(params=[PostgresKind, MysqlKind], ids=["postgres", "mysql"])
def kind(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[PostgresKind | MysqlKind]:
    made: PostgresKind | MysqlKind = request.param(tmp_path)
    yield made
    made.server.thaw()


Kind = PostgresKind | MysqlKind


def submitted(server: Gearfast, *packets: bytes) -> list[Packet]:
    with Peer(server.port) as client:
        client.send(*packets)
        return [client.receive() for _ in packets]


def work_off(server: Gearfast, *functions: bytes) -> list[tuple[bytes, bytes, bytes]]:
    """Function, unique and data of every job that can be had."""
    jobs = []
    with Peer(server.port) as worker:
        worker.send(*(req(CAN_DO, function) for function in functions))
        while True:
            worker.send(req(GRAB_JOB_ALL))
            packet = worker.receive()
            if packet.kind == NO_JOB:
                break
            handle, function, unique, data = packet.body.split(b"\0", 3)
            jobs.append((function, unique, data))
            worker.send(req(WORK_COMPLETE, handle, b""))
        worker.settle()
    return jobs


def test_jobs_are_there_after_a_restart(kind: Kind) -> None:
    long_name = b"f" * 8000
    with gearfast(*kind.options) as server:
        packets = submitted(
            server,
            req(SUBMIT_JOB_LOW_BG, b"f", b"low", b"1"),
            req(SUBMIT_JOB_BG, b"f", b"", b"2"),
            req(SUBMIT_JOB_BG, b"f", b"", b"3"),
            req(SUBMIT_JOB_BG, long_name, b"\xff", b""),
            req(SUBMIT_JOB_EPOCH, b"f", b"later", b"4000000000", b"5"),
        )
        assert {packet.kind for packet in packets} == {JOB_CREATED}
    with gearfast(*kind.options, *NOTICE) as server:
        server.wait_for_log(f"5 jobs were in {kind.options[1]}")
        assert work_off(server, b"f") == [(b"f", b"", b"2"), (b"f", b"", b"3"), (b"f", b"low", b"1")]
        assert work_off(server, long_name) == [(long_name, b"\xff", b"")]
    store = kind.store()
    store.open()
    assert [row[1:] for row in store.read()] == [(b"later", b"f", 1, b"5", 4000000000, None)]
    store.close()


def test_nothing_acknowledged_is_lost_when_gearfast_is_killed(kind: Kind) -> None:
    options = ("--rounds", "4", "--seconds", "0.7", "--", "--config-file", "/dev/null", *kind.options)
    result = run_gearfast("crashtest", *options)
    assert result.returncode == ExitCode.OK, result.stdout + result.stderr
    assert result.stdout.endswith("; 0 lost\n")


def submit_until(stop: threading.Event, server: Gearfast, acknowledged: set[bytes]) -> None:
    """Job after job, 16 at a time; those that get an ERROR do not count."""
    number = 0
    with Peer(server.port) as client:
        while not stop.is_set():
            names = [b"%d" % (number + index) for index in range(16)]
            client.send(*(req(SUBMIT_JOB_BG, b"f", b"", name) for name in names))
            answers = [client.receive() for _ in names]
            acknowledged.update(
                name for name, answer in zip(names, answers, strict=True) if answer.kind == JOB_CREATED
            )
            number += 16


@pytest.mark.parametrize("how", ["killed", "frozen"])
def test_nothing_acknowledged_is_lost_when_the_database_is(kind: Kind, how: str) -> None:
    """The server goes on by itself when the database is there again."""
    stop_it, start_it = (
        (kind.break_down, kind.mend) if how == "killed" else (kind.server.freeze, kind.server.thaw)
    )
    acknowledged: set[bytes] = set()
    with gearfast(*kind.options, *IMPATIENT, *NOTICE) as server:
        stop = threading.Event()
        client = threading.Thread(target=submit_until, args=(stop, server, acknowledged))
        client.start()
        for turn in (1, 2):
            stop_it()
            server.wait_for_log("fails, background submits are refused", turn)
            start_it()
            server.wait_for_log("works again", turn)
        stop.set()
        client.join()
    with gearfast(*kind.options, *NOTICE) as server:
        server.wait_for_log(f"jobs were in {kind.options[1]}")
        jobs = [data for _, _, data in work_off(server, b"f")]
    assert acknowledged <= set(jobs)
    assert len(jobs) == len(set(jobs))


def test_what_a_client_is_told_while_the_database_is_gone(kind: Kind) -> None:
    with gearfast(*kind.options, *NOTICE) as server:
        kind.break_down()
        [refused] = submitted(server, req(SUBMIT_JOB_BG, b"f", b"", b""))
        assert refused.kind == ERROR
        assert refused.body.startswith(b"QUEUE_ERROR\0The store " + kind.options[1].encode() + b" fails: ")
        [foreground] = submitted(server, req(SUBMIT_JOB, b"f", b"", b""))
        assert foreground.kind == JOB_CREATED
        kind.mend()
        server.wait_for_log("works again")
        [taken] = submitted(server, req(SUBMIT_JOB_BG, b"f", b"", b""))
        assert taken.kind == JOB_CREATED


def test_what_a_client_is_told_while_the_database_hangs(kind: Kind) -> None:
    """And nothing of that comes back when it goes on and gearfast is killed."""
    with gearfast(*kind.options, *IMPATIENT, *NOTICE, exit_code=-signal.SIGKILL) as server:
        [taken] = submitted(server, req(SUBMIT_JOB_BG, b"f", b"before", b""))
        assert taken.kind == JOB_CREATED
        kind.server.freeze()
        try:
            refused, foreground = submitted(
                server, req(SUBMIT_JOB_BG, b"f", b"refused", b""), req(SUBMIT_JOB, b"f", b"", b"")
            )
        finally:
            kind.server.thaw()
        assert refused.kind == ERROR
        assert refused.body.startswith(b"QUEUE_ERROR\0The store " + kind.options[1].encode() + b" fails: ")
        assert foreground.kind == JOB_CREATED
        server.wait_for_log("works again")
        [taken] = submitted(server, req(SUBMIT_JOB_BG, b"f", b"after", b""))
        assert taken.kind == JOB_CREATED
        server.process.kill()
    with gearfast(*kind.options, *NOTICE) as server:
        server.wait_for_log(f"2 jobs were in {kind.options[1]}")
        assert [unique for _, unique, _ in work_off(server, b"f")] == [b"before", b"after"]


def test_a_job_that_never_fits_does_not_hold_up_the_others() -> None:
    """MariaDB's largest statement is 16 MiB unless it is told otherwise."""
    kind = MysqlKind(Path())
    with gearfast(*kind.options, *NOTICE) as server:
        [refused] = submitted(server, req(SUBMIT_JOB_BG, b"f", b"large", b"x" * (15 << 20)))
        assert refused.kind == ERROR
        assert b"a job has 15728640 bytes of data, and the store takes at most 12" in refused.body
        server.wait_for_log("works again")
        [taken] = submitted(server, req(SUBMIT_JOB_BG, b"f", b"small", b""))
        assert taken.kind == JOB_CREATED
        assert work_off(server, b"f") == [(b"f", b"small", b"")]


def test_two_servers_cannot_share_a_table(kind: Kind) -> None:
    with gearfast(*kind.options):
        result = run_gearfast(*kind.options, "-p", "0", "-L", "127.0.0.1", "-l", "none")
    assert result.returncode == ExitCode.STORE
    assert "is in use by another gearfast" in result.stderr


def test_drizzles_options_are_taken(tmp_path: Path) -> None:
    kind = MysqlKind(tmp_path)
    names = ("host", "port", "db", "user", "password")
    given = dict(zip(kind.options[::2], kind.options[1::2], strict=True))
    words = [word for name in names for word in (f"--libdrizzle-{name}", given[f"--mysql-{name}"])]
    for count in range(2):
        with gearfast("-q", "libdrizzle", *words, "--libdrizzle-mysql", *NOTICE) as server:
            server.wait_for_log(f"{count} jobs were in libdrizzle")
            [taken] = submitted(server, req(SUBMIT_JOB_BG, b"f", b"u", b""))
            assert taken.kind == JOB_CREATED


@pytest.mark.parametrize(
    ("driver", "words"), [("psycopg", "-q postgres"), ("pymysql", "-q mysql --mysql-db x")]
)
def test_a_driver_that_is_missing(driver: str, words: str, tmp_path: Path) -> None:
    (tmp_path / f"{driver}.py").write_text("raise ImportError('no driver')")
    options = (*words.split(), "-p", "0", "-L", "127.0.0.1", "-l", "none")
    result = run_gearfast(*options, env={"PYTHONPATH": f"{TREE}:{tmp_path}"})
    assert result.returncode == ExitCode.STORE
    assert "needs a driver (no driver): pip install 'gearfast[" in result.stderr
