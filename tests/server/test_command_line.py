"""What the command does besides serving: help, checks, subcommands, and one clear line for each mistake."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import click
import pytest

from gearfast import __version__
from gearfast.cli import main as entry
from gearfast.cli.main import main
from gearfast.server import config_file
from gearfast.server.errors import ExitCode
from tests.support.gearfast_process import run_gearfast

USAGE, CONFIG = ExitCode.USAGE, ExitCode.CONFIG


@pytest.fixture(autouse=True)
def only_given_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GEARMAND_PORT", raising=False)
    monkeypatch.setattr(config_file, "DEFAULT_PATHS", ())


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([option]) == ExitCode.OK
    out = capsys.readouterr().out
    for name in ("-t, --threads N", "--max-packet SIZE", "GEARMAND_PORT", "[default: auto]", "GEARFAST_"):
        assert name in out


@pytest.mark.parametrize("option", ["-V", "--version"])
def test_version(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([option]) == ExitCode.OK
    assert capsys.readouterr().out == f"gearfast {__version__}\n"


def test_check_args_says_nothing_when_all_is_well(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "x.conf"
    path.write_text("--threads 4 # four\n-R")
    assert main(["--check-args", "-p", "4731", "--config-file", str(path)]) == ExitCode.OK
    assert capsys.readouterr() == ("", "")


WRONG_WORDS = [
    ("--bogus", "No such option '--bogus'"),
    ("-x", "No such option '-x'"),
    ("--threa 4", "No such option '--threa'"),
    ("extra", "unexpected extra argument (extra)"),
    ("--threads", "Option '--threads' requires an argument."),
    ("--daemon=yes", "Option '--daemon' does not take a value."),
    ("-p 1 --port 2", "Option '--port' is given twice."),
    ("-d -d", "Option '--daemon' is given twice."),
    ("--keepalive --no-keepalive", "Option '--keepalive' is given twice."),
    ("--backlog x", "'--backlog': 'x' is not a valid integer."),
    ("--backlog 0", "'--backlog': 0 is not between 1 and 2147483647."),
    ("-t abc", "'--threads': 'abc' is neither a number nor 'auto'."),
    ("-t -1", "'--threads': '-1' is neither a number nor 'auto'."),
    ("-t 257", "'--threads': 257 is not between"),
    ("-w many", "'--worker-wakeup': 'many' is neither a number nor 'auto'."),
    ("-p 65536", "'--port': 65536 is not between 0 and 65535."),
    ("-p nosuchservice", "'--port': 'nosuchservice' is neither a port number nor a service"),
    ("--verbose LOUD", "'--verbose': 'LOUD' is none of FATAL, ALERT, CRITICAL,"),
    ("--compat 3", "'--compat': '3' is neither 1.1 nor 2.0."),
    ("--max-packet 1X", "'--max-packet': '1X' is not a size such as 65536, 64K, 64M or 1G."),
    ("--max-packet 4G", "'--max-packet': 4294967296 is not between 1 and 4294967295."),
    ("--max-output 1M", "'--max-output': 1048576 is less than --max-packet, 268435456:"),
    ("--hashtable-buckets 0", "'--hashtable-buckets': 0 is not between 1 and"),
    ("-j 256", "'--job-retries': 256 is not between -1 and 255."),
    ("--keepalive-idle 0", "'--keepalive-idle': 0 is no value;"),
    (f"--job-handle-prefix {'x' * 53}", "'--job-handle-prefix': longer than 52 bytes"),
    ("--listen=", "'--listen': the address is empty;"),
    ("--ssl", "'--ssl': this part is not available in this version;"),
    ("-q oracle", "'--queue-type': 'oracle' is not available in this version; builtin, libsqlite3,"),
    ("-q libsqlite3", "'--queue-type': it needs --libsqlite3-db, the file to keep the jobs in."),
    ("--libsqlite3-db x", "'--libsqlite3-db': it goes with --queue-type libsqlite3."),
    ("--libpq-conninfo x", "'--libpq-conninfo': it goes with --queue-type postgres."),
    ("-q postgres --mysql-db x", "'--mysql-db': it goes with --queue-type mysql."),
    ("-q mysql", "'--queue-type': it needs --mysql-db, the database that has the table."),
    ("-q mysql --mysql-db x --mysql-port 0", "'--mysql-port': 0 is not between 1 and 65535."),
    ("-q postgres --libpq-table=a;b", "'--libpq-table': 'a;b' is no table: at most 54 letters, digits"),
    ("-q libdrizzle --libdrizzle-table=a.b", "'--libdrizzle-table': 'a.b' is no table: at most 55"),
    ("--libtokyocabinet-file x", "'--libtokyocabinet-file': it goes with --queue-type libtokyocabinet."),
    ("--durability sync", "'--durability': it needs a store: see --queue-type."),
    ("--durability often", "'--durability': 'often' is none of none, async and sync."),
    ("--store-queue-on-shutdown", "'--store-queue-on-shutdown': it needs a store: see --queue-type."),
    (
        "-q sqlite3 --libsqlite3-db x --durability sync --store-queue-on-shutdown",
        "'--store-queue-on-shutdown': it writes jobs when the server stops, so --durability has no",
    ),
    ("-q memcached", "'--queue-type': it needs --libmemcached-servers, where memcached runs."),
    ("-q tokyocabinet", "'--queue-type': it needs --libtokyocabinet-file, the database."),
    (
        "-q tokyocabinet --libtokyocabinet-file x.tch --max-packet 2G --max-output 3G",
        "'--max-packet': libtokyocabinet keeps no job that is larger than 1073741824",
    ),
    (
        "-q libsqlite3 --libsqlite3-db x.db --max-packet 951M",
        "'--max-packet': libsqlite3 keeps no job that is larger than 996147200",
    ),
    ("-q redis --max-packet 1G", "'--max-packet': redis keeps no job that is larger than 536870912 bytes."),
    ("--redis-port 0", "'--redis-port': 0 is not between 1 and 65535."),
    ("--http-port=1", "'--http-port': this part is not available in this version;"),
    ("-r http", "'--protocol': this part is not available in this version;"),
]


@pytest.mark.parametrize(("words", "message"), WRONG_WORDS)
def test_wrong_words(words: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check-args", *words.split()]) == USAGE
    assert_one_line(capsys, message)


WRONG_IN_FILE = [
    ("--bogus", "No such option '--bogus'"),
    ("-t 1\n-t 2", "Option '--threads' is given twice."),
    ("--backlog x", "'--backlog' in {path}: 'x' is not a valid integer."),
    ("-p 65536", "'--port' in {path}: 65536 is not between"),
    ("--ssl", "'--ssl' in {path}: this part is not available"),
    ("--ver INFO", "No such option '--ver'"),
    ("--check-args", "--check-args is for the command line only."),
    ("--config-file /dev/null", "--config-file is for the command line only."),
    ("--help", "--help is for the command line only."),
]


@pytest.mark.parametrize(("text", "message"), WRONG_IN_FILE)
def test_wrong_file(text: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "wrong.conf"
    path.write_text(text)
    assert main(["--check-args", "--config-file", str(path)]) == CONFIG
    line = assert_one_line(capsys, message.format(path=path))
    assert str(path) in line


@pytest.mark.parametrize("missing", ["nosuch.conf", "."])
def test_unreadable_file(missing: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / missing
    assert main(["--check-args", "--config-file", str(path)]) == CONFIG
    assert_one_line(capsys, f"Cannot read the configuration file {path}: ")


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("GEARFAST_PORT", "x", "GEARFAST_PORT in the environment: 'x' is neither"),
        ("GEARFAST_MAX_PACKET", "4G", "GEARFAST_MAX_PACKET in the environment: 4294967296 is not between"),
        ("GEARMAND_PORT", "x", "GEARMAND_PORT in the environment: 'x' is neither"),
        (
            "GEARFAST_DAEMON",
            "perhaps",
            "GEARFAST_DAEMON in the environment: 'perhaps' is not a valid boolean",
        ),
    ],
)
def test_wrong_environment(
    variable: str,
    value: str,
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv(variable, value)
    assert main(["--check-args"]) == USAGE
    assert_one_line(capsys, message)


def assert_one_line(capsys: pytest.CaptureFixture[str], message: str) -> str:
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("gearfast: ")
    assert err.count("\n") == 1
    assert plain(message) in plain(err)
    return str(err)


def plain(text: str) -> str:
    """Without the signs that differ between versions of click."""
    return text.replace("'", "").replace("option: ", "option ")


def test_as_a_process() -> None:
    wrong = run_gearfast("--nosuch")
    assert (wrong.returncode, wrong.stdout) == (USAGE, "")
    assert plain(wrong.stderr).startswith("gearfast: No such option --nosuch")
    assert run_gearfast("--check-args").returncode == ExitCode.OK


def test_subcommand_is_imported_when_called(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    @click.command()
    @click.option("--size", type=int)
    def shown(size: int) -> int:
        click.echo(f"{click.get_current_context().command_path} {size}")
        return 3

    module = ModuleType("gearfast_cli_shown")
    vars(module)["command"] = shown
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setitem(entry.SUBCOMMANDS, "shown", module.__name__)
    monkeypatch.setenv("GEARFAST_SHOWN_SIZE", "5")
    assert main(["shown", "--size", "4"]) == 3
    assert main(["shown"]) == 3
    assert capsys.readouterr().out == "gearfast shown 4\ngearfast shown 5\n"
