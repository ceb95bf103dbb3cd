"""What `gearfast admin` has beyond `gearadmin`, and answers that are hard to read."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from gearfast.admin.connection import AdminConnection
from gearfast.admin.operations import PRIORITY_STATUS, SHOW_JOBS, STATUS
from gearfast.admin.records import FunctionQueue, FunctionStatus, JobEntry, PeerEntry, parse_workers
from gearfast.client.client import Client
from gearfast.errors import ProtocolError
from gearfast.links.addresses import Address
from tests.clients.admin import Admin
from tests.clients.harness import Finished, JobServer, Programs
from tests.clients.servers import MAIN_SERVERS, open_server
from tests.clients.tools import GEARFAST, Terminal, is_complaint
from tests.support.gearfast_process import gearfast

ADMIN = (*GEARFAST, "admin")


@pytest.fixture(params=MAIN_SERVERS)
def server_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def address_of(server: JobServer) -> list[str]:
    return ["-h", server.host, "-p", str(server.port)]


@contextmanager
def answering(reply: bytes, behind: bytes = b"") -> Iterator[Address]:
    """A server that says this to a listing's command and the word behind it, and no more."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                _command, word = connection.recv(100).split()
                connection.sendall(reply + behind.replace(b"WORD", word))

        thread = threading.Thread(target=answer)
        thread.start()
        yield Address(*listener.getsockname())
        thread.join()


def test_names_with_tabs_and_line_ends(server: JobServer) -> None:
    """A line ends with its numbers, whatever is in the name."""
    names = ["tab\tand 1\t2", "line\nend\t3", ".", "ERR no", "\udcff"]
    with Client((server.host, server.port)) as client:
        for name in names:
            client.submit(name, background=True, unique=f"of {name[:20]}")
    shown = ["tab\tand 1\t2", "line\nend\t3", ".", "ERR no", "\\xff"]
    with AdminConnection(Address(server.host, server.port)) as connection:
        status = STATUS.parse(STATUS.ask(connection))
        assert sorted(status, key=str) == sorted((FunctionStatus(name, 1, 0, 0) for name in shown), key=str)
        queues = PRIORITY_STATUS.parse(PRIORITY_STATUS.ask(connection))
        assert FunctionQueue("line\nend\t3", 0, 1, 0, 0) in queues
        jobs = SHOW_JOBS.parse(SHOW_JOBS.ask(connection))
        assert [(job.attempts, job.ignored, job.queued) for job in jobs] == [(0, False, True)] * 5
        assert all(isinstance(job, JobEntry) for job in jobs)


def test_a_name_that_looks_like_the_end_where_it_is_received(
    server: JobServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gearfast.admin.connection._RECEIVE_BYTES", len("x\n.\n"))
    with Client((server.host, server.port)) as client:
        client.submit("x\n.\ny", background=True)
    with AdminConnection(Address(server.host, server.port)) as connection:
        assert STATUS.parse(STATUS.ask(connection)) == [FunctionStatus("x\n.\ny", 1, 0, 0)]


def test_a_unique_that_looks_like_the_end(server: JobServer, programs: Programs) -> None:
    uniques = [".", "", "ERR none", "OK"]
    with Client((server.host, server.port)) as client:
        for unique in uniques:
            client.submit("f", background=True, unique=unique)
    finished = programs.run([*ADMIN, *address_of(server), "--show-unique-jobs", "--getpid", "--json"])
    document = json.loads(finished.out)
    assert sorted(document["show_unique_jobs"]) == sorted(uniques)
    assert document["getpid"] == server.pid
    printed = programs.run([*ADMIN, *address_of(server), "--show-unique-jobs"]).out
    assert sorted(printed.split(b"\n")[:-2]) == sorted(unique.encode() for unique in uniques)
    assert printed.endswith(b"\n.\n")


def test_workers_with_an_id_of_several_words() -> None:
    listing = b"9 ::1 my worker : f g\n10 127.0.0.1 - :\n.\n"
    assert parse_workers(listing) == [
        PeerEntry(9, "::1", "my worker", ["f", "g"]),
        PeerEntry(10, "127.0.0.1", "-", []),
    ]


def test_a_long_listing_comes_whole(server: JobServer, programs: Programs) -> None:
    with Client((server.host, server.port)) as client:
        client.submit_many("f" * 200, [b""] * 20_000, background=True)
    with AdminConnection(Address(server.host, server.port)) as connection:
        assert len(SHOW_JOBS.parse(SHOW_JOBS.ask(connection))) == 20_000


@pytest.mark.parametrize("reply", [b"HTTP/1.1 400\n\n.\n", b"a\tb\tc\td\n.\n", b"1\t2\n.\n"])
def test_what_is_no_listing(reply: bytes) -> None:
    with answering(reply, b"ERR WORD\r\n") as address, AdminConnection(address) as connection:
        heard = STATUS.ask(connection)
    assert heard == reply
    with pytest.raises(ProtocolError):
        STATUS.parse(heard)


@pytest.mark.parametrize("options", [("--json",), ()])
def test_a_server_that_is_none(programs: Programs, options: tuple[str, ...]) -> None:
    with answering(b"HTTP/1.1 400 Bad Request\r\n\r\n") as address:
        finished = programs.run([*ADMIN, "-h", str(address), "--status", *options])
    assert (finished.status, finished.out, is_complaint(finished.err)) == (1, b"", True)


def test_a_server_that_says_nothing(programs: Programs) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port = str(listener.getsockname()[1])
        finished = programs.run([*ADMIN, "-p", port, "--status", "--timeout", "0.1"])
    assert (finished.status, finished.out) == (1, b"")
    assert b"said nothing for 0.1 s" in finished.err


def test_an_argument_of_two_lines_is_no_second_command(server: JobServer, programs: Programs) -> None:
    finished = programs.run([*ADMIN, *address_of(server), "--create-function", "one\r\ncreate function two"])
    assert (finished.status, finished.out, is_complaint(finished.err)) == (1, b"", True)
    with closing(Admin(server)) as admin:
        assert admin.listing("status") == []


def test_several_arguments(server: JobServer, programs: Programs, admin: Admin) -> None:
    command = [*ADMIN, *address_of(server), "--create-function", "one", "--create-function", "two"]
    assert programs.run(command) == Finished(0, b"OK\nOK\n", b"")
    assert sorted(admin.listing("status")) == ["one\t0\t0\t0", "two\t0\t0\t0"]


@pytest.mark.parametrize("variable", ["GEARMAN_SERVER", "GEARMAN_SERVERS"])
def test_the_server_in_the_environment(server: JobServer, programs: Programs, variable: str) -> None:
    environment = {variable: f"{server.host}:{server.port},elsewhere.invalid"}
    assert programs.run([*ADMIN, "--getpid"], env=environment).out == b"%d\n" % server.pid
    elsewhere = programs.run([*ADMIN, "-h", "127.0.0.1:1", "--getpid"], env=environment)
    assert b"cannot connect to 127.0.0.1:1: Connection refused" in elsewhere.err


@pytest.mark.parametrize(
    "options", [("--create-function", "f"), ("--drop-function", "f"), ("--cancel-job", "j"), ("--shutdown",)]
)
def test_only_questions_are_repeated(programs: Programs, options: tuple[str, ...]) -> None:
    finished = programs.run([*ADMIN, *options, "--status", "--watch"])
    assert (finished.status, is_complaint(finished.err)) == (1, True)


def test_what_only_looks_is_repeated(programs: Programs) -> None:
    with gearfast("-t", "0") as server:
        command = [*ADMIN, "-p", str(server.port), "--record", "status", "--watch", "0.1", "--json"]
        watching = programs.start(command)
        for _ in range(2):
            assert json.loads(watching.read_line()) == {"record": {"status": "off"}}


def test_watch_into_a_pipe(server: JobServer, programs: Programs, admin: Admin) -> None:
    watching = programs.start([*ADMIN, *address_of(server), "--status", "--watch", "0.1"])
    assert watching.read_line() == "."
    admin.line("create function made")
    line = watching.read_line()
    while line == ".":
        line = watching.read_line()
    assert line == "made\t0\t0\t0"
    os.kill(watching.pid, signal.SIGINT)
    finished = watching.finish()
    assert (finished.status, finished.err) == (0, b"")


def test_watch_as_json_is_a_document_for_each_line(server: JobServer, programs: Programs) -> None:
    watching = programs.start([*ADMIN, *address_of(server), "--getpid", "--json", "--watch", "0.1"])
    for _ in range(3):
        assert json.loads(watching.read_line()) == {"getpid": server.pid}


def test_watch_on_a_terminal() -> None:
    """Each round is drawn over the one before; names can't give the terminal orders."""
    with open_server("gearfast-t0") as server, closing(Admin(server)) as admin:
        admin.line("create function \x1b[2J")
        command = [*ADMIN, *address_of(server), "--status", "--server-verbose", "--watch", "0.1"]
        with Terminal(command) as terminal:
            terminal.read_until(b"\x1b[H\x1b[J", 3)
            os.kill(terminal.pid, signal.SIGINT)
            assert terminal.finish() == 0
    assert b"FUNCTION  TOTAL  RUNNING  WORKERS" in terminal.seen
    assert b"server_verbose: INFO" in terminal.seen
    assert b"\\x1b[2J" in terminal.seen
    assert b"\x1b[2J" not in terminal.seen


def test_watch_outlives_the_server(programs: Programs) -> None:
    with open_server("gearfast-t0") as server:
        watching = programs.start([*ADMIN, *address_of(server), "--getpid", "--watch", "0.1"])
        assert watching.read_line() == str(server.pid)
        port = str(server.port)
    with gearfast("-t", "0", "--port", port) as again:
        line = watching.read_line()
        while line != str(again.pid):
            line = watching.read_line()
        os.kill(watching.pid, signal.SIGINT)
        finished = watching.finish()
    assert finished.status == 0
    assert re.fullmatch(rb"(gearfast: (cannot connect|127\.0\.0\.1:|the connection).*\n)*", finished.err)


@pytest.mark.parametrize("option", ["--shutdown", "--shutdown-graceful"])
def test_shutdown(programs: Programs, option: str) -> None:
    with gearfast("-t", "0") as refusing:
        finished = programs.run([*ADMIN, "-p", str(refusing.port), option])
        assert finished.err == b"Error: UNKNOWN_COMMAND Unknown+server+commandshutdown\r\n"
    with gearfast("-t", "0", "--allow-shutdown") as allowing:
        command = [*ADMIN, "-p", str(allowing.port), "--server-verbose", option]
        assert programs.run(command) == Finished(0, b"ERROR\nOK\n", b"")
        assert allowing.wait() == 0


def test_show_store_over_a_unix_socket(programs: Programs, tmp_path: Path) -> None:
    path = f"unix:{tmp_path}/socket"
    with gearfast("-t", "0", "--listen", path, "--listen", "127.0.0.1"):
        assert programs.run([*ADMIN, "-h", path, "--show-store"]) == Finished(0, b"none 0\n", b"")
        finished = programs.run([*ADMIN, "--host", path, "--show-store", "--json"])
        assert json.loads(finished.out) == {"show_store": "none 0"}
