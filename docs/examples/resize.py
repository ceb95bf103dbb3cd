"""Make pictures smaller with Pillow, on as many machines as run this.

    python resize.py work &
    python resize.py picture.jpg small.jpg 320

Pictures larger than a server takes in one packet (gearfast: 256 MB) should go through shared storage instead.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

from PIL import Image

from gearfast import Client, Worker, WorkerJob

worker = Worker(processes=2, max_jobs=1000)


@worker.task("resize", timeout=60)
def resize(job: WorkerJob) -> bytes:
    """The width is in the first line of the workload, the picture behind it."""
    width, _, picture = job.data.partition(b"\n")
    image = Image.open(io.BytesIO(picture))
    image.thumbnail((int(width), 100_000))
    smaller = io.BytesIO()
    image.save(smaller, image.format)
    return smaller.getvalue()


def main(*words: str) -> None:
    if words == ("work",):
        worker.run()
        return
    source, target, width = words
    with Client(timeout=60) as client:
        smaller = client.call("resize", width.encode() + b"\n" + Path(source).read_bytes())
    Path(target).write_bytes(smaller)


if __name__ == "__main__":
    main(*sys.argv[1:])
