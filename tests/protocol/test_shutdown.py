"""The text commands `shutdown` and `shutdown graceful`, where --allow-shutdown was given."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.protocol.flavours import GEARFAST, Flavour
from tests.protocol.peer import Peer
from tests.protocol.server import until
from tests.protocol.wire import CAN_DO, GRAB_JOB, JOB_ASSIGN, SUBMIT_JOB, WORK_COMPLETE, req, res
from tests.support.gearfast_process import Gearfast, gearfast


@pytest.fixture(params=GEARFAST, ids=str)
def allowing(request: pytest.FixtureRequest) -> Iterator[Gearfast]:
    """A server of this test alone."""
    flavour: Flavour = request.param
    with gearfast("--threads", str(flavour.threads), "--allow-shutdown") as process:
        yield process


def test_shutdown_ends_everything_at_once(allowing: Gearfast) -> None:
    with Peer(allowing.port) as admin, Peer(allowing.port) as client:
        client.submit(SUBMIT_JOB, b"f", b"", b"")
        assert admin.ask(b"shutdown\r") == b"OK\r\n"
        admin.expect_closed()
        client.expect_closed()
    assert allowing.wait() == 0


def test_a_graceful_shutdown_without_jobs_ends_at_once(allowing: Gearfast) -> None:
    with Peer(allowing.port) as admin, Peer(allowing.port) as worker:
        worker.can_do(b"f")
        assert admin.ask(b"SHUTDOWN Graceful") == b"OK\r\n"
        admin.expect_closed()
        worker.expect_closed()
    assert allowing.wait() == 0


def test_a_graceful_shutdown_waits_for_the_jobs(allowing: Gearfast) -> None:
    with Peer(allowing.port) as admin, Peer(allowing.port) as peer:
        handle = peer.submit(SUBMIT_JOB, b"f", b"", b"abc")
        assert admin.ask(b"shutdown graceful") == b"OK\r\n"
        until(allowing.refuses_connections, True, "gearfast")
        late = admin.submit(SUBMIT_JOB, b"f", b"", b"def")
        for job, data in ((handle, b"abc"), (late, b"def")):
            peer.send(req(CAN_DO, b"f"), req(GRAB_JOB))
            peer.expect(res(JOB_ASSIGN, job, b"f", data))
        peer.send(req(WORK_COMPLETE, handle, b"done"))
        peer.expect(res(WORK_COMPLETE, handle, b"done"))
        peer.expect_silence()
        peer.send(req(WORK_COMPLETE, late, b"done"))
        admin.expect(res(WORK_COMPLETE, late, b"done"))
        admin.expect_closed()
        peer.expect_closed()
    assert allowing.wait() == 0


@pytest.mark.parametrize("line", [b"shutdown now", b"shutdown graceful now", b"shutdownx"])
def test_other_words_do_not_shut_down(allowing: Gearfast, line: bytes) -> None:
    with Peer(allowing.port) as admin:
        word = line.partition(b" ")[0]
        assert admin.ask(line) == b"ERR UNKNOWN_COMMAND Unknown+server+command%s\r\n" % word
        admin.expect_silence()
        with Peer(allowing.port) as other:
            other.expect_silence()
