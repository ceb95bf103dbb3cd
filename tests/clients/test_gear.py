"""The Python package `gear`."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.clients.admin import Admin
from tests.clients.harness import JobServer, handle
from tests.clients.scripts import CHATTY, Scripts


@pytest.fixture
def gear_scripts(speak: Callable[[str], Scripts]) -> Scripts:
    return speak("gear")


def test_a_job_of_fifty_kilobytes(gear_scripts: Scripts) -> None:
    gear_scripts.worker("upper")
    assert gear_scripts.output("run", "upper", stdin=b"x" * 50_000) == b"X" * 50_000


def test_an_empty_result(gear_scripts: Scripts) -> None:
    gear_scripts.worker("nothing")
    assert gear_scripts.client("observe", "nothing") == [f"created nothing {handle(1)}", "complete "]


def test_an_exception_without_the_option_is_a_failure(gear_scripts: Scripts) -> None:
    gear_scripts.worker("throwing")
    lines = gear_scripts.client("without_exceptions", "throwing")
    assert lines == [f"created throwing {handle(1)}", "fail"]


def test_every_precedence_in_the_foreground(gear_scripts: Scripts) -> None:
    gear_scripts.worker("upper")
    assert gear_scripts.client("every_priority") == [
        "low LOW failure False warning False",
        "normal NORMAL failure False warning False",
        "high HIGH failure False warning False",
    ]


def test_every_precedence_in_the_background(gear_scripts: Scripts) -> None:
    lines = gear_scripts.client("background")
    assert lines == [f"low {handle(1)}", f"normal {handle(2)}", f"high {handle(3)}"]
    assert gear_scripts.worker_done(3, "upper") == [
        "did upper b'high' 4",
        "did upper b'normal' 6",
        "did upper b'low' 3",
    ]


def test_two_clients_share_the_job_of_their_unique(gear_scripts: Scripts, admin: Admin) -> None:
    clients = []
    for count in (1, 2):
        clients.append(gear_scripts.start_client("observe", "chatty", "same"))
        admin.wait_for_clients("same", count)
    assert gear_scripts.worker("chatty").read_line() == "did chatty b'same' 1"
    for client in clients:
        assert client.finish().lines == [f"created chatty {handle(1)}", *CHATTY]


def test_options(gear_scripts: Scripts) -> None:
    finished = gear_scripts.run("client", "options")
    assert (finished.status, finished.lines) == (0, ["exceptions True", "nonsense False"])
    refusal = "Received ERROR packet: b'UNKNOWN_OPTION': b'Server does not recognize given option'\n"
    assert finished.err.decode() == refusal


def test_status_before_and_after_a_cancel(gear_scripts: Scripts, server: JobServer) -> None:
    """gearmand knows a cancelled job until a worker comes for it; gearfast forgets it at once."""
    known = {"gearmand": True, "gearfast": False}[server.kind]
    assert gear_scripts.client("status") == [
        "known True running False progress 0/0",
        f"known {known} running False progress 0/0",
    ]


def test_admin_requests(gear_scripts: Scripts) -> None:
    replies = dict(line.split(" ", 1) for line in gear_scripts.client("admin")[:5])
    jobs = [rf"{handle(number)}\t0\t0\t1\n" for number in (1, 2)]
    assert replies["StatusAdminRequest"] == r"b'later\t2\t0\t0\n.\n'"
    assert replies["ShowJobsAdminRequest"] in (f"b'{''.join(jobs)}.\\n'", f"b'{''.join(jobs[::-1])}.\\n'")
    assert replies["ShowUniqueJobsAdminRequest"] in (r"b'one\ntwo\n.\n'", r"b'two\none\n.\n'")
    assert re.fullmatch(r"b'(\d+ 127\.0\.0\.1 - :\\n){2}\.\\n'", replies["WorkersAdminRequest"])
    assert re.fullmatch(r"b'OK \d+\.\d+\S*\\n'", replies["VersionAdminRequest"])


def test_cancelling_by_an_admin_request(gear_scripts: Scripts) -> None:
    assert gear_scripts.client("admin")[5:] == [
        r"CancelJobAdminRequest b'OK\r\n'",
        r"CancelJobAdminRequest b'ERR UNKNOWN_JOB\r\n'",
    ]


def test_a_worker_of_several_functions(gear_scripts: Scripts, admin: Admin) -> None:
    """Newest first in the listing, before jobs may move them round."""
    worker = gear_scripts.worker("upper", "nothing", "failing")
    listed = [line.partition(" : ")[2] for line in admin.listing("workers") if " worker-gear : " in line]
    assert listed == ["failing nothing upper"]
    assert gear_scripts.client("observe", "upper")[1:] == ["complete X"]
    assert gear_scripts.client("observe", "failing")[1:] == ["fail"]
    assert gear_scripts.client("observe", "nothing")[1:] == ["complete "]
    lines = [worker.read_line() for _ in range(3)]
    assert lines == ["did upper None 1", "did failing None 1", "did nothing None 1"]
