"""Workers whose path to the server is cut without a word: what they hold comes back, and others go on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.protocol.peer import Peer
from tests.protocol.wire import (
    CAN_DO,
    CAN_DO_TIMEOUT,
    GRAB_JOB,
    JOB_ASSIGN,
    NOOP,
    PRE_SLEEP,
    SET_CLIENT_ID,
    SUBMIT_JOB,
    SUBMIT_JOB_BG,
    WORK_COMPLETE,
    req,
    res,
)
from tests.support.gearfast_process import LOOPBACK, Gearfast, gearfast
from tests.support.network import NEAR, Network, missing, network
from tests.support.patience import eventually

OPTIONS = (
    *("--listen", LOOPBACK, "--listen", NEAR, "--job-lease", "2", "--threads", "2"),
    *("--keepalive-idle", "2", "--keepalive-interval", "1", "--keepalive-count", "2"),
)

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing() or "")


@pytest.fixture(scope="module")
def net() -> Iterator[Network]:
    with network() as made:
        yield made


@pytest.fixture(scope="module")
def server(net: Network) -> Iterator[Gearfast]:
    with net.near():
        running = gearfast(*OPTIONS)
        server = running.__enter__()
    yield server
    running.__exit__(None, None, None)


class Scene:
    """A worker on the far side; a client and another worker beside the server."""

    def __init__(self, net: Network, port: int, function: bytes) -> None:
        self.net = net
        self.function = function
        with net.near():
            self.client, self.other = Peer(port), Peer(port)
        with net.far():
            self.worker = Peer(port, host=NEAR)

    def close(self) -> None:
        for peer in (self.client, self.other, self.worker):
            peer.close()

    def run_elsewhere(self, handle: bytes) -> None:
        """The other worker is woken for the job and does it."""
        self.other.expect(res(NOOP))
        self.other.send(req(GRAB_JOB))
        self.other.expect(res(JOB_ASSIGN, handle, self.function, b"data"))
        self.other.send(req(WORK_COMPLETE, handle, b"done"))
        self.other.settle()


@pytest.fixture
def scene(net: Network, server: Gearfast, request: pytest.FixtureRequest) -> Iterator[Scene]:
    scene = Scene(net, server.port, request.node.name.encode())
    yield scene
    scene.close()


@pytest.mark.parametrize("timeout", [b"1000", None], ids=["its own time-out", "a lease"])
def test_a_job_comes_back(scene: Scene, timeout: bytes | None) -> None:
    function = scene.function
    ability = req(CAN_DO, function) if timeout is None else req(CAN_DO_TIMEOUT, function, timeout)
    scene.worker.send(ability)
    handle = scene.client.submit(SUBMIT_JOB, function, b"", b"data")
    scene.worker.send(req(GRAB_JOB))
    scene.worker.expect(res(JOB_ASSIGN, handle, function, b"data"))
    scene.other.send(req(CAN_DO, function), req(PRE_SLEEP))
    scene.other.settle()
    scene.net.cut()
    scene.run_elsewhere(handle)
    scene.client.expect(res(WORK_COMPLETE, handle, b"done"))
    scene.net.mend()


def test_a_wake_up_is_passed_on(scene: Scene) -> None:
    """The worker that sleeps longest is cut off: whoever of the two is woken first, the job is run."""
    function = scene.function
    scene.other.send(req(CAN_DO, function), req(PRE_SLEEP))
    scene.other.settle()
    scene.worker.send(req(CAN_DO, function), req(PRE_SLEEP))
    scene.worker.settle()
    scene.net.cut()
    handle = scene.client.submit(SUBMIT_JOB_BG, function, b"", b"data")
    [reason] = scene.client.ask_table(b"explain " + handle).splitlines()[:-1]
    assert reason.startswith(b"woken\t1 worker was woken and has not come")
    scene.run_elsewhere(handle)
    scene.net.mend()


def test_an_idle_connection_is_given_up(scene: Scene) -> None:
    scene.worker.send(req(SET_CLIENT_ID, b"cut-off"))
    scene.worker.settle()

    def is_there() -> bool:
        return b" cut-off :" in scene.client.ask_table(b"workers")

    assert is_there()
    scene.net.cut()
    eventually(is_there, False.__eq__, "the connection to be closed")
    scene.net.mend()
