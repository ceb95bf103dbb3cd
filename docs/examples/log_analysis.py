"""Count the status codes in web logs: map on all workers at the same time, reduce the parts to one.

    python log_analysis.py count &
    python log_analysis.py map &
    python log_analysis.py access.log access.log.1

Each file is one job with a reducer (SUBMIT_REDUCE_JOB). Its worker cuts the file into chunks, has each
counted by another worker, and has their counts added by the function that the client named as the reducer.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

from gearfast import Client, Worker, WorkerJob

CHUNK_LINES = 10_000

# The job for a file waits for those it makes, so the two kinds must not take each other's threads.
mapper = Worker(threads=2, serializer="json")
counter = Worker(threads=4, serializer="json")


@mapper.task("map-log")
def map_log(job: WorkerJob) -> dict[str, int]:
    lines = Path(job.data).read_text().splitlines()
    chunks = [lines[begin : begin + CHUNK_LINES] for begin in range(0, len(lines), CHUNK_LINES)]
    counts = []
    with Client(serializer="json", timeout=600) as client:
        for count in client.map("count-codes", chunks):
            counts.append(count)
            job.progress(len(counts), len(chunks))
        reduced: dict[str, int] = client.call(job.reducer, counts)
    return reduced


@counter.task("count-codes")
def count_codes(job: WorkerJob) -> dict[str, int]:
    return Counter(line.rsplit('"', 1)[-1].split()[0] for line in job.data)


@counter.task("add")
def add(job: WorkerJob) -> dict[str, int]:
    total: Counter[str] = Counter()
    for count in job.data:
        total.update(count)
    return total


def main(*words: str) -> None:
    if words == ("map",):
        mapper.run()
    elif words == ("count",):
        counter.run()
    else:
        with Client(serializer="json", timeout=600) as client:
            jobs = [client.submit("map-log", str(Path(word).resolve()), reducer="add") for word in words]
            for code, count in sorted(client.call("add", [job.result() for job in jobs]).items()):
                print(code, count)


if __name__ == "__main__":
    main(*sys.argv[1:])
