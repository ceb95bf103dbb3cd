"""A crowd of slow and silent connections beside one that behaves: see also benchmarks/slow_crowd.py."""

from __future__ import annotations

from tests.protocol.peer import Peer
from tests.protocol.wire import CAN_DO, GRAB_JOB, JOB_ASSIGN, SUBMIT_JOB, WORK_COMPLETE, req, res
from tests.stress.resting import drop_functions, expect_rest, held
from tests.support.engine_process import EngineProcess
from tests.support.slow_crowd import SlowCrowd

CROWD, JOBS = 900, 300


def test_jobs_are_run_beside_a_slow_crowd(threads: int) -> None:
    with EngineProcess(threads=threads) as engine:
        before = held(engine)
        with SlowCrowd(engine.port, CROWD) as crowd, Peer(engine.port) as client, Peer(engine.port) as worker:
            worker.can_do(b"well")
            for number in range(JOBS):
                handle = client.submit(SUBMIT_JOB, b"well", b"", b"%d" % number)
                worker.send(req(GRAB_JOB))
                worker.expect(res(JOB_ASSIGN, handle, b"well", b"%d" % number))
                worker.send(req(WORK_COMPLETE, handle, b"done"))
                client.expect(res(WORK_COMPLETE, handle, b"done"))
                if number % 50 == 0:
                    crowd.drip()
            assert engine.counters()["connections"] == CROWD + 2
            worker.send(req(CAN_DO, b"well"))
        drop_functions(engine.port)
        expect_rest(engine, before)
