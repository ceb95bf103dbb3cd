"""gf_poller on real descriptors."""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from gearfast._native._csrc import ffi, lib


@pytest.fixture
def poller() -> Iterator[Any]:
    made = ffi.new("gf_poller *")
    assert lib.gf_poller_init(made) == lib.GF_OK
    yield made
    lib.gf_poller_close(made)


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    a, b = socket.socketpair()
    with a, b:
        yield a, b


def ready(poller: Any, most: int = 16) -> list[tuple[int, int]]:
    """(tag, events) of what is ready now."""
    out = ffi.new("gf_ready[]", most)
    count = lib.gf_poller_wait(poller, out, most, 0)
    assert count >= 0
    return [(out[i].tag, out[i].events) for i in range(count)]


def test_readiness_comes_with_its_tag(poller: Any, pair: tuple[socket.socket, socket.socket]) -> None:
    tag = 2**64 - 7
    assert lib.gf_poller_add(poller, pair[0].fileno(), tag, lib.EPOLLIN) == lib.GF_OK
    assert ready(poller) == []
    pair[1].send(b"x")
    assert ready(poller) == [(tag, lib.EPOLLIN)]


def test_change_and_remove(poller: Any, pair: tuple[socket.socket, socket.socket]) -> None:
    fd = pair[0].fileno()
    assert lib.gf_poller_add(poller, fd, 1, lib.EPOLLIN) == lib.GF_OK
    assert lib.gf_poller_change(poller, fd, 2, lib.EPOLLOUT) == lib.GF_OK
    assert ready(poller) == [(2, lib.EPOLLOUT)]
    assert lib.gf_poller_remove(poller, fd) == lib.GF_OK
    assert ready(poller) == []


def test_hang_up_is_told_unasked(poller: Any, pair: tuple[socket.socket, socket.socket]) -> None:
    assert lib.gf_poller_add(poller, pair[0].fileno(), 1, 0) == lib.GF_OK
    pair[1].close()
    assert ready(poller) == [(1, lib.EPOLLHUP)]


def test_no_more_than_asked_for_and_none_is_forgotten(poller: Any) -> None:
    pipes = [os.pipe() for _ in range(lib.GF_POLLER_BATCH + 10)]
    for tag, (reader, writer) in enumerate(pipes):
        assert lib.gf_poller_add(poller, reader, tag, lib.EPOLLIN) == lib.GF_OK
        os.write(writer, b"x")
    assert len(ready(poller, 3)) == 3
    seen: set[int] = set()
    while batch := ready(poller, 1000):
        assert len(batch) <= lib.GF_POLLER_BATCH
        seen |= {tag for tag, _ in batch}
        for tag, _ in batch:
            assert lib.gf_poller_remove(poller, pipes[tag][0]) == lib.GF_OK
    assert seen == set(range(len(pipes)))
    for fd in (fd for pipe in pipes for fd in pipe):
        os.close(fd)


def test_errors_are_told(poller: Any, pair: tuple[socket.socket, socket.socket]) -> None:
    fd = pair[0].fileno()
    assert lib.gf_poller_change(poller, fd, 1, lib.EPOLLIN) == lib.GF_ESYS
    assert lib.gf_poller_remove(poller, fd) == lib.GF_ESYS
    assert lib.gf_poller_add(poller, fd, 1, lib.EPOLLIN) == lib.GF_OK
    assert lib.gf_poller_add(poller, fd, 1, lib.EPOLLIN) == lib.GF_ESYS


def test_waiting_on_a_closed_poller_is_an_error() -> None:
    poller = ffi.new("gf_poller *")
    assert lib.gf_poller_init(poller) == lib.GF_OK
    lib.gf_poller_close(poller)
    assert lib.gf_poller_wait(poller, ffi.new("gf_ready[1]"), 1, 0) == lib.GF_ESYS


def test_a_signal_ends_the_wait_without_an_event(poller: Any) -> None:
    main = threading.get_ident()
    done = threading.Event()

    def disturb() -> None:
        while not done.wait(0.005):
            signal.pthread_kill(main, signal.SIGUSR1)

    before = signal.signal(signal.SIGUSR1, lambda *_: None)
    thread = threading.Thread(target=disturb)
    thread.start()
    try:
        assert lib.gf_poller_wait(poller, ffi.new("gf_ready[1]"), 1, -1) == 0
    finally:
        done.set()
        thread.join()
        signal.signal(signal.SIGUSR1, before)
