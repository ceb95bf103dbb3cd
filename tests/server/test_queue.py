"""`gearfast queue` as users run it."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from pathlib import Path

import pytest

from gearfast.cli.main import main
from gearfast.server.errors import ExitCode
from gearfast.stores.base import Batch
from gearfast.stores.sqlite import SqliteStore
from tests.protocol.wire import SUBMIT_JOB_BG, SUBMIT_JOB_HIGH_BG, req
from tests.server.test_store import accepted, submitted, work_off
from tests.stores.conftest import kind as kind
from tests.stores.kinds import Kind
from tests.support.gearfast_process import clean_environment, gearfast, run_gearfast

NO_FILE = ("--config-file", "/dev/null")
WARNED = {"libmemcached": "memcached is a cache"}


def sqlite(path: Path) -> tuple[str, ...]:
    return ("-q", "libsqlite3", "--libsqlite3-db", str(path))


def filled(path: Path, count: int = 3) -> tuple[str, ...]:
    """The options of a new database with so many jobs."""
    store = SqliteStore(str(path))
    store.open()
    store.commit(Batch([(b"u%d" % number, b"f", 1, b"x", 0, None) for number in range(count)], []))
    store.close()
    return sqlite(path)


def queue(verb: str, *options: str, lines: str = "", **more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "-m", "gearfast", "queue", verb, *options, *NO_FILE]
    return subprocess.run(
        command,
        input=lines,
        capture_output=True,
        text=True,
        env=clean_environment(more),
        timeout=60,
        check=False,
    )


def test_the_jobs_of_a_server_and_back(kind: Kind, tmp_path: Path) -> None:
    """What one server left is worked off by another, over a file and another kind of store."""
    options = (*kind.options, "--verbose", "NOTICE")
    with gearfast(*options) as server:
        jobs = [req(SUBMIT_JOB_BG, b"f", b"u", b"1"), req(SUBMIT_JOB_HIGH_BG, b"g", b"", b"\xff")]
        assert accepted(submitted(server, *jobs))
    there = sqlite(tmp_path / "there.db")
    moved = queue("move", *kind.options, "--to", *there)
    assert (moved.returncode, moved.stdout) == (ExitCode.OK, "")
    assert moved.stderr.endswith(f"gearfast: 2 jobs were moved from {kind.options[1]} to libsqlite3.\n")
    lines = queue("export", *there).stdout
    assert [json.loads(line)["function"] for line in lines.splitlines()] == ["f", "g"]
    back = queue("import", *kind.options, lines=lines)
    assert back.stderr.endswith(f"gearfast: 2 jobs were imported into {kind.options[1]}.\n")
    assert WARNED.get(kind.options[1], "") in back.stderr
    with gearfast(*options) as server:
        server.wait_for_log(f"2 jobs were in {kind.options[1]}")
        assert work_off(server, b"f", b"g") == [[b"g", b"", b"\xff"], [b"f", b"u", b"1"]]


def test_listings(tmp_path: Path) -> None:
    options = filled(tmp_path / "queue.db", 2)
    table = "function\tkey\tpriority\tbytes\twhen\nf\tu0\tnormal\t1\t0\nf\tu1\tnormal\t1\t0\n"
    listed = queue("list", *options)
    assert (listed.returncode, listed.stdout, listed.stderr) == (ExitCode.OK, table, "")
    counted = queue("count", *options)
    assert counted.stdout.splitlines()[1:] == ["f\t0\t2\t0\t2", "2 jobs of 1 functions, 2 bytes"]


def test_a_store_complains_once_though_commands_came_before(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = filled(tmp_path / "queue.db", 2)
    for _ in range(2):
        assert main(["queue", "count", *options, *NO_FILE]) == ExitCode.OK
    logging.getLogger("gearfast.stores").error("it may lose jobs")
    assert capsys.readouterr().err.count("it may lose jobs") == 1


def test_bad_lines_are_told_by_number(tmp_path: Path) -> None:
    good = '{"function": "f", "key": "u"}'
    result = queue("import", *sqlite(tmp_path / "queue.db"), lines=f"{good}\n\nbad\n[]\n{good[:-1]}")
    assert result.returncode == ExitCode.FAILURE
    first, second, third, last = result.stderr.splitlines()
    assert first.startswith("gearfast: Line 3 is not imported: it is no JSON: ")
    assert second == "gearfast: Line 4 is not imported: it is no object."
    assert third.startswith("gearfast: Line 5 is not imported: it is no JSON: ")
    assert last == "gearfast: 1 jobs were imported into libsqlite3, 3 were not."


def test_the_stores_options_come_from_where_the_servers_do(tmp_path: Path) -> None:
    """What is said of another kind of store, for the other side of a move, does not matter."""
    filled(tmp_path / "queue.db")
    file = tmp_path / "gearfast.conf"
    file.write_text(f"-q libsqlite3\n--libsqlite3-db {tmp_path / 'queue.db'}\n-t 4\n")
    command = ("queue", "move", "--config-file", str(file), "--to", "-q", "tokyocabinet")
    place = str(tmp_path / "queue.tch")
    result = run_gearfast(
        *command, *NO_FILE, env={"GEARFAST_LIBTOKYOCABINET_FILE": place, "GEARFAST_DURABILITY": "none"}
    )
    assert result.stderr == "gearfast: 3 jobs were moved from libsqlite3 to libtokyocabinet.\n"
    assert result.returncode == ExitCode.OK


@pytest.mark.parametrize(
    ("words", "code", "complaint"),
    [
        ("list", ExitCode.USAGE, "No store is named"),
        ("list -q builtin", ExitCode.USAGE, "No store is named"),
        ("list -q libsqlite3", ExitCode.USAGE, "it needs --libsqlite3-db"),
        ("list -q libsqlite3 --libsqlite3-db x --libpq-table y", ExitCode.USAGE, "it goes with --queue-type"),
        ("export -q libsqlite3 --libsqlite3-db missing.db", ExitCode.STORE, "There is no missing.db."),
        ("count -q tokyocabinet --libtokyocabinet-file no.tch#bnum=5", ExitCode.STORE, "There is no no.tch."),
        (
            "import -q libsqlite3 --libsqlite3-db /no/q.db",
            ExitCode.STORE,
            "Cannot open the store libsqlite3:",
        ),
        ("count -q redis --redis-port 1", ExitCode.STORE, "Cannot open the store redis:"),
        ("move -q libsqlite3 --libsqlite3-db q.db", ExitCode.USAGE, "behind --to"),
        ("move -q libsqlite3 --libsqlite3-db q.db --to", ExitCode.USAGE, "No store is named"),
        (
            "move -q memcached --libmemcached-servers a --to -q memcached --libmemcached-servers b",
            ExitCode.USAGE,
            "export the jobs and import them instead",
        ),
        ("list jobs", ExitCode.USAGE, "unexpected extra argument (jobs)"),
        ("empty", ExitCode.USAGE, "No such command 'empty'"),
    ],
)
def test_what_cannot_be_done(words: str, code: ExitCode, complaint: str, tmp_path: Path) -> None:
    result = run_gearfast("queue", *words.split(), cwd=tmp_path, env={"GEARFAST_CONFIG_FILE": "/dev/null"})
    assert result.returncode == code
    assert complaint in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_store_that_a_server_uses_is_let_alone(tmp_path: Path) -> None:
    options = sqlite(tmp_path / "queue.db")
    with gearfast(*options):
        used = queue("list", *options)
    assert used.returncode == ExitCode.STORE
    assert "is in use by another gearfast" in used.stderr


def test_a_store_is_not_moved_into_itself(tmp_path: Path) -> None:
    options = filled(tmp_path / "queue.db")
    result = queue("move", *options, "--to", *options)
    assert result.returncode == ExitCode.STORE
    assert "is in use by another gearfast" in result.stderr
    assert queue("count", *options).stdout.endswith("3 jobs of 1 functions, 3 bytes\n")


def test_a_full_disk(tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        result = subprocess.run(
            [sys.executable, "-m", "gearfast", "queue", "export", *filled(tmp_path / "queue.db"), *NO_FILE],
            env=clean_environment({}),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert result.returncode == ExitCode.OS_ERROR
    assert result.stderr == "gearfast: Cannot write the jobs: No space left on device.\n"
