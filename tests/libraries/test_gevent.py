"""The blocking client under gevent: while one greenlet waits for its job, others go on."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from gearfast import Worker, WorkerJob
from tests.libraries.working import PATIENCE_SECONDS, working
from tests.protocol.server import Server
from tests.support.child import environment

PROGRAM = """
from gevent import monkey
monkey.patch_all()
import gevent, sys
from gearfast import Client

def call(number):
    with Client(sys.argv[1], timeout=50) as client:
        return client.call(sys.argv[2], b"%d" % number)

greenlets = [gevent.spawn(call, number) for number in range(3)]
gevent.joinall(greenlets, raise_error=True)
print([greenlet.value for greenlet in greenlets])
"""


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_greenlets_wait_side_by_side(server: Server, address: str, host: str) -> None:
    pytest.importorskip("gevent")
    function = server.fresh().decode()
    worker = Worker(address, threads=3)
    together = threading.Barrier(3)

    @worker.task(function)
    def meet(job: WorkerJob) -> bytes:
        together.wait(PATIENCE_SECONDS)
        data: bytes = job.data
        return data

    with working(worker):
        command = [sys.executable, "-c", PROGRAM, f"{host}:{server.port}", function]
        env = environment(has_native_code=False) | {"GEARFAST_CODEC": "python"}
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=env)
    assert (done.stdout, done.returncode) == ("[b'0', b'1', b'2']\n", 0), done.stderr
