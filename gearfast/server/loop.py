"""The main thread while the server serves: it waits for signals and for what the engine has to say."""

from __future__ import annotations

import selectors
import signal

from gearfast._native.engine import Engine
from gearfast.server.logs import Log, logger
from gearfast.server.signals import Signals


class Loop:
    """Passes the engine's log lines on and reacts to its reports and to signals."""

    def __init__(self, engine: Engine, signals: Signals, log: Log) -> None:
        self._engine, self._signals, self._log = engine, signals, log
        self._stopped = False
        self._draining = False
        self._on_signal = {
            signal.SIGTERM: self._stop,
            signal.SIGINT: self._stop,
            signal.SIGHUP: log.reopen,
            signal.SIGUSR1: self._drain,
        }
        self._on_report = {
            "shutdown": self._stop,
            "shutdown-graceful": self._drain,
            "drained": self._stop,
        }

    def run(self) -> None:
        """Returns when the server shall stop."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._signals, selectors.EVENT_READ, self._read_signals)
            selector.register(self._engine, selectors.EVENT_READ, self._read_engine)
            self._read_signals()
            while not self._stopped:
                for key, _ in selector.select():
                    key.data()

    def _read_signals(self) -> None:
        for number in self._signals.read():
            logger.info("Received %s", number.name)
            self._on_signal[number]()

    def _read_engine(self) -> None:
        for item in self._engine.read():
            if not isinstance(item, str):
                self._log.write(item)
            else:
                logger.info("The engine reports %s", item)
                self._on_report[item]()

    def _stop(self) -> None:
        self._stopped = True

    def _drain(self) -> None:
        if not self._draining:
            self._draining = True
            self._engine.drain()
