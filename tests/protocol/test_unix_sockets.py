"""The protocol over a Unix socket, beside TCP."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.protocol.flavours import GEARFAST, Flavour
from tests.protocol.peer import Peer
from tests.protocol.wire import CANT_DO, GRAB_JOB, JOB_ASSIGN, PRE_SLEEP, SUBMIT_JOB, WORK_COMPLETE, req, res
from tests.support.gearfast_process import gearfast


@pytest.mark.parametrize("flavour", GEARFAST, ids=str)
def test_clients_and_workers_meet_over_either(flavour: Flavour, tmp_path: Path) -> None:
    path = tmp_path / "socket"
    options = ("--threads", str(flavour.threads), "--listen", "127.0.0.1", "--listen", f"unix:{path}")
    with gearfast(*options) as process, Peer(path) as local, Peer(process.port) as remote:
        for client, worker in ((local, remote), (remote, local), (local, local)):
            worker.can_do(b"f")
            worker.send(req(PRE_SLEEP))
            worker.settle()
            client.send(req(SUBMIT_JOB, b"f", b"", bytes(range(256)) * 1000))
            worker.expect_noop()
            handle = client.receive().body
            worker.send(req(GRAB_JOB))
            worker.expect(res(JOB_ASSIGN, handle, b"f", bytes(range(256)) * 1000))
            worker.send(req(WORK_COMPLETE, handle, b"done"), b"workers\n")
            client.expect(res(WORK_COMPLETE, handle, b"done"))
            assert b" unix - :" in worker.heard_text()
            worker.send(req(CANT_DO, b"f"))
