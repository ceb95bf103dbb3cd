"""The servers that are measured side by side, each started on a free loopback port for one measurement."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks import bare_commit
from benchmarks.programs import BUILT, ROOT, program

LOOPBACK = "127.0.0.1"
START_SECONDS = 20.0
STOP_SECONDS = 20.0


@dataclass(frozen=True)
class Server:
    """One product with one choice of options."""

    name: str  # as in tables: "gearmand -t 4"
    product: str
    package: str | None  # the Debian package that brings it; None: ours
    command: Callable[[int], list[str]]  # serves the port
    version: Callable[[], str]
    protocol: str = "gearman"
    keeps_in: Path | None = None  # a folder of its own, emptied before each measurement
    store: str | None = (
        None  # the kind of store, on a server of its own, whose options are added to the command
    )
    alone: Callable[[Path, float], dict[str, float]] | None = (
        None  # no server: it measures itself for seconds
    )

    def is_installed(self) -> bool:
        return self.package is None or shutil.which(self.command(0)[0]) is not None


class Running:
    """A server that accepts connections. Raises RuntimeError when it does not start."""

    def __init__(self, server: Server, options: Sequence[str]) -> None:
        self.port = _free_port()
        self._name = server.name
        self._command = [*server.command(self.port), *options]
        self._start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def stop(self) -> None:
        """As an operator would."""
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def restart(self) -> None:
        """On the same port, with what it has kept. Raises RuntimeError when it does not start."""
        self.stop()
        self._start()

    def _start(self) -> None:
        self._process = subprocess.Popen(
            self._command,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            self._wait_until_listening()
        except BaseException:
            self.stop()
            raise

    def _wait_until_listening(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not _accepts(self.port):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{self._name} does not listen; its exit code is {self._process.poll()}")
            time.sleep(0.01)


@contextmanager
def running(server: Server) -> Iterator[Running]:
    """Serve until the block is left. Raises RuntimeError when it does not start."""
    empty(server.keeps_in)
    with _store_options(server) as options:
        target = Running(server, options)
        try:
            yield target
        finally:
            target.stop()


def empty(folder: Path | None) -> None:
    """Make it anew."""
    if folder is not None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)


@contextmanager
def _store_options(server: Server) -> Iterator[tuple[str, ...]]:
    """What makes the server use its store, which runs meanwhile: one of those that the tests use."""
    if server.store is None:
        yield ()
        return
    from tests.stores.kinds import KINDS

    assert server.keeps_in is not None
    kind = KINDS[server.store](server.keeps_in)
    try:
        yield kind.options
    finally:
        kind.remove()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def _accepts(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((LOOPBACK, port)) == 0


def _path(name: str) -> str:
    """Debian puts daemons where not every PATH looks."""
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin") or name


def _output(*command: str) -> str:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return (done.stdout or done.stderr).strip()


def _package_version(package: str) -> str:
    return _output("dpkg-query", "--show", "--showformat", "${Version}", package)


def _gearfast_version() -> str:
    version = _output(sys.executable, "-m", "gearfast", "--version")
    revision = _output("git", "describe", "--always", "--dirty")
    found = re.search(r"\d+\.\d+\.\d+\S*", version)
    return f"{found[0] if found else version} ({revision})"


def _gearfast(threads: int) -> Server:
    def command(port: int) -> list[str]:
        options = ["--config-file", os.devnull, "--listen", LOOPBACK, "--port", str(port)]
        return [sys.executable, "-m", "gearfast", *options, "--threads", str(threads)]

    return Server(f"gearfast -t {threads}", "gearfast", None, command, _gearfast_version)


def _gearmand(threads: int) -> Server:
    def command(port: int) -> list[str]:
        options = ["--listen", LOOPBACK, "--port", str(port), "--backlog", "4096"]
        files = ["--pid-file", "", "--log-file", "none"]
        return [_path("gearmand"), *options, *files, "--threads", str(threads)]

    package = "gearman-job-server"
    return Server(f"gearmand -t {threads}", "gearmand", package, command, lambda: _package_version(package))


def _keeping(server: Server, store: str, word: str | None = None) -> Server:
    """The same with background jobs in a store, each on the disk before it is acknowledged."""
    name = f"{server.name} {word or store}"
    folder = BUILT / "stores" / name.replace(" ", "-")
    product = f"{server.product} {word or store}"
    return replace(server, name=name, product=product, keeps_in=folder, store=store)


def _in_sqlite(server: Server) -> Server:
    return _keeping(server, "libsqlite3", "sqlite")


def _async(server: Server) -> Server:
    """The same, but acknowledged at once."""
    return replace(
        server,
        name=f"{server.name} async",
        product=f"{server.product} async",
        command=lambda port: [*server.command(port), "--durability", "async"],
    )


def _bare_commit() -> Server:
    name = "bare commit"
    folder = BUILT / "stores" / "bare-commit"
    return Server(name, name, None, lambda _: [], lambda: "", keeps_in=folder, alone=bare_commit.measure)


def _recording(threads: int) -> Server:
    """gearfast while it records all that happens, for up to 256 MiB."""
    server = _gearfast(threads)
    folder = BUILT / "recordings" / f"t{threads}"
    options = ["--record", str(folder / "recording"), "--record-size", "64M", "--record-files", "4"]
    return replace(
        server,
        name=f"recording -t {threads}",
        product="recording",
        command=lambda port: [*server.command(port), *options],
        keeps_in=folder,
    )


def _floor() -> Server:
    return Server("floor", "floor", None, lambda port: [str(program("floor")), str(port)], lambda: "")


def _beanstalkd() -> Server:
    def command(port: int) -> list[str]:
        return [_path("beanstalkd"), "-l", LOOPBACK, "-p", str(port)]

    package = "beanstalkd"
    return Server(package, package, package, command, lambda: _package_version(package), "beanstalkd")


def _redis() -> Server:
    def command(port: int) -> list[str]:
        in_memory = ["--save", "", "--appendonly", "no"]
        return [_path("redis-server"), "--bind", LOOPBACK, "--port", str(port), *in_memory]

    package = "redis-server"
    return Server("redis", "redis", package, command, lambda: _package_version(package), "redis")


STORES = ("postgres", "mysql", "redis", "libtokyocabinet")
STORES_OF_GEARMAND = ("postgres", "mysql", "redis")  # that Debian's was built with

SERVERS = (
    _floor(),
    *(_gearfast(threads) for threads in (0, 1, 2, 4)),
    *(_gearmand(threads) for threads in (1, 4)),
    _beanstalkd(),
    _redis(),
    *(_in_sqlite(_gearfast(threads)) for threads in (0, 1, 2)),
    _in_sqlite(_gearmand(1)),
    _async(_in_sqlite(_gearfast(1))),
    _bare_commit(),
    *(_keeping(_gearfast(1), store) for store in STORES),
    *(_keeping(_gearmand(1), store) for store in STORES_OF_GEARMAND),
    *(_recording(threads) for threads in (0, 1, 2)),
)


def install_packages(servers: Sequence[Server]) -> None:
    """Raises CalledProcessError, after a line on stderr that says what is missing."""
    packages = dict.fromkeys(server.package for server in servers if server.package)
    if packages:
        subprocess.run([str(ROOT / "tools" / "dev" / "install-debian-packages"), *packages], check=True)
