"""The jobs as Celery has them: tasks of an app. `celery --app` and `--broker` name it and the server."""

from __future__ import annotations

from celery import Celery

from benchmarks.libraries.queues import tally


def mark(payload: str) -> None:
    tally.mark(payload)


def greet(payload: str) -> None:
    tally.greet()


def make_app(url: str | None = None) -> Celery:
    """An app with both tasks, whose results nobody asks for."""
    app = Celery("bench", broker=url)
    app.conf.task_ignore_result = True
    app.conf.broker_connection_retry_on_startup = True
    app.task(mark, name="mark")
    app.task(greet, name="greet")
    return app


app = make_app()
