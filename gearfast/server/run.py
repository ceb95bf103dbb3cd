"""From options to a serving process and back: the phases of start, in the only order that works.

Ports are opened first, as root and where an error is still seen. The fork comes before anything that owns a
thread or an epoll; the log and pid files come after the change of user, who must be able to write them again.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from gearfast import __version__
from gearfast._native.engine import Engine, Recording
from gearfast.server import daemon, limits, privileges, threads
from gearfast.server.addresses import resolve
from gearfast.server.config import Config
from gearfast.server.errors import ExitCode, ServerError
from gearfast.server.keeper import Keeper
from gearfast.server.listen import Listeners, Opener
from gearfast.server.logs import Log, logger
from gearfast.server.loop import Loop
from gearfast.server.make_store import open_store
from gearfast.server.pidfile import pid_file
from gearfast.server.recorder import opened_recording
from gearfast.server.signals import Signals, StopRequested
from gearfast.stores.base import Store

STOP_SECONDS = 30.0


def run(config: Config) -> ExitCode:
    """Serve until told to stop. Raises ServerError when the start or the stop fails."""
    daemon.hold_standard_descriptors()
    try:
        with Signals() as signals, Log(config.log_target, config.verbose, syslog=config.syslog) as log:
            serve(config, signals, log)
    except StopRequested:
        return ExitCode.INTERRUPTED
    except OSError as error:
        raise ServerError(ExitCode.OS_ERROR, f"{error.strerror or error}.") from error
    return ExitCode.OK


def serve(config: Config, signals: Signals, log: Log) -> None:
    """All phases, one inside the other."""
    descriptors = limits.set_descriptor_limit(config.file_descriptors)
    account = privileges.find(config.user) if config.user else None
    addresses = resolve(config.listen, config.port)
    opener = Opener(config.backlog, config.keepalive_times, sleep=signals.sleep)
    with opener.open_all(addresses) as listeners:
        background = daemon.detach() if config.daemon else None
        if account is not None:
            privileges.become(account)
        if config.coredump:
            limits.allow_core_dumps()
        log.open()
        with pid_file(config.pid_file), opened_recording(config) as recording:
            store = open_store(config)  # the thread that keeps it closes it
            with running_engine(config, listeners, log, store, recording) as engine:
                announce(config, listeners, descriptors)
                if background is not None:
                    background.serving()
                Loop(engine, signals, log).run()
    signals.ignore()  # the exit code is what came of it
    logger.info("Shutdown complete")


@contextmanager
def running_engine(
    config: Config,
    listeners: Listeners,
    log: Log,
    store: Store | None = None,
    recording: Recording | None = None,
) -> Iterator[Engine]:
    """The engine serves on the listeners' sockets while the block runs; its last log lines come after."""
    engine = make_engine(config, recording)
    try:
        engine.start(listeners.filenos())
        if store is not None and engine.journal is not None:
            Keeper(store, engine.journal, empties=config.store_queue_on_shutdown).start()
        # The engine has duplicates; with ours open too, it could not stop listening.
        listeners.close()
        yield engine
    finally:
        stop(engine)
        for item in engine.read():
            if not isinstance(item, str):
                log.write(item)


def make_engine(config: Config, recording: Recording | None = None) -> Engine:
    """The native engine as the options say."""
    return Engine(
        threads=threads.resolve(config.threads),
        handle_prefix=config.handle_prefix,
        compat=config.compat,
        round_robin=config.round_robin,
        max_attempts=config.max_attempts,
        wakeup=config.worker_wakeup,
        exceptions=config.exceptions,
        allow_shutdown=config.allow_shutdown,
        max_packet=config.max_packet,
        max_connections=config.max_connections,
        max_output=config.output_limit,
        memory_limit=config.memory_limit,
        max_functions=config.max_functions,
        max_uniques=config.max_uniques,
        packet_timeout=1000 * config.packet_timeout,
        job_lease=1000 * config.job_lease,
        hashtable_buckets=config.hashtable_buckets,
        version=__version__.encode(),
        log_level=config.verbose,
        has_store=config.has_store,
        durability=config.durability_of_submits,
        recording=recording,
    )


def announce(config: Config, listeners: Listeners, descriptors: int) -> None:
    """Log what serves where; a port that the system chose is printed too."""
    count = threads.resolve(config.threads)
    logger.info("Starting up with pid %d, verbose is set to %s", os.getpid(), config.verbose.name)
    logger.info("gearfast %s, %d I/O threads, at most %d open files", __version__, count, descriptors)
    for address in listeners.addresses:
        logger.info("Listening on %s", address)
    if config.port == 0 and listeners.port is not None:
        print(listeners.port, flush=True)


def stop(engine: Engine) -> None:
    """Stop the engine, in a thread of its own so that signals are still heard. A store may take any time."""
    thread = threading.Thread(target=engine.stop, name="stop", daemon=True)
    thread.start()
    thread.join(STOP_SECONDS if engine.journal is None else None)
    if thread.is_alive():
        raise ServerError(ExitCode.FAILURE, f"The threads did not stop within {STOP_SECONDS:g} s.")
