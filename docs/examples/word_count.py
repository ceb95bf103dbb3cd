"""Count words in the background and keep the results in memcached, where anybody finds them later.

    python word_count.py work &
    python word_count.py submit novel.txt
    python word_count.py show novel.txt

The name of the file is the job's unique key: while one count of it waits or runs, others join it.
MEMCACHED is the address of memcached, by default 127.0.0.1:11211.
"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from pathlib import Path

from pymemcache.client.base import Client as Memcached

from gearfast import Client, Worker, WorkerJob

worker = Worker(serializer="json", threads=2)


def memcached() -> Memcached:
    return Memcached(os.environ.get("MEMCACHED", "127.0.0.1:11211"))


@worker.task("count-words", retries=2)
def count_words(job: WorkerJob) -> None:
    words = Counter(job.data["text"].lower().split())
    memcached().set("words:" + job.data["name"], json.dumps(words.most_common(10)).encode(), expire=3600)


def main(verb: str, name: str = "") -> None:
    if verb == "work":
        worker.run()
    elif verb == "submit":
        with Client(serializer="json") as client:
            data = {"name": name, "text": Path(name).read_text()}
            print(client.submit("count-words", data, unique=name[-64:], background=True).handle)
    elif verb == "show":
        for word, count in json.loads(memcached().get("words:" + name) or b"[]"):
            print(count, word)


if __name__ == "__main__":
    main(*sys.argv[1:])
