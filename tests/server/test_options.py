"""Every option, by each of its names and from each source, lands in Config."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import click
import pytest

from gearfast.cli.server import command
from gearfast.server import config_file
from gearfast.server.config import COMPAT_1_1, GIB, MIB, Config
from gearfast.server.durability import Durability
from gearfast.server.levels import Level
from gearfast.server.options import OPTIONS, UNAVAILABLE_FLAGS, UNAVAILABLE_VALUES, config_of
from gearfast.server.threads import AUTO


class Case(NamedTuple):
    """An option by its names, a value as typed (None for a flag) and what Config holds then."""

    names: str
    value: str | None
    expected: object
    beside: tuple[str, ...] = ()  # words that it needs

    @property
    def field(self) -> str:
        return self.names.split()[-1][2:].replace("-", "_")

    @property
    def variable(self) -> str:
        return f"GEARFAST_{self.field.upper()}"

    def words(self, name: str) -> list[str]:
        return [name] if self.value is None else [name, self.value]


DATABASE = ("--libsqlite3-db", "x.db")
JOBS_DB = ("--mysql-db", "jobs")
STORE = ("-q", "libsqlite3", *DATABASE)

CASES = [
    Case("-b --backlog", "77", 77),
    Case("-d --daemon", None, True),
    Case("--exceptions", None, True),
    Case("-f --file-descriptors", "1000", 1000),
    Case("-j --job-retries", "3", 3),
    Case("-j --job-retries", "-1", -1),
    Case("--job-handle-prefix", "X", "X"),
    Case("--hashtable-buckets", "1733003", 1733003),
    Case("--keepalive", None, True),
    Case("--keepalive-idle", "5", 5),
    Case("--keepalive-interval", "-1", -1),
    Case("--keepalive-count", "9", 9),
    Case("-l --log-file", "/tmp/x.log", "/tmp/x.log"),
    Case("-L --listen", "localhost", ("localhost",)),
    Case("-P --pid-file", "/tmp/x.pid", "/tmp/x.pid"),
    Case("-p --port", "4731", 4731),
    Case("-p --port", "0", 0),
    Case("-p --port", "http", 80),
    *(
        Case("-q --queue-type", name, "libsqlite3", DATABASE)
        for name in ("libsqlite3", "LibSQLite3", "sqlite3")
    ),
    *(Case("-q --queue-type", name, "postgres") for name in ("postgres", "Postgres", "postgresql", "libpq")),
    *(Case("-q --queue-type", name, "mysql", JOBS_DB) for name in ("MySQL", "libmysql", "mariadb")),
    *(Case("-q --queue-type", name, "libdrizzle") for name in ("libdrizzle", "drizzle")),
    Case("--libpq-conninfo", "dbname=jobs", "dbname=jobs", ("-q", "postgres")),
    Case("--libpq-table", "kept.jobs", "kept.jobs", ("-q", "postgres")),
    *(
        Case(f"--mysql-{name}", value, value, ("-q", "mysql", *JOBS_DB))
        for name, value in (("host", "db"), ("user", "u"), ("password", "p"), ("table", "jobs"))
    ),
    Case("--mysql-port", "3307", 3307, ("-q", "mysql", *JOBS_DB)),
    Case("--mysql-db", "kept", "kept", ("-q", "mysql")),
    *(
        Case(f"--libdrizzle-{name}", value, value, ("-q", "libdrizzle"))
        for name, value in (
            *(("host", "db"), ("user", "u"), ("password", "p"), ("table", "jobs")),
            *(("db", "kept"), ("uds", "/tmp/x.sock")),
        )
    ),
    Case("--libdrizzle-port", "3307", 3307, ("-q", "libdrizzle")),
    Case("--libdrizzle-mysql", None, True, ("-q", "libdrizzle")),
    Case("--libsqlite3-db", "/tmp/x.db", "/tmp/x.db", ("-q", "libsqlite3")),
    Case("--libsqlite3-table", "jobs", "jobs"),
    *(
        Case("-q --queue-type", name, "libmemcached", ("--libmemcached-servers", "x"))
        for name in ("libmemcached", "memcached")
    ),
    Case("--libmemcached-servers", "a:1,b", "a:1,b", ("-q", "libmemcached")),
    Case("--libmemcached-prefix", "jobs", "jobs"),
    *(
        Case("-q --queue-type", name, "libtokyocabinet", ("--libtokyocabinet-file", "x.tch"))
        for name in ("libtokyocabinet", "tokyocabinet")
    ),
    Case("--libtokyocabinet-file", "x.tch", "x.tch", ("-q", "libtokyocabinet")),
    Case("--libtokyocabinet-optimize", None, True),
    *(Case("-q --queue-type", name, "redis") for name in ("redis", "Redis", "valkey")),
    Case("--redis-server", "cache", "cache"),
    Case("--redis-port", "6380", 6380),
    Case("--redis-password", "secret", "secret"),
    Case("--redis-prefix", "jobs", "jobs"),
    Case("--store-queue-on-shutdown", None, True, STORE),
    *(Case("--durability", level.name, level, STORE) for level in Durability),
    Case("--durability", "async", Durability.ASYNC, STORE),
    Case("--store-timeout", "30", 30),
    Case("-R --round-robin", None, True),
    Case("-t --threads", "8", 8),
    Case("-t --threads", "0", 0),
    Case("-t --threads", "auto", AUTO),
    Case("-u --user", "nobody", "nobody"),
    *(Case("--verbose", level.name, level) for level in Level),
    Case("--verbose", "debug", Level.DEBUG),
    Case("-w --worker-wakeup", "0", 0),
    Case("-w --worker-wakeup", "7", 7),
    Case("-w --worker-wakeup", "auto", AUTO),
    Case("--syslog", None, True),
    Case("--coredump", None, True),
    Case("--compat", "1.1", COMPAT_1_1),
    Case("--max-packet", "64M", 64 * MIB),
    Case("--max-packet", "4294967295", 4 * GIB - 1),
    Case("--max-connections", "10000", 10000),
    Case("--max-output", "2G", 2 * GIB),
    Case("--memory-limit", "100k", 100 * 1024),
    Case("--memory-limit", "1GiB", GIB),
    Case("--max-functions", "1000", 1000),
    Case("--max-uniques", "1000000", 1_000_000),
    Case("--packet-timeout", "60", 60),
    Case("--job-lease", "3600", 3600),
    Case("--allow-shutdown", None, True),
    Case("--record", "/tmp/jobs", "/tmp/jobs"),
    Case("--record-dir", "/tmp", "/tmp"),
    Case("--record-files", "3", 3, ("--record-dir", "/tmp")),
    Case("--record-payloads", None, True, ("--record-dir", "/tmp")),
    Case("--record-size", "64M", 64 * MIB, ("--record-dir", "/tmp")),
]

NOT_IN_CONFIG = {"help", "version", "check_args", "config_file", "protocol"}

by_case = pytest.mark.parametrize(
    "case", CASES, ids=lambda case: f"{case.names.split()[-1]} {case.value or ''}".strip()
)


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GEARMAND_PORT", raising=False)
    monkeypatch.setattr(config_file, "DEFAULT_PATHS", ())


def parse(*words: str) -> Config:
    with command.make_context("gearfast", list(words), auto_envvar_prefix="GEARFAST") as ctx:
        return config_of(ctx)


def written(folder: Path, text: str) -> str:
    path = folder / "gearfast.conf"
    path.write_text(text)
    return str(path)


def test_every_option_has_a_case() -> None:
    unavailable = {name.replace("-", "_") for name in (*UNAVAILABLE_FLAGS, *UNAVAILABLE_VALUES)}
    assert {option.key for option in OPTIONS} - unavailable - NOT_IN_CONFIG == {case.field for case in CASES}
    assert {case.field for case in CASES} == {field.name for field in dataclasses.fields(Config)}


def test_defaults_are_those_of_config() -> None:
    assert parse() == Config()


@by_case
def test_by_every_name(case: Case) -> None:
    for name in case.names.split():
        assert getattr(parse(*case.beside, *case.words(name)), case.field) == case.expected


@by_case
def test_with_equals_sign_or_glued(case: Case) -> None:
    if case.value is None:
        return
    short = case.names.split()[0]
    words = [f"--{case.field.replace('_', '-')}={case.value}"]
    if not short.startswith("--"):
        words.append(short + case.value)
    for word in words:
        assert getattr(parse(*case.beside, word), case.field) == case.expected


@by_case
def test_from_file(case: Case, tmp_path: Path) -> None:
    for name in case.names.split():
        path = written(tmp_path, "\n".join([*case.beside, *case.words(name)]))
        assert getattr(parse("--config-file", path), case.field) == case.expected


@by_case
def test_from_environment(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(case.variable, case.value or "1")
    assert getattr(parse(*case.beside), case.field) == case.expected


def test_flags_of_the_environment_can_be_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEARFAST_DAEMON", "0")
    monkeypatch.setenv("GEARFAST_KEEPALIVE", "false")
    config = parse()
    assert (config.daemon, config.keepalive) == (False, False)


def test_several_addresses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    several = ("127.0.0.1", "[::1]", "unix:/tmp/x.sock")
    assert parse("-L", several[0], "--listen", several[1], f"-L{several[2]}").listen == several
    assert (
        parse("--config-file", written(tmp_path, " ".join(f"-L {host}" for host in several))).listen
        == several
    )
    monkeypatch.setenv("GEARFAST_LISTEN", " ".join(several))
    assert parse().listen == several


def test_no_keepalive() -> None:
    assert parse().keepalive_times == (120, 30, 4)
    assert parse("--no-keepalive").keepalive_times is None


@pytest.mark.parametrize("value", ["builtin", "BuiltIn"])
def test_builtin_queue(value: str, tmp_path: Path) -> None:
    assert parse("-q", value) == parse("--queue-type", value) == Config()
    assert parse("--config-file", written(tmp_path, f"-q {value}")) == Config()


class TestPrecedence:
    """Command line, environment, file, default: the first that says something wins."""

    def test_order(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        path = written(tmp_path, "--threads 3 --backlog 3 --job-retries 3")
        monkeypatch.setenv("GEARFAST_THREADS", "2")
        monkeypatch.setenv("GEARFAST_BACKLOG", "2")
        config = parse("--config-file", path, "--threads", "1")
        assert (config.threads, config.backlog, config.job_retries) == (1, 2, 3)

    def test_addresses_are_not_added_up(self, tmp_path: Path) -> None:
        path = written(tmp_path, "-L localhost -L [::1]")
        assert parse("--config-file", path, "-L", "127.0.0.1").listen == ("127.0.0.1",)

    def test_config_file_named_by_the_environment(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("GEARFAST_CONFIG_FILE", written(tmp_path, "--threads 5"))
        assert parse().threads == 5

    def test_empty_variable_is_none(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("GEARFAST_THREADS", "")
        assert parse().threads == AUTO


class TestGearmandPort:
    """K23: GEARMAND_PORT is a default only."""

    @pytest.fixture(autouse=True)
    def variable(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("GEARMAND_PORT", "4800")

    def test_applies_where_no_port_is_given(self) -> None:
        assert parse().port == 4800

    def test_given_port_wins(self) -> None:
        assert parse("-p", "4730").port == 4730

    def test_port_in_the_file_wins(self, tmp_path: Path) -> None:
        assert parse("--config-file", written(tmp_path, "-p 4730")).port == 4730

    def test_own_variable_wins(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("GEARFAST_PORT", "4801")
        assert parse().port == 4801

    def test_empty_is_none(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("GEARMAND_PORT", "")
        assert parse().port == 4730


UNAVAILABLE = [[f"--{name}"] for name in UNAVAILABLE_FLAGS] + [
    [f"--{name}", "x"] for name in UNAVAILABLE_VALUES
]
UNAVAILABLE_CHOICES = [
    ["-r", "http"],
    ["--protocol", "http"],
    ["-q", "oracle"],
    ["-q", ""],
    ["--queue-type", "x"],
]


class TestUnavailable:
    """An option whose part is not built is refused, never ignored."""

    @staticmethod
    def refused(words: Sequence[str]) -> None:
        with pytest.raises(click.BadParameter, match="not available in this version"):
            parse(*words)

    @pytest.mark.parametrize("words", UNAVAILABLE + UNAVAILABLE_CHOICES, ids=" ".join)
    def test_on_the_command_line(self, words: list[str]) -> None:
        self.refused(words)

    @pytest.mark.parametrize("words", UNAVAILABLE, ids=" ".join)
    def test_in_the_file(self, words: list[str], tmp_path: Path) -> None:
        self.refused(["--config-file", written(tmp_path, " ".join(words))])

    @pytest.mark.parametrize("words", UNAVAILABLE, ids=" ".join)
    def test_in_the_environment(self, words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("GEARFAST_" + words[0][2:].replace("-", "_").upper(), "1")
        self.refused([])
