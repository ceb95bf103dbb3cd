"""Three calls at the same time: what takes 1, 2 and 3 seconds takes 3 seconds, not 6.

python fan_out.py work &
python fan_out.py 1 2 3
"""

from __future__ import annotations

import sys
import time

from gearfast import Client, Worker, WorkerJob

worker = Worker(threads=3)


@worker.task("sleep")
def sleep(job: WorkerJob) -> bytes:
    time.sleep(float(job.data))
    duration: bytes = job.data
    return b"slept " + duration


def main(*words: str) -> None:
    if words == ("work",):
        worker.run()
        return
    begin = time.monotonic()
    with Client(timeout=60) as client:
        for result in client.map("sleep", [word.encode() for word in words]):
            print(result.decode())
    print(f"{time.monotonic() - begin:.1f} seconds in all")


if __name__ == "__main__":
    main(*sys.argv[1:])
