"""gearfast: a fast Gearman job server, and clients and workers for any Gearman server.

The names below are imported when they are first used: the server does not load the client.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gearfast.client.async_client import AsyncClient as AsyncClient
    from gearfast.client.async_job import AsyncJob as AsyncJob
    from gearfast.client.client import Client as Client
    from gearfast.client.job import Job as Job
    from gearfast.client.jobs import Data as Data
    from gearfast.client.jobs import JobWarning as JobWarning
    from gearfast.client.jobs import Progress as Progress
    from gearfast.client.requests import JobStatus as JobStatus
    from gearfast.client.submission import Priority as Priority
    from gearfast.errors import AnswerTimeoutError as AnswerTimeoutError
    from gearfast.errors import ConnectionLostError as ConnectionLostError
    from gearfast.errors import GearfastError as GearfastError
    from gearfast.errors import JobError as JobError
    from gearfast.errors import JobExceptionError as JobExceptionError
    from gearfast.errors import JobFailedError as JobFailedError
    from gearfast.errors import JobLostError as JobLostError
    from gearfast.errors import JobTimeoutError as JobTimeoutError
    from gearfast.errors import ProtocolError as ProtocolError
    from gearfast.errors import RefusedError as RefusedError
    from gearfast.errors import UnavailableError as UnavailableError
    from gearfast.links.backoff import Backoff as Backoff
    from gearfast.serializers import Serializer as Serializer
    from gearfast.worker.async_worker import AsyncWorker as AsyncWorker
    from gearfast.worker.job import WorkerJob as WorkerJob
    from gearfast.worker.tasks import TaskFailedError as TaskFailedError
    from gearfast.worker.worker import Worker as Worker

__version__ = "0.1.0"

_HOMES = {
    "client.async_client": ("AsyncClient",),
    "client.async_job": ("AsyncJob",),
    "client.client": ("Client",),
    "client.job": ("Job",),
    "client.jobs": ("Data", "JobWarning", "Progress"),
    "client.requests": ("JobStatus",),
    "client.submission": ("Priority",),
    "errors": (
        *("AnswerTimeoutError", "ConnectionLostError", "GearfastError", "JobError", "JobExceptionError"),
        *("JobFailedError", "JobLostError", "JobTimeoutError", "ProtocolError", "RefusedError"),
        *("UnavailableError",),
    ),
    "links.backoff": ("Backoff",),
    "serializers": ("Serializer",),
    "worker.async_worker": ("AsyncWorker",),
    "worker.job": ("WorkerJob",),
    "worker.tasks": ("TaskFailedError",),
    "worker.worker": ("Worker",),
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}

__all__ = ["__version__", *sorted(_HOME_OF)]


if not TYPE_CHECKING:  # type checkers are to see the names above and no others

    def __getattr__(name: str) -> object:
        if name not in _HOME_OF:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        found = getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
        globals()[name] = found
        return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
