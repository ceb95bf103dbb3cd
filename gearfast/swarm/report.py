"""What came of a run, second by second, also of several Locust processes: written where --run-report says."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import gevent
from locust import events
from locust.runners import WorkerRunner

from gearfast.mix.run import Run, process_usage


class Report:
    """Listens to one Locust environment, from its start on."""

    def __init__(self, environment: Any) -> None:
        self._environment = environment
        self._run = Run(began=time.time())
        environment.events.request.add_listener(self._request)
        environment.events.report_to_master.add_listener(self._to_master)
        environment.events.worker_report.add_listener(self._from_worker)
        environment.events.test_start.add_listener(self._start)
        environment.events.quitting.add_listener(self._write)

    def _start(self, **_: Any) -> None:
        self._run.began = time.time()
        options = self._environment.parsed_options
        if options.server_pid and not isinstance(self._environment.runner, WorkerRunner):
            gevent.spawn(self._watch, options.server_pid)

    def _watch(self, pid: int) -> None:
        while (usage := process_usage(pid)) is not None:
            self._run.server.append((time.time(), *usage))
            gevent.sleep(1.0)

    def _request(
        self,
        request_type: str,
        name: str,
        response_time: float,
        exception: Exception | None,
        context: dict[str, Any],
        **_: Any,
    ) -> None:
        if exception is not None:
            self._run.error(time.time(), f"{name}: {type(exception).__name__}: {exception}")
        else:
            self._run.job(time.time(), request_type, name, response_time / 1000)
        if job := context.get("job"):
            self._run.accepted.append(job)

    def _to_master(self, client_id: str, data: dict[str, Any]) -> None:
        """What is sent is not kept."""
        data["gearfast"] = self._run.as_json()
        self._run = Run(began=self._run.began)

    def _from_worker(self, client_id: str, data: dict[str, Any]) -> None:
        self._run.add(Run.from_json(data["gearfast"]))

    def _write(self, **_: Any) -> None:
        options = self._environment.parsed_options
        is_whole = self._environment.runner is None or not isinstance(self._environment.runner, WorkerRunner)
        if options.run_report and is_whole:
            Path(options.run_report).write_text(json.dumps(self._run.as_json()), encoding="utf-8")


@events.init.add_listener  # type: ignore[untyped-decorator]
def begin(environment: Any, **_: Any) -> None:
    """Each Locust process has one."""
    Report(environment)
