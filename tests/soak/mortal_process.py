"""A client or a worker that is killed at any moment, and has told before what it knows.

    python -m tests.soak.mortal_process client|worker PORT

It writes the numbers of job handles, a line at a time: a client those that were acknowledged, a worker those
it was given, before it answers them. A worker leaves its connection for a new one after 1,000 jobs or 30 s.
"""

from __future__ import annotations

import os
import sys
import time

from tests.protocol.peer import Peer
from tests.protocol.wire import (
    CAN_DO,
    GRAB_JOB,
    JOB_ASSIGN,
    JOB_CREATED,
    NO_JOB,
    NOOP,
    PRE_SLEEP,
    SUBMIT_JOB_BG,
    WORK_COMPLETE,
    req,
)

FUNCTION = b"mortal"
BATCH = 20
PAUSE_SECONDS = 0.02
JOBS_A_LIFE, SECONDS_A_LIFE = 1000, 30.0


def tell(handles: list[bytes]) -> None:
    """In one write, so that no line is cut."""
    numbers = b" ".join(handle.rpartition(b":")[2] for handle in handles)
    os.write(sys.stdout.fileno(), numbers + b"\n")


def submit_for_ever(port: int) -> None:
    with Peer(port) as peer:
        while True:
            peer.send(*[req(SUBMIT_JOB_BG, FUNCTION, b"", b"x" * 100)] * BATCH)
            tell([peer.receive_kind(JOB_CREATED).body for _ in range(BATCH)])
            time.sleep(PAUSE_SECONDS)


def live(port: int) -> None:
    """One connection's worth of work. It waits for a NOOP for at most the patience of a peer."""
    end = time.monotonic() + SECONDS_A_LIFE
    with Peer(port) as peer:
        said = req(CAN_DO, FUNCTION)
        done = 0
        while done < JOBS_A_LIFE and time.monotonic() < end:
            peer.send(said, req(GRAB_JOB))
            said = b""
            while (packet := peer.receive()).kind == NOOP:
                pass
            if packet.kind == NO_JOB:
                peer.send(req(PRE_SLEEP))
                peer.receive_kind(NOOP)
            else:
                assert packet.kind == JOB_ASSIGN
                handle = packet.args[0]
                tell([handle])
                said = req(WORK_COMPLETE, handle, b"")
                done += 1
        peer.send(said)
        peer.settle()


def main() -> None:
    role, port = sys.argv[1], int(sys.argv[2])
    if role == "client":
        submit_for_ever(port)
    while True:
        live(port)


if __name__ == "__main__":
    main()
