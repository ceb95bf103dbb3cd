"""The same app, but a task leaves its queue when it is done, not when it is begun."""

from __future__ import annotations

from benchmarks.libraries.queues.celery_jobs import make_app

app = make_app()
app.conf.task_acks_late = True
