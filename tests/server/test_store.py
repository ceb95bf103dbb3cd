"""A server that keeps background jobs in SQLite: stopped, killed, and with a database that fails."""

from __future__ import annotations

import random
import resource
import signal
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
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
    SUBMIT_JOB_HIGH_BG,
    SUBMIT_JOB_LOW_BG,
    SUBMIT_REDUCE_JOB_BACKGROUND,
    WORK_COMPLETE,
    Packet,
    req,
    res,
)
from tests.server.conftest import StartDaemon, until
from tests.support.gearfast_process import Gearfast, gearfast, run_gearfast

BY_THREADS = pytest.mark.parametrize("threads", ["0", "1", "4"])
KILLED = -signal.SIGKILL


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "queue.db"


def options(path: Path, *more: str) -> tuple[str, ...]:
    return ("-q", "libsqlite3", "--libsqlite3-db", str(path), "--verbose", "NOTICE", *more)


@contextmanager
def killed(path: Path, *more: str) -> Iterator[Gearfast]:
    """A server that is killed at the end of the block."""
    with gearfast(*options(path, *more), exit_code=KILLED) as server:
        yield server
        server.process.kill()


def query(path: Path, sql: str, *values: object) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as db, db:
        return db.execute(sql, values).fetchall()


def rows(path: Path) -> int:
    [(count,)] = query(path, "SELECT count(*) FROM gearman_queue")
    assert isinstance(count, int)
    return count


def grabbed(worker: Peer) -> Packet | None:
    """The next job, or None."""
    worker.send(req(GRAB_JOB_ALL))
    packet = worker.receive()
    return None if packet.kind == NO_JOB else packet


def work_off(server: Gearfast, *functions: bytes) -> list[list[bytes]]:
    """Everything a worker can get: the packets' arguments without the handle."""
    jobs = []
    with Peer(server.port) as worker:
        worker.send(*(req(CAN_DO, function) for function in functions))
        while (packet := grabbed(worker)) is not None:
            handle, *rest = packet.args
            jobs.append(rest)
            worker.send(req(WORK_COMPLETE, handle, b""))
        worker.settle()
    return jobs


def submitted(server: Gearfast, *packets: bytes) -> list[Packet]:
    """The answers to these packets, sent at once."""
    with Peer(server.port) as client:
        client.send(*packets)
        return [client.receive() for _ in packets]


def fill(server: Gearfast, name: bytes, data: bytes) -> set[bytes]:
    """Twenty jobs, one after the other; their uniques."""
    uniques = {b"%b %d" % (name, number) for number in range(20)}
    for unique in uniques:
        assert accepted(submitted(server, req(SUBMIT_JOB_BG, b"f", unique, data)))
    return uniques


def accepted(answers: list[Packet]) -> bool:
    return all(answer.kind == JOB_CREATED for answer in answers)


@BY_THREADS
def test_jobs_survive_a_kill(path: Path, threads: str) -> None:
    later = int(time.time()) + 1000
    with killed(path, "-t", threads) as server:
        assert accepted(
            submitted(
                server,
                req(SUBMIT_JOB_LOW_BG, b"f", b"low", b"1"),
                req(SUBMIT_JOB_BG, b"f", b"normal", b""),
                req(SUBMIT_JOB_HIGH_BG, b"f", b"", b"3"),
                req(SUBMIT_REDUCE_JOB_BACKGROUND, b"f", b"-", b"reducer", b"", b"4"),
                req(SUBMIT_JOB_EPOCH, b"f", b"epoch", b"%d" % later, b"5"),
            )
        )
    with gearfast(*options(path, "-t", threads)) as server:
        server.wait_for_log("5 jobs were in libsqlite3")
        assert work_off(server, b"f") == [
            [b"f", b"", b"3"],
            [b"f", b"normal", b""],
            [b"f", b"-", b"reducer", b"4"],
            [b"f", b"low", b"1"],
        ]
        until(lambda: rows(path) == 1)
    [(unique, when)] = query(path, "SELECT unique_key, when_to_run FROM gearman_queue")
    assert (unique, when) == ("epoch", later)


@BY_THREADS
def test_what_is_done_does_not_come_back(path: Path, threads: str) -> None:
    with gearfast(*options(path, "-t", threads)) as server:
        assert accepted(submitted(server, *[req(SUBMIT_JOB_BG, b"f", b"", b"%d" % n) for n in range(1000)]))
        assert len(work_off(server, b"f")) == 1000
    assert rows(path) == 0


@BY_THREADS
def test_a_flood_is_taken_at_the_pace_of_the_disk(path: Path, threads: str) -> None:
    """A client that submits more than may be on the way gets every answer, and nobody else waits for it."""
    count = 100_000
    flood = b"".join(req(SUBMIT_JOB_BG, b"f", b"", b"%d" % number) for number in range(count))
    with (
        gearfast(*options(path, "-t", threads, "--job-handle-prefix", "X")) as server,
        Peer(server.port) as client,
        Peer(server.port) as other,
    ):
        server.wait_for_log("jobs were in")
        sender = threading.Thread(target=client.send, args=(flood,))
        sender.start()
        for _ in range(10):
            _, state, records = other.ask(b"show store").split()
            assert state in (b"reading", b"keeping")
            assert int(records) < count // 2
        client.expect(*(res(JOB_CREATED, b"X:%d" % (number + 1)) for number in range(count)))
        sender.join()
        assert rows(path) == count


def test_a_running_job_comes_back(path: Path) -> None:
    with killed(path) as server, Peer(server.port) as worker:
        submitted(server, req(SUBMIT_JOB_BG, b"f", b"u", b"data"))
        worker.can_do(b"f")
        assert grabbed(worker) is not None
    with gearfast(*options(path)) as server:
        server.wait_for_log("1 jobs were in")
        assert work_off(server, b"f") == [[b"f", b"u", b"data"]]


def test_foreground_jobs_are_not_kept(path: Path) -> None:
    with gearfast(*options(path)) as server:
        assert accepted(submitted(server, req(SUBMIT_JOB, b"f", b"u", b"data")))
    assert rows(path) == 0


def test_uniques_coalesce_across_a_restart(path: Path) -> None:
    with killed(path) as server:
        assert accepted(
            submitted(server, req(SUBMIT_JOB_BG, b"f", b"u", b"1"), req(SUBMIT_JOB_BG, b"f", b"-", b"2"))
        )
    with gearfast(*options(path)) as server:
        answers = submitted(
            server, req(SUBMIT_JOB_BG, b"f", b"u", b"x"), req(SUBMIT_JOB_BG, b"f", b"-", b"2")
        )
        assert accepted(answers)
        assert [answer.body.rpartition(b":")[2] for answer in answers] == [b"1", b"2"]
        assert work_off(server, b"f") == [[b"f", b"u", b"1"], [b"f", b"-", b"2"]]


def test_the_kept_table_may_have_another_name(path: Path) -> None:
    with gearfast(*options(path, "--libsqlite3-table", "jobs")) as server:
        submitted(server, req(SUBMIT_JOB_BG, b"f", b"u", b"data"))
    assert query(path, "SELECT unique_key FROM jobs") == [("u",)]


class TestReading:
    def test_a_million_is_too_many_for_a_test(self, path: Path) -> None:
        """But not a tenth of it; status is answered all the while."""
        count = 100_000
        with gearfast(*options(path)):
            pass
        with closing(sqlite3.connect(path)) as db, db:
            jobs = ((f"u{number}", number % 3, b"x" * 64) for number in range(count))
            db.executemany("INSERT INTO gearman_queue VALUES (?, 'f', ?, ?, 0, NULL)", jobs)
        with gearfast(*options(path)) as server, Peer(server.port) as admin:
            seen: list[int] = []
            while not seen or seen[-1] < count:
                table = admin.ask_table(b"status")
                seen.append(int(table.split(b"\t")[1]) if b"\t" in table else 0)
            assert seen == sorted(seen)
            assert admin.ask_table(b"prioritystatus") == b"f\t33334\t33333\t33333\t0\n.\n"

    def test_submits_wait_until_it_is_done(self, path: Path) -> None:
        with gearfast(*options(path)) as server:
            submitted(server, req(SUBMIT_JOB_BG, b"f", b"u", b"old"))
        with gearfast(*options(path)) as server:
            [answer] = submitted(server, req(SUBMIT_JOB_BG, b"f", b"u", b"new"))
            assert answer.body.endswith(b":1")
            assert work_off(server, b"f") == [[b"f", b"u", b"old"]]

    @pytest.mark.parametrize(
        ("row", "reason"),
        [
            (("u", "f", 3, b"", 0, None), "its priority is 3, not 0, 1 or 2"),
            (("u", "f", "x", b"", 0, None), "its priority is b'x', not 0, 1 or 2"),
            (("u", "f", 1, 7, 0, None), "its data is a number"),
            (("u", "f", 1, b"", "soon", None), "its time is b'soon', not a number of seconds"),
            (("u" * 65, "f", 1, b"", 0, None), "its unique is longer than 64 bytes"),
            ((None, "f", 1, b"", 0, None), "its unique is no text"),
            (("u", None, 1, b"", 0, None), "its function is no text"),
            (("u", b"f", 1, b"", 0, None), "its function is no text"),
            (("u", "f\0", 1, b"", 0, None), "its function is no function name"),
            (("u", "f" * 8191, 1, b"", 0, None), "its function is no function name"),
            (("u", "f", 1, b"", 0, "r" * 65), "its reducer is no function name"),
        ],
    )
    def test_a_damaged_row_is_set_aside(self, path: Path, row: tuple[object, ...], reason: str) -> None:
        with gearfast(*options(path)):
            pass
        query(path, "INSERT INTO gearman_queue VALUES (?, ?, ?, ?, ?, ?)", *row)
        query(path, "INSERT INTO gearman_queue VALUES ('good', 'f', 1, NULL, NULL, NULL)")
        with gearfast(*options(path)) as server:
            server.wait_for_log(f"Row 1 of libsqlite3 is no job and was set aside: {reason}")
            server.wait_for_log("1 jobs were in libsqlite3")
            assert work_off(server, b"f") == [[b"f", b"good", b""]]
        assert query(path, "SELECT reason FROM gearman_queue_damaged") == [(reason,)]
        assert rows(path) == 0

    def test_rows_of_gearmand(self, path: Path) -> None:
        """A unique of 64 bytes as 63 and a NUL, empty data as NULL; others may have left out the priority."""
        with gearfast(*options(path)):
            pass
        query(path, "INSERT INTO gearman_queue VALUES (?, 'f', NULL, NULL, -5, NULL)", "u" * 63 + "\0")
        with gearfast(*options(path)) as server:
            server.wait_for_log("1 jobs were in libsqlite3")
            assert work_off(server, b"f") == [[b"f", b"u" * 63, b""]]
        assert rows(path) == 0

    @pytest.mark.parametrize("unique", ["", "-"])
    def test_rows_of_gearmand_without_a_unique(self, path: Path, unique: str) -> None:
        """They have no key of ours: done, they are deleted by what they have."""
        with gearfast(*options(path)):
            pass
        query(path, "INSERT INTO gearman_queue VALUES (?, 'f', 1, x'61', 0, NULL)", unique)
        with gearfast(*options(path)) as server:
            server.wait_for_log("1 jobs were in libsqlite3")
            assert work_off(server, b"f") == [[b"f", unique.encode(), b"a"]]
        assert rows(path) == 0


class TestFailures:
    """The database is broken by moving its table away, and mended by moving it back."""

    @staticmethod
    def move(path: Path, old: str, new: str) -> None:
        query(path, f"ALTER TABLE {old} RENAME TO {new}")

    @BY_THREADS
    def test_background_submits_are_refused_until_it_works_again(self, path: Path, threads: str) -> None:
        with gearfast(*options(path, "-t", threads)) as server:
            assert accepted(submitted(server, req(SUBMIT_JOB_BG, b"f", b"kept", b"")))
            self.move(path, "gearman_queue", "elsewhere")
            refused, foreground = submitted(
                server, req(SUBMIT_JOB_BG, b"f", b"u", b""), req(SUBMIT_JOB, b"g", b"", b"")
            )
            code, text = refused.args
            assert (refused.kind, code) == (ERROR, b"QUEUE_ERROR")
            assert text == b"The store libsqlite3 fails: no such table: gearman_queue"
            assert foreground.kind == JOB_CREATED
            self.move(path, "elsewhere", "gearman_queue")
            server.wait_for_log("The store libsqlite3 works again")
            assert accepted(submitted(server, req(SUBMIT_JOB_BG, b"f", b"u", b"")))
            assert work_off(server, b"f") == [[b"f", b"kept", b""], [b"f", b"u", b""]]
        assert rows(path) == 0

    def test_what_was_done_meanwhile_does_not_come_back(self, path: Path) -> None:
        with gearfast(*options(path)) as server:
            assert accepted(submitted(server, *[req(SUBMIT_JOB_BG, b"f", b"%d" % n, b"") for n in range(10)]))
            self.move(path, "gearman_queue", "elsewhere")
            assert len(work_off(server, b"f")) == 10
            server.wait_for_log("The store libsqlite3 fails")
            self.move(path, "elsewhere", "gearman_queue")
            server.wait_for_log("works again")
        assert rows(path) == 0

    def test_async_goes_on_meanwhile(self, path: Path) -> None:
        with gearfast(*options(path, "--durability", "async")) as server:
            self.move(path, "gearman_queue", "elsewhere")
            jobs = [req(SUBMIT_JOB_BG, b"f", b"%d" % number, b"") for number in range(100)]
            assert accepted(submitted(server, *jobs))
            server.wait_for_log("The store libsqlite3 fails")
            self.move(path, "elsewhere", "gearman_queue")
            server.wait_for_log("works again")
        assert rows(path) == 100

    def test_a_stop_tries_once_more_and_tells_what_is_lost(self, path: Path) -> None:
        with gearfast(*options(path, "--durability", "async")) as server:
            self.move(path, "gearman_queue", "elsewhere")
            submitted(server, req(SUBMIT_JOB_BG, b"f", b"u", b""))
            server.wait_for_log("The store libsqlite3 fails")
            server.end()
            assert any("was not there for what came last" in line for line in server.log)

    def test_a_full_disk(self, path: Path) -> None:
        """No file may grow any more; what was acknowledged before and after is there after a kill."""
        with killed(path) as server:
            acknowledged = fill(server, b"before", b"x" * 100)
            resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (1 << 16, resource.RLIM_INFINITY))
            refused, foreground = submitted(
                server, req(SUBMIT_JOB_BG, b"f", b"refused", b"x" * 100_000), req(SUBMIT_JOB, b"g", b"", b"")
            )
            assert refused.args[0] == b"QUEUE_ERROR"
            assert refused.args[1].startswith(b"The store libsqlite3 fails: ")
            assert foreground.kind == JOB_CREATED
            resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
            server.wait_for_log("The store libsqlite3 works again")
            acknowledged |= fill(server, b"after", b"x" * 100_000)
        with gearfast(*options(path)) as server:
            server.wait_for_log("jobs were in libsqlite3")
            assert {job[1] for job in work_off(server, b"f")} == acknowledged

    def test_a_locked_database(self, path: Path) -> None:
        with gearfast(*options(path)) as server:
            with closing(sqlite3.connect(path, isolation_level=None)) as other:
                other.execute("BEGIN IMMEDIATE")
                [refused] = submitted(server, req(SUBMIT_JOB_BG, b"f", b"u", b""))
                assert refused.args == [b"QUEUE_ERROR", b"The store libsqlite3 fails: database is locked"]
                other.execute("ROLLBACK")
            server.wait_for_log("The store libsqlite3 works again")
            assert accepted(submitted(server, req(SUBMIT_JOB_BG, b"f", b"u", b"")))
        assert rows(path) == 1

    def test_a_start_without_it(self, path: Path) -> None:
        result = run_gearfast(*options(path / "nowhere.db"), "-p", "0", "-L", "127.0.0.1")
        assert result.returncode == ExitCode.STORE
        assert "Cannot open the store libsqlite3:" in result.stderr


class TestOnShutdown:
    """--store-queue-on-shutdown: nothing is written before."""

    def test_jobs_are_written_when_the_server_stops(self, path: Path) -> None:
        """More than the lane to the store's thread can take at a time."""
        count = 20_000
        with (
            gearfast(*options(path, "--store-queue-on-shutdown", "--job-handle-prefix", "X")) as server,
            Peer(server.port) as client,
            Peer(server.port) as worker,
        ):
            client.submit(SUBMIT_JOB, b"f", b"", b"foreground")
            client.send(*(req(SUBMIT_JOB_BG, b"f", b"", b"%d" % number) for number in range(count)))
            client.expect(*(res(JOB_CREATED, b"X:%d" % (number + 2)) for number in range(count)))
            worker.can_do(b"f")
            assert grabbed(worker) is not None
            assert rows(path) == 0
        assert rows(path) == count
        with gearfast(*options(path, "--store-queue-on-shutdown")) as server:
            server.wait_for_log(f"{count} jobs were in libsqlite3")
            until(lambda: rows(path) == 0)
            assert [int(job[2]) for job in work_off(server, b"f")] == list(range(count))
        assert rows(path) == 0

    def test_a_kill_loses_them(self, path: Path) -> None:
        with killed(path, "--store-queue-on-shutdown") as server:
            assert accepted(submitted(server, req(SUBMIT_JOB_BG, b"f", b"", b"")))
        assert rows(path) == 0


def test_in_the_background(path: Path, start_daemon: StartDaemon) -> None:
    daemon = start_daemon(*options(path))
    with Peer(daemon.port) as client:
        client.submit(SUBMIT_JOB_BG, b"f", b"u", b"")
    daemon.stop()
    assert rows(path) == 1
    result = run_gearfast("-d", *options(path / "nowhere.db"), "-p", "0", "-L", "127.0.0.1", "-l", "none")
    assert result.returncode == ExitCode.STORE


def test_without_durability_the_store_is_not_touched(path: Path) -> None:
    with gearfast(*options(path, "--durability", "none")) as server:
        assert accepted(submitted(server, req(SUBMIT_JOB_BG, b"f", b"", b"")))
    assert not path.exists()


@pytest.mark.parametrize("round_", range(6))
def test_nothing_acknowledged_is_lost(path: Path, round_: int) -> None:
    """A kill at some moment, within a batch: what was acknowledged and not worked is there again."""
    chance = random.Random(round_)
    acknowledged: set[bytes] = set()
    worked: set[bytes] = set()
    with (
        killed(path, "-t", ["0", "1", "4"][round_ % 3]) as server,
        Peer(server.port) as client,
        Peer(server.port) as worker,
    ):
        worker.can_do(b"f")
        for turn in range(chance.randrange(20, 60)):
            acknowledged |= submit_some(client, turn, chance)
            worked |= work_some(worker, chance.randrange(5))
        client.send(*(req(SUBMIT_JOB_BG, b"f", b"", b"unheard") for _ in range(chance.randrange(1000))))
    with gearfast(*options(path)) as server:
        server.wait_for_log("jobs were in libsqlite3")
        come_back = {job[2] for job in work_off(server, b"f")}
    assert acknowledged - worked <= come_back


def submit_some(client: Peer, turn: int, chance: random.Random) -> set[bytes]:
    """Submits several jobs and hears of all."""
    jobs = [b"%d.%d" % (turn, number) for number in range(chance.randrange(1, 200))]
    client.send(*(req(SUBMIT_JOB_BG, b"f", b"", data) for data in jobs))
    for _ in jobs:
        client.receive_kind(JOB_CREATED)
    return set(jobs)


def work_some(worker: Peer, count: int) -> set[bytes]:
    """The data of up to `count` jobs that it got and completed."""
    packets = [packet for _ in range(count) if (packet := grabbed(worker)) is not None]
    worker.send(*(req(WORK_COMPLETE, packet.args[0], b"") for packet in packets))
    return {packet.args[3] for packet in packets}
