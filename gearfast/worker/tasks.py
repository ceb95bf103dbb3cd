"""What a worker can do: names of functions and the Python callables behind them."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from gearfast.errors import GearfastError
from gearfast.protocol.codec import pack
from gearfast.protocol.names import checked
from gearfast.protocol.packets import ARGUMENT_MAX, CAN_DO, CAN_DO_TIMEOUT, SET_CLIENT_ID

_F = TypeVar("_F", bound=Callable[..., Any])


class TaskFailedError(GearfastError):
    """Raise it in a task to end the job with a failure, without another attempt.

    Its message, if it has one, is what clients are told, word for word; any other exception is sent with the
    name of its type.
    """


class Task(NamedTuple):
    """One function; `timeout` in seconds, or None."""

    name: bytes
    run: Callable[..., Any]
    timeout: float | None
    retries: int


class TaskList:
    """The tasks of a worker, filled by the decorator `task`."""

    def __init__(self) -> None:
        self._tasks: dict[bytes, Task] = {}

    def task(
        self, name: str | bytes | None = None, *, timeout: float | None = None, retries: int = 0
    ) -> Callable[[_F], _F]:
        """Decorate the callable that does the jobs of a function.

        It is called with the job. What it returns is the result; each thing a generator yields is sent at
        once as a part of the result. What it raises becomes WORK_EXCEPTION and WORK_FAIL.

        Args:
            name: the function's name, by default the callable's own.
            timeout: seconds after which the server gives the job to another worker; it counts from one second
                up. gearmand 1.1 may stop for good when a timed task has jobs prefetched.
            retries: how often to call it again, at once, when it raises. A generator that has yielded is not
                called again.

        Raises ValueError for a name that is taken or can't be sent, and for negative numbers; TypeError
        for what this kind of worker can't call.
        """
        if callable(name):
            raise TypeError("the decorator needs parentheses: @worker.task()")
        if retries < 0 or (timeout is not None and timeout <= 0):
            raise ValueError(f"no task can have timeout={timeout} and retries={retries}")

        def register(run: _F) -> _F:
            self._check_callable(run)
            key = checked(run.__name__ if name is None else name, "function", ARGUMENT_MAX)
            if key in self._tasks:
                raise ValueError(f"there is a task for {name!r} already")
            self._tasks[key] = Task(key, run, timeout, retries)
            return run

        return register

    def _check_callable(self, run: Callable[..., Any]) -> None:
        """Raise TypeError for what this kind of worker can't call."""
        if inspect.iscoroutinefunction(run) or inspect.isasyncgenfunction(run):
            raise TypeError(f"{run!r} is for an AsyncWorker")

    def __getitem__(self, name: bytes) -> Task:
        return self._tasks[name]

    def __contains__(self, name: bytes) -> bool:
        return name in self._tasks

    def __len__(self) -> int:
        return len(self._tasks)

    def registration(self, client_id: str | None) -> bytes:
        """The packets a worker introduces itself with."""
        packets = [pack(True, SET_CLIENT_ID, client_id.encode())] if client_id else []
        for task in self._tasks.values():
            if task.timeout is None:
                packets.append(pack(True, CAN_DO, task.name))
            else:
                packets.append(pack(True, CAN_DO_TIMEOUT, task.name, b"%d" % round(task.timeout * 1000)))
        return b"".join(packets)
