"""The jobs as dramatiq has them: actors of a broker."""

from __future__ import annotations

import os

import dramatiq
from dramatiq.brokers.redis import RedisBroker

from benchmarks.libraries.queues import tally
from benchmarks.libraries.queues.peers import BROKER


def mark(payload: str) -> None:
    tally.mark(payload)


def greet(payload: str) -> None:
    tally.greet()


def connect(url: str) -> RedisBroker:
    """A broker with both actors."""
    broker = RedisBroker(url=url)
    for run in (mark, greet):
        dramatiq.actor(broker=broker)(run)
    return broker


def from_environment() -> None:
    """What dramatiq's workers call."""
    dramatiq.set_broker(connect(os.environ[BROKER]))
