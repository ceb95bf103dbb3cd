"""A recording, replayed against another server that records too: the same jobs come out."""

from __future__ import annotations

import json
import threading
from collections import Counter
from pathlib import Path

import pytest

from gearfast.cli.main import main
from gearfast.mix.run import Run
from gearfast.recording import Ending, Event, Kind, Submit
from gearfast.replay import ReplayError, gather, play
from gearfast.server.errors import ExitCode
from tests.protocol.wire import (
    CAN_DO,
    GRAB_JOB,
    JOB_ASSIGN,
    SUBMIT_JOB,
    SUBMIT_JOB_BG,
    SUBMIT_JOB_EPOCH,
    SUBMIT_JOB_HIGH,
    SUBMIT_JOB_HIGH_BG,
    SUBMIT_JOB_LOW,
    SUBMIT_JOB_LOW_BG,
    WORK_COMPLETE,
    WORK_FAIL,
    req,
)
from tests.recording.recorded import events, peer, recording_server
from tests.support.gearfast_process import gearfast

KINDS = (SUBMIT_JOB, SUBMIT_JOB_HIGH, SUBMIT_JOB_LOW, SUBMIT_JOB_BG, SUBMIT_JOB_HIGH_BG, SUBMIT_JOB_LOW_BG)
JOBS = 60


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two clients and a worker: every kind of submit, sizes from 0, uniques that meet, failures."""
    folder = tmp_path_factory.mktemp("recorded")
    with (
        recording_server(folder) as server,
        peer(server) as one,
        peer(server) as other,
        peer(server) as worker,
    ):
        worker.can_do(b"f", b"g")
        for number in range(JOBS):
            client = (one, other)[number % 2]
            unique = b"same" if number in (12, 13, 18, 19) else b""
            function = b"fg"[number % 5 == 0 :][:1]
            client.send(req(KINDS[number % 6], function, unique, b"x" * (number * number)))
        one.send(req(SUBMIT_JOB_EPOCH, b"f", b"", b"1", b"late"))
        one.heard()
        other.heard()
        worker.send(req(GRAB_JOB))
        done = 0
        while (found := worker.receive()).kind == JOB_ASSIGN:
            handle = found.args[0]
            done += 1
            end = req(WORK_FAIL, handle) if done % 10 == 0 else req(WORK_COMPLETE, handle, b"y" * done)
            worker.send(end, req(GRAB_JOB))
    return folder / "jobs"


def submits(found: list[Event]) -> Counter[tuple[str, int, int]]:
    return Counter((e.function, e.detail, e.size) for e in found if e.kind is Kind.SUBMIT)


def ends(found: list[Event]) -> Counter[tuple[str, int, int]]:
    return Counter((e.function, e.detail, e.size) for e in found if e.kind is Kind.END)


@pytest.mark.parametrize("threads", ["0", "2"])
def test_the_same_jobs_come_out(recording: Path, tmp_path: Path, threads: str) -> None:
    before = events(recording)
    plan = gather(before)
    with recording_server(tmp_path, threads=threads) as server:
        outcome = play(plan, "127.0.0.1", server.port, speed=0.25)
    after = events(tmp_path / "jobs")
    told = (outcome.submitted, outcome.accepted, outcome.refused)
    assert told == (JOBS + 1, JOBS + 1, 0)
    assert outcome.foreground == outcome.foreground_ended == 30
    # A job that was joined may have ended before the other comes, which then is a job of its own.
    joined = sum(bool(e.detail & Submit.JOINED) for e in before if e.kind is Kind.SUBMIT)
    assert joined > 0
    assert JOBS + 1 - joined <= outcome.runs <= JOBS + 1

    def plain(counts: Counter[tuple[str, int, int]]) -> Counter[tuple[str, int, int]]:
        """Whether a job was joined is not the client's doing."""
        found: Counter[tuple[str, int, int]] = Counter()
        for (function, detail, size), count in counts.items():
            found[function, detail & ~Submit.JOINED, size] += count
        return found

    assert plain(submits(after)) == plain(submits(before))
    failures = sum(count for (_, ending, _), count in ends(before).items() if ending == Ending.FAIL)
    again = sum(count for (_, ending, _), count in ends(after).items() if ending == Ending.FAIL)
    assert failures <= again <= failures + joined
    assert {size for _, _, size in ends(before)} <= {size for _, _, size in ends(after)}


def test_command(recording: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = tmp_path / "run.json"
    with gearfast() as server:
        words = [
            "replay",
            str(recording),
            "--server",
            f"127.0.0.1:{server.port}",
            "--run-report",
            str(report),
        ]
        assert main(words) == ExitCode.OK
    told = capsys.readouterr().out
    assert f"{JOBS + 1} submits, 0 refused" in told
    run = Run.from_json(json.loads(report.read_text()))
    assert run.jobs() + run.failures.total() == JOBS + 1
    assert len(run.waits) >= JOBS - 4


@pytest.mark.parametrize("host", ["[::1]", "localhost"])
def test_names_and_addresses(recording: Path, capsys: pytest.CaptureFixture[str], host: str) -> None:
    with gearfast("--listen", "::1" if host == "[::1]" else "127.0.0.1") as server:
        assert main(["replay", str(recording), "--server", f"{host}:{server.port}", "--speed", "10"]) == 0
    assert f"{JOBS + 1} submits, 0 refused" in capsys.readouterr().out


def test_addresses_that_are_none(recording: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for server, code in (
        ("unix:/x", ExitCode.DATA),
        ("x:y", ExitCode.DATA),
        ("no.invalid:1", ExitCode.UNAVAILABLE),
    ):
        assert main(["replay", str(recording), "--server", server]) == code
        assert server.partition(":")[0] in capsys.readouterr().err


def test_connections_come_and_go(tmp_path: Path) -> None:
    """Clients and workers after each other, one that does nothing, and one that does not wait for its job."""
    before, after = tmp_path / "before", tmp_path / "after"
    before.mkdir()
    after.mkdir()
    with recording_server(before) as server, peer(server) as last:
        last.can_do(b"f")
        for number in range(5):
            with peer(server) as client, peer(server) as worker:
                worker.can_do(b"f", b"g%d" % number)
                client.submit(SUBMIT_JOB, b"f", b"", b"x" * number)
                worker.send(req(GRAB_JOB))
                worker.send(req(WORK_COMPLETE, worker.receive_kind(JOB_ASSIGN).args[0], b"y"))
                client.receive_kind(WORK_COMPLETE)
        with peer(server) as idle:
            idle.settle()
        with peer(server) as impatient:
            impatient.submit(SUBMIT_JOB, b"nobody", b"", b"")
        last.submit(SUBMIT_JOB_BG, b"f", b"", b"the last")
        last.send(req(GRAB_JOB))
        last.send(req(WORK_COMPLETE, last.receive_kind(JOB_ASSIGN).args[0], b""))
        last.heard()
    plan = gather(events(before / "jobs"))
    assert (len(plan.clients), len(plan.workers)) == (8, 6)
    gone = sorted(each.closes for each in (*plan.clients, *plan.workers) if each.closes is not None)
    assert len(gone) == 12
    assert gone[0] < max(each.opens for each in plan.clients)
    with recording_server(after) as server:
        outcome = play(plan, "127.0.0.1", server.port)
    assert (outcome.submitted, outcome.accepted, outcome.foreground, outcome.foreground_ended) == (7, 7, 5, 5)
    assert outcome.connections == 14
    assert not outcome.run.errors
    assert sum(event.kind is Kind.CONNECT for event in events(after / "jobs")) == 14


def test_refused_submits_are_counted(recording: Path) -> None:
    with gearfast() as server, peer(server) as admin:
        admin.send(req(CAN_DO, b"x"))
        assert admin.ask(b"create function f") == b"OK\r\n"
        assert admin.ask(b"maxqueue f 1") == b"OK\r\n"
        outcome = play(gather(events(recording)), "127.0.0.1", server.port, speed=1000, patience=1)
    assert outcome.refused > 0
    assert outcome.accepted + outcome.refused == outcome.submitted == JOBS + 1


def test_nobody_there(recording: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with gearfast() as server:
        port = server.port
    with pytest.raises(ReplayError, match="Connection refused"):
        play(gather(events(recording)), "127.0.0.1", port)
    assert main(["replay", str(recording), "--server", f"127.0.0.1:{port}"]) == ExitCode.UNAVAILABLE
    assert "Connection refused" in capsys.readouterr().err


def test_a_server_that_goes_away(recording: Path) -> None:
    plan = gather(events(recording))
    plan.jobs[-1].at += 30.0
    with gearfast(exit_code=-9) as server:
        end = threading.Timer(0.3, server.process.kill)
        end.start()
        with pytest.raises(ReplayError, match="Connection"):
            play(plan, "127.0.0.1", server.port)
        end.join()
