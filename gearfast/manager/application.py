"""Finding what `MODULE:APP` names, and running it."""

from __future__ import annotations

import asyncio
import importlib
import logging
import signal
import sys

from gearfast.worker.async_worker import AsyncWorker
from gearfast.worker.base import BaseWorker
from gearfast.worker.worker import Worker

log = logging.getLogger("gearfast.manager")

Application = Worker | AsyncWorker


class LoadError(Exception):
    """There is nothing to run; the message says why."""


def load(name: str) -> Application:
    """Import the module and take the worker from it. Raises LoadError."""
    module, _, path = name.partition(":")
    found = _imported(module)
    for part in path.split("."):
        if not hasattr(found, part):
            raise LoadError(f"there is no {path!r} in the module {module}")
        found = getattr(found, part)
    if not isinstance(found, Worker | AsyncWorker):
        raise LoadError(f"{name} is no Worker and no AsyncWorker but a {type(found).__name__}")
    if not len(found):
        raise LoadError(f"{name} has no task")
    return found


def run(application: Application) -> None:
    """Work until SIGTERM, or until a limit is reached.

    A second SIGTERM does nothing: those who stop a supervisor may well send one to all processes it has.
    """
    if isinstance(application, AsyncWorker):
        asyncio.run(_run_async(application))
    else:
        signal.signal(signal.SIGTERM, lambda number, frame: application.stop())
        application.run(signals=False)


async def _run_async(application: AsyncWorker) -> None:
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, application.stop)
    await application.run(signals=False)


def _imported(module: str) -> object:
    BaseWorker.importing = True
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{module}.".startswith(f"{error.name}."):
            raise _unimportable(module, error) from error
        raise LoadError(f"there is no module {error.name!r} in {sys.path[0]} or elsewhere") from error
    except (Exception, SystemExit) as error:
        raise _unimportable(module, error) from error
    finally:
        BaseWorker.importing = False


def _unimportable(module: str, error: BaseException) -> LoadError:
    """The log gets the whole story."""
    log.error("cannot import %s", module, exc_info=error)
    return LoadError(f"cannot import {module}: {type(error).__name__}: {error}")
