"""How jobs get into each queue."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

Submit = Callable[[str, Sequence[str]], None]
"""Hands jobs for one of the functions `mark` and `greet` over, with these payloads."""


@contextmanager
def gearfast(url: str) -> Iterator[Submit]:
    """Background jobs, pipelined."""
    from gearfast import Client

    with Client(url) as client:

        def submit(function: str, payloads: Sequence[str]) -> None:
            client.submit_many(function, [payload.encode() for payload in payloads], background=True)

        yield submit


@contextmanager
def rq(url: str) -> Iterator[Submit]:
    """All jobs in one pipeline, none of whose results are kept."""
    from redis import Redis
    from rq import Queue

    from benchmarks.libraries.queues import rq_jobs

    with Redis.from_url(url) as connection:
        queue = Queue(connection=connection)

        def submit(function: str, payloads: Sequence[str]) -> None:
            run = getattr(rq_jobs, function)
            queue.enqueue_many([Queue.prepare_data(run, (text,), result_ttl=0) for text in payloads])

        yield submit


@contextmanager
def celery(url: str) -> Iterator[Submit]:
    """All jobs by one producer."""
    from benchmarks.libraries.queues.celery_jobs import make_app

    app = make_app(url)
    with app, app.producer_or_acquire() as producer:

        def submit(function: str, payloads: Sequence[str]) -> None:
            task = app.tasks[function]
            for text in payloads:
                task.apply_async((text,), producer=producer)

        yield submit


@contextmanager
def dramatiq(url: str) -> Iterator[Submit]:
    """Message by message: dramatiq has no way to send many at once."""
    from benchmarks.libraries.queues.dramatiq_jobs import connect

    broker = connect(url)

    def submit(function: str, payloads: Sequence[str]) -> None:
        actor = broker.get_actor(function)
        for text in payloads:
            actor.send(text)

    try:
        yield submit
    finally:
        broker.close()
