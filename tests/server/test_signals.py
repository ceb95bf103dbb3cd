"""Signals and the text commands that do the same: stop in order or at once, finish jobs, reopen the log."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from gearfast.server.errors import ExitCode
from gearfast.server.signals import CAUGHT, Signals, StopRequested
from tests.protocol.peer import Peer
from tests.protocol.wire import CAN_DO, GRAB_JOB, JOB_ASSIGN, SUBMIT_JOB_BG, WORK_COMPLETE, req
from tests.server.conftest import until
from tests.support.gearfast_process import gearfast

BY_THREADS = pytest.mark.parametrize("threads", ["0", "1", "4"])


def work_off_a_job(worker: Peer) -> None:
    worker.send(req(CAN_DO, b"f"), req(GRAB_JOB))
    handle = worker.receive_kind(JOB_ASSIGN).args[0]
    worker.send(req(WORK_COMPLETE, handle, b""))


class TestSignals:
    """The object that turns signals into something to read."""

    def test_in_the_order_they_came(self) -> None:
        with Signals() as signals:
            for number in (signal.SIGHUP, signal.SIGUSR1, signal.SIGHUP):
                os.kill(os.getpid(), number)
            assert signals.read() == [signal.SIGHUP, signal.SIGUSR1, signal.SIGHUP]
            assert signals.read() == []

    def test_handlers_are_put_back(self) -> None:
        before = signal.getsignal(signal.SIGTERM)
        with Signals():
            assert signal.getsignal(signal.SIGTERM) != before
        assert signal.getsignal(signal.SIGTERM) == before

    def test_ignored_ones_do_nothing_afterwards(self) -> None:
        before = {number: signal.getsignal(number) for number in CAUGHT}
        try:
            with Signals() as signals:
                signals.ignore()
                os.kill(os.getpid(), signal.SIGTERM)
                os.kill(os.getpid(), signal.SIGTERM)
                assert signals.read() == []
            for number in CAUGHT:
                os.kill(os.getpid(), number)
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def test_a_stop_signal_ends_a_sleep_and_others_stay_to_be_read(self) -> None:
        with Signals() as signals:
            os.kill(os.getpid(), signal.SIGUSR1)
            os.kill(os.getpid(), signal.SIGTERM)
            with pytest.raises(StopRequested):
                signals.sleep(600)
            assert signals.read() == [signal.SIGUSR1, signal.SIGTERM]

    def test_a_sleep_goes_on_after_another_signal(self) -> None:
        with Signals() as signals:
            os.kill(os.getpid(), signal.SIGHUP)
            signals.sleep(0.01)
            assert signals.read() == [signal.SIGHUP]


class TestStop:
    """SIGTERM and SIGINT."""

    @BY_THREADS
    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_in_order(self, number: signal.Signals, threads: str, tmp_path: Path) -> None:
        path = tmp_path / "pid"
        with (
            gearfast("--threads", threads, "--pid-file", str(path), "--verbose", "INFO") as server,
            Peer(server.port) as peer,
        ):
            peer.submit(SUBMIT_JOB_BG, b"f", b"", b"")
            assert path.read_text() == f"{server.pid}\n"
            server.signal(number)
            peer.expect_closed()
            assert server.wait() == ExitCode.OK
        assert not path.exists()
        assert f"Received {number.name}" in "\n".join(server.log)
        assert server.log[-1].endswith("Shutdown complete")

    def test_the_second_one_stops_at_once(self, tmp_path: Path) -> None:
        path = tmp_path / "pid"
        options = ("--pid-file", str(path), "--verbose", "INFO")
        with gearfast(*options, exit_code=ExitCode.INTERRUPTED) as server:
            # Stopped while both arrive, it sees them together and has no time to stop in order.
            for number in (signal.SIGSTOP, signal.SIGTERM, signal.SIGINT, signal.SIGCONT):
                server.signal(number)
            assert server.wait() == ExitCode.INTERRUPTED
        assert path.exists()
        assert "Shutdown complete" not in "\n".join(server.log)

    def test_killed_by_sigpipe_never(self) -> None:
        with gearfast() as server:
            server.signal(signal.SIGPIPE)
            with Peer(server.port) as peer:
                peer.settle()


class TestGracefulStop:
    """SIGUSR1: no new connections, and the end comes with the last job."""

    @BY_THREADS
    def test_without_jobs_it_ends_at_once(self, threads: str) -> None:
        with gearfast("--threads", threads) as server, Peer(server.port) as peer:
            peer.settle()
            server.signal(signal.SIGUSR1)
            peer.expect_closed()
            assert server.wait() == ExitCode.OK

    @BY_THREADS
    def test_jobs_are_worked_off(self, threads: str) -> None:
        with (
            gearfast("--threads", threads) as server,
            Peer(server.port) as client,
            Peer(server.port) as worker,
        ):
            client.submit(SUBMIT_JOB_BG, b"f", b"", b"1")
            server.signal(signal.SIGUSR1)
            until(server.refuses_connections)
            client.submit(SUBMIT_JOB_BG, b"f", b"", b"2")
            work_off_a_job(worker)
            worker.settle()
            work_off_a_job(worker)
            client.expect_closed()
            worker.expect_closed()
            assert server.wait() == ExitCode.OK

    def test_sigterm_still_stops(self) -> None:
        with gearfast("--verbose", "INFO") as server, Peer(server.port) as client:
            client.submit(SUBMIT_JOB_BG, b"f", b"", b"")
            server.signal(signal.SIGUSR1)
            server.signal(signal.SIGUSR1)
            until(server.refuses_connections)
            client.settle()
            server.signal(signal.SIGTERM)
            client.expect_closed()
            assert server.wait() == ExitCode.OK


class TestShutdownCommand:
    """`shutdown` and `shutdown graceful`, where they are allowed."""

    def test_shutdown(self) -> None:
        with gearfast("--allow-shutdown") as server, Peer(server.port) as peer:
            peer.submit(SUBMIT_JOB_BG, b"f", b"", b"")
            peer.send(b"shutdown\n")
            peer.expect(b"OK\r\n")
            peer.expect_closed()
            assert server.wait() == ExitCode.OK

    def test_shutdown_graceful(self) -> None:
        with gearfast("--allow-shutdown") as server, Peer(server.port) as peer:
            peer.submit(SUBMIT_JOB_BG, b"f", b"", b"")
            assert peer.ask(b"shutdown graceful") == b"OK\r\n"
            until(server.refuses_connections)
            work_off_a_job(peer)
            assert server.wait() == ExitCode.OK


class TestReopen:
    """SIGHUP: Debian's logrotate sends it."""

    def test_the_log_goes_on_under_its_name(self, tmp_path: Path) -> None:
        path, moved = tmp_path / "log", tmp_path / "log.1"
        with gearfast("--log-file", str(path), "--verbose", "INFO") as server:
            path.rename(moved)
            server.signal(signal.SIGHUP)
            until(path.exists)
        assert moved.read_text().endswith("Reopening the log file\n")
        assert path.read_text().endswith("Shutdown complete\n")
        assert server.log == []

    def test_k22_stderr_stays_stderr(self, tmp_path: Path) -> None:
        with gearfast("--log-file", "stderr", "--verbose", "INFO", cwd=tmp_path) as server:
            server.signal(signal.SIGHUP)
            server.wait_for_log("Received SIGHUP")
        assert server.log[-1].endswith("Shutdown complete")
        assert list(tmp_path.iterdir()) == []
