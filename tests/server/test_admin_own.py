"""`gearfast admin --limits` and `--explain`, which ask what only this server answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.protocol.peer import Peer
from tests.protocol.wire import CAN_DO, CAN_DO_TIMEOUT, GRAB_JOB, JOB_ASSIGN, SUBMIT_JOB_BG, req
from tests.support.gearfast_process import Gearfast, gearfast, run_gearfast

OPTIONS = ("--max-functions", "2", "--max-packet", "1M", "--job-handle-prefix", "H:own")


@pytest.fixture(scope="module")
def server() -> Iterator[Gearfast]:
    """With a function that nobody does, and one of whose jobs one runs and one waits."""
    with gearfast(*OPTIONS) as server, Peer(server.port) as client, Peer(server.port) as worker:
        for function in (b"nobody", b"busy", b"busy"):
            client.submit(SUBMIT_JOB_BG, function, b"", b"")
        worker.send(req(CAN_DO_TIMEOUT, b"busy", b"4000000"), req(GRAB_JOB))
        worker.receive_kind(JOB_ASSIGN)
        worker.send(req(CAN_DO, b"third"))
        assert b"--max-functions of 2" in worker.receive().body
        yield server


def admin(server: Gearfast, *arguments: str) -> tuple[str, str]:
    """What it prints on stdout and stderr."""
    finished = run_gearfast("admin", "-h", server.host, "-p", str(server.port), *arguments)
    assert finished.returncode == 0
    return finished.stdout, finished.stderr


def as_json(server: Gearfast, *arguments: str) -> Any:
    return json.loads(admin(server, "--json", *arguments)[0])


def test_limits(server: Gearfast) -> None:
    out, err = admin(server, "--limits")
    assert err == ""
    lines = out.splitlines()
    assert "max-functions\t2\t2\t1" in lines
    assert "max-packet\t1048576\t-\t0" in lines
    assert "packet-timeout\t300\t0\t0" in lines
    assert lines[-1] == "."


def test_limits_as_json(server: Gearfast) -> None:
    limits = {limit.pop("limit"): limit for limit in as_json(server, "--limits")["limits"]}
    assert limits["max-functions"] == {"value": 2, "used": 2, "refused": 1}
    assert limits["max-packet"] == {"value": 1 << 20, "used": None, "refused": 0}
    assert limits["memory-limit"]["used"] > 0


def test_explain_a_function(server: Gearfast) -> None:
    expected = "jobs\t1 wait, 0 run, 0 are scheduled\nno-worker\tno worker is registered for it\n.\n"
    assert admin(server, "--explain", "nobody") == (expected, "")


def test_explain_a_job(server: Gearfast) -> None:
    [running] = as_json(server, "--explain", "H:own:2")["explain"]["H:own:2"]
    assert running["reason"] == "running"
    assert running["text"].startswith("127.0.0.1 has it, since ")
    [waiting] = as_json(server, "--explain", "H:own:3")["explain"]["H:own:3"]
    assert waiting["reason"] == "busy"
    assert waiting["text"].startswith("1 worker is busy, since ")


def test_explain_what_is_not_there(server: Gearfast) -> None:
    assert admin(server, "--explain", "nothing") == ("", "Error: function not found\n")
    assert admin(server, "--explain", "H:own:99") == ("", "Error: UNKNOWN_JOB\n")
