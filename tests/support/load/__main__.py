"""Load a server and check that it did what it promised.

python -m tests.support.load --seconds 60 --port 4730     a server that runs already, and is ours alone
python -m tests.support.load --seconds 60 --threads 4     an engine started for it
"""

from __future__ import annotations

import argparse
from contextlib import ExitStack

from tests.support.engine_process import EngineProcess
from tests.support.load.driver import PARTIES, running_load


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.support.load", description="Load a job server.")
    server = parser.add_mutually_exclusive_group(required=True)
    server.add_argument("--port", type=int, help="of a server on this machine that nobody else uses")
    server.add_argument("--threads", type=int, help="start an engine with so many I/O threads")
    parser.add_argument("--seconds", type=float, default=10.0, help="for which new jobs are submitted")
    parser.add_argument("--parties", type=int, default=PARTIES, help="processes")
    parser.add_argument("--seed", type=int, help="of all random choices")
    return parser.parse_args()


def main() -> None:
    given = options()
    with ExitStack() as stack:
        port = given.port
        if port is None:
            port = stack.enter_context(EngineProcess(threads=given.threads)).port
        with running_load(port, given.seconds, given.parties, given.seed) as load:
            counts = load.finish()
        for name, count in sorted(counts.items()):
            print(f"{count:10} {name}")


if __name__ == "__main__":
    main()
