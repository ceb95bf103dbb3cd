"""How a text line is cut into words, and what is said to lines that are no command."""

from __future__ import annotations

import pytest

from tests.protocol.server import Server
from tests.protocol.wire import ECHO_REQ, ECHO_RES, req, res

UNKNOWN = b"ERR UNKNOWN_COMMAND Unknown+server+command"
INCOMPLETE = b"ERR INVALID_ARGUMENTS An+incomplete+set+of+arguments+was+sent+to+this+command+"


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        (b"\n", UNKNOWN + b"\r\n"),
        (b"\r\n", UNKNOWN + b"\r\n"),
        (b" \n", UNKNOWN + b"\r\n"),
        (b" getpid\n", UNKNOWN + b"\r\n"),
        (b"foo bar\n", UNKNOWN + b"foo\r\n"),
        (b"foo bar baz qux quux\n", UNKNOWN + b"foo\r\n"),
        (b"getpid\r\r\n", UNKNOWN + b"getpid\r\r\n"),
        (b"getpid\tx\n", UNKNOWN + b"getpid\tx\r\n"),
        (b"getpid\0x y\n", None),
        (b"get\xffpid\n", UNKNOWN + b"get\xffpid\r\n"),
        (b"get\0pid\n", UNKNOWN + b"get\r\n"),
        (b"\x01\x7f\n", UNKNOWN + b"\x01\x7f\r\n"),
        (b"statu\n", UNKNOWN + b"statu\r\n"),
        (b"statuss\n", UNKNOWN + b"statuss\r\n"),
        (b"help\n", UNKNOWN + b"help\r\n"),
        (b"quit\n", UNKNOWN + b"quit\r\n"),
        (b"show\n", UNKNOWN + b"show\r\n"),
        (b"SHOW\r\n", UNKNOWN + b"SHOW\r\n"),
        (b"show \n", b"ERR UNKNOWN_SHOW_ARGUMENTS\r\n"),
        (b"show job\n", b"ERR UNKNOWN_SHOW_ARGUMENTS\r\n"),
        (b"show jobs \n", b"ERR UNKNOWN_SHOW_ARGUMENTS\r\n"),
        (b"show jobs x\n", b"ERR UNKNOWN_SHOW_ARGUMENTS\r\n"),
        (b"show unique\n", b"ERR UNKNOWN_SHOW_ARGUMENTS\r\n"),
        (b"show unique job\n", b"ERR UNKNOWN_SHOW_ARGUMENTS\r\n"),
        (b"show unique jobs x\n", b"ERR UNKNOWN_SHOW_ARGUMENTS\r\n"),
        (b"cancel\n", UNKNOWN + b"cancel\r\n"),
        (b"cancel job\n", UNKNOWN + b"cancel\r\n"),
        (b"cancel x y\n", b"ERR UNKNOWN_ERROR\r\n"),
        (b"cancel x y z\n", b"ERR UNKNOWN_ERROR\r\n"),
        (b"cancel job x y\n", b"ERR UNKNOWN_ERROR\r\n"),
        (b"cancel job \n", b"ERR UNKNOWN_JOB\r\n"),
        (b"cancel job x\n", b"ERR UNKNOWN_JOB\r\n"),
        (b"CANCEL Job H:test:0\r\n", b"ERR UNKNOWN_JOB\r\n"),
        (b"create\n", INCOMPLETE + b"create\r\n"),
        (b"create x\n", INCOMPLETE + b"create\r\n"),
        (b"create function\n", INCOMPLETE + b"create\r\n"),
        (b"create job x\n", INCOMPLETE + b"create\r\n"),
        (b"create function x y\n", INCOMPLETE + b"create\r\n"),
        (b"drop\n", INCOMPLETE + b"drop\r\n"),
        (b"CREATE x\n", INCOMPLETE + b"CREATE\r\n"),
        (b"Drop function\n", INCOMPLETE + b"Drop\r\n"),
        (b"maxQUEUE\n", INCOMPLETE + b"maxQUEUE\r\n"),
        (b"drop\0x function\n", INCOMPLETE + b"drop\r\n"),
        (b"drop job x\n", INCOMPLETE + b"drop\r\n"),
        (b"drop function x y\n", INCOMPLETE + b"drop\r\n"),
        (b"maxqueue\n", INCOMPLETE + b"maxqueue\r\n"),
        (b"maxqueue \n", b"OK\r\n"),
        (b"MaxQueue nobody 1 2 3\n", b"OK\r\n"),
        (b"maxqueue nobody 1 x\n", b"OK\r\n"),
        (b"shutdown\n", UNKNOWN + b"shutdown\r\n"),
        (b"shutdown graceful\r\n", UNKNOWN + b"shutdown\r\n"),
    ],
)
def test_the_answer_to_a_line(server: Server, line: bytes, answer: bytes | None) -> None:
    server.admin.send(line)
    server.admin.expect(b"OK %d\n" % server.process.pid if answer is None else answer)
    server.admin.expect_silence()


@pytest.mark.parametrize(
    "line",
    [
        b"getpid\n",
        b"getpid\r\n",
        b"GETPID\n",
        b"GetPid x\n",
        b"getpid  x   y\r\n",
        b"getpid \n",
        b"getpid a b c d\n",
    ],
)
def test_words_case_blanks_and_surplus(server: Server, line: bytes) -> None:
    server.admin.send(line)
    server.admin.expect(b"OK %d\n" % server.process.pid)
    server.admin.expect_silence()


def test_lines_are_answered_in_order_with_packets_between(server: Server) -> None:
    pid = b"OK %d\n" % server.process.pid
    echo, answer = req(ECHO_REQ, b"x\n"), res(ECHO_RES, b"x\n")
    server.admin.send(b"getpid\ngetpid\r\n", echo, b"foo\n", echo, echo, b"getpid\n\n")
    server.admin.expect(pid, pid, answer, UNKNOWN + b"foo\r\n", answer, answer, pid, UNKNOWN + b"\r\n")
    server.admin.expect_silence()


def test_a_line_may_come_byte_by_byte(server: Server) -> None:
    pacer = server.peer()
    for byte in b"gEtPiD x\r\n":
        server.admin.send(bytes([byte]))
        pacer.settle()
    server.admin.expect(b"OK %d\n" % server.process.pid)


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_the_longest_line(server: Server, end: bytes) -> None:
    """8192 bytes with its end."""
    word = b"x" * (8192 - len(end))
    server.admin.send(word + end)
    server.admin.expect(UNKNOWN + word + b"\r\n")
    server.admin.expect_silence()


def test_an_unfinished_line_is_waited_for(server: Server) -> None:
    peer = server.peer()
    peer.send(b"getp")
    for _ in range(3):
        server.admin.expect_silence()
    peer.send(b"id\n")
    peer.expect(b"OK %d\n" % server.process.pid)
