"""A network of its own for a test: the server's side, a router, and a far side whose packets can be dropped.

    with network() as net:
        with net.near():
            ...  # sockets and processes made here are on the server's side
        with net.far():
            ...
        net.cut()

Needs root and iproute2. After `cut` nothing passes the router, and nobody is told.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

_CLONE_NEWNET = 0x40000000
NEAR, FAR = "10.83.1.1", "10.83.2.1"
_LINKS = ((0, NEAR, "10.83.1.2"), (2, FAR, "10.83.2.2"))


def missing() -> str | None:
    """Why there can be no such network, None if there can."""
    if os.geteuid() != 0:
        return "only root may make network namespaces"
    if shutil.which("ip") is None:
        return "iproute2 is missing"
    tried = subprocess.run(["unshare", "-n", "ip", "link", "add", "type", "veth"], capture_output=True)
    return None if tried.returncode == 0 else f"the system gives no network namespaces: {tried.stderr!r}"


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


@contextmanager
def _inside(name: str) -> Iterator[None]:
    """This thread's sockets and child processes are in the namespace."""
    libc = ctypes.CDLL(None, use_errno=True)
    with ExitStack() as stack:
        own, other = (
            os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            for path in (Path("/proc/thread-self/ns/net"), Path("/run/netns", name))
        )
        stack.callback(os.close, own)
        stack.callback(os.close, other)
        if libc.setns(other, _CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")
        try:
            yield
        finally:
            libc.setns(own, _CLONE_NEWNET)


class Network:
    """Three namespaces in a row."""

    def __init__(self, names: list[str]) -> None:
        self._names = names
        router = names[1]
        for side, address, gateway in _LINKS:
            name, link, end = names[side], f"to{side}", f"from{side}"
            _ip("-n", router, "link", "add", link, "type", "veth", "peer", "name", end, "netns", name)
            _ip("-n", router, "address", "add", f"{gateway}/30", "dev", link)
            _ip("-n", router, "link", "set", link, "up")
            _ip("-n", name, "address", "add", f"{address}/30", "dev", end)
            _ip("-n", name, "link", "set", end, "up")
            _ip("-n", name, "link", "set", "lo", "up")
            _ip("-n", name, "route", "add", "default", "via", gateway)
        with _inside(router):
            Path("/proc/sys/net/ipv4/ip_forward").write_text("1")

    def near(self) -> AbstractContextManager[None]:
        """A block in which this thread is on the server's side."""
        return _inside(self._names[0])

    def far(self) -> AbstractContextManager[None]:
        return _inside(self._names[2])

    def cut(self) -> None:
        """The router drops every packet from now on."""
        for address in (NEAR, FAR):
            _ip("-n", self._names[1], "route", "add", "blackhole", f"{address}/32")

    def mend(self) -> None:
        """Packets pass again."""
        for address in (NEAR, FAR):
            _ip("-n", self._names[1], "route", "del", "blackhole", f"{address}/32")


@contextmanager
def network() -> Iterator[Network]:
    """The namespaces go at the end; what still runs in them keeps its own."""
    names = [f"gearfast-{os.getpid()}-{place}" for place in ("near", "router", "far")]
    with ExitStack() as stack:
        for name in names:
            _ip("netns", "add", name)
            stack.callback(_ip, "netns", "del", name)
        yield Network(names)
