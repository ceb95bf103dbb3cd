"""The examples for supervisord and systemd, run as they stand there but for paths, names and the server."""

from __future__ import annotations

import configparser
import getpass
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gearfast import Client
from tests.clients.requirements import require
from tests.protocol.server import Counts, Server
from tests.support.child import ROOT, environment
from tests.support.patience import PATIENCE_SECONDS, eventually

EXAMPLES = ROOT / "docs" / "examples"
FUNCTION = b"reverse"

SUPERVISORD = """
[supervisord]
nodaemon=true
user={user}
logfile={folder}/supervisord.log
pidfile={folder}/supervisord.pid

[unix_http_server]
file={folder}/control

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface

[supervisorctl]
serverurl=unix://{folder}/control

[include]
files={folder}/shop-worker.conf
"""


class Shop:
    """A folder with the worker of the examples."""

    def __init__(self, folder: Path, address: str) -> None:
        self.folder = folder
        self.address = address
        shutil.copy(EXAMPLES / "tasks.py", folder)

    def place(self, name: str) -> Path:
        """An example, for this folder, user and server."""
        text = (EXAMPLES / name).read_text()
        for theirs, ours in (
            ("/srv/shop/.venv/bin/gearfast", f"{sys.executable} -m gearfast"),
            ("/srv/shop", str(self.folder)),
            ("/var/log", str(self.folder)),
            ("127.0.0.1:4730", self.address),
            ("--processes 4", "--processes 2"),
            ("ser=shop", f"ser={getpass.getuser()}"),
        ):
            assert theirs in text or theirs == "/var/log"
            text = text.replace(theirs, ours)
        path = self.folder / name
        path.write_text(text)
        return path


@pytest.fixture
def shop(tmp_path: Path, address: str) -> Shop:
    return Shop(tmp_path, address)


def count(path: Path, text: str) -> int:
    return path.read_text().count(text) if path.exists() else 0


@contextmanager
def supervisord(folder: Path) -> Iterator[Path]:
    """supervisord with the program of the folder; its configuration."""
    configuration = folder / "supervisord.conf"
    configuration.write_text(SUPERVISORD.format(folder=folder, user=getpass.getuser()))
    command = [sys.executable, "-m", "supervisor.supervisord", "--configuration", str(configuration)]
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, env=environment(has_native_code=True)
    ) as process:
        try:
            yield configuration
        finally:
            process.terminate()
            assert process.wait(PATIENCE_SECONDS) == 0


def supervisorctl(configuration: Path, *words: str) -> str:
    command = [
        sys.executable,
        "-m",
        "supervisor.supervisorctl",
        "--configuration",
        str(configuration),
        *words,
    ]
    env = environment(has_native_code=True)
    return subprocess.run(command, capture_output=True, text=True, env=env, check=True).stdout


def test_supervisord(shop: Shop, server: Server, client: Client) -> None:
    pytest.importorskip("supervisor")
    shop.place("shop-worker.conf")
    log = shop.folder / "shop-worker.log"
    with supervisord(shop.folder) as configuration:
        server.await_counts(FUNCTION, Counts(0, 0, 4))
        assert client.call(FUNCTION, b"Hello") == b"olleH"
        eventually(lambda: count(log, "all processes are ready"), lambda times: times == 1, "readiness")
        supervisorctl(configuration, "signal", "HUP", "shop-worker")
        eventually(lambda: count(log, "all processes are ready"), lambda times: times == 2, "a restart")
        pid = int(supervisorctl(configuration, "pid", "shop-worker"))
        os.kill(pid, signal.SIGKILL)
        eventually(lambda: count(log, "all processes are ready"), lambda times: times == 3, "another start")
        server.await_counts(FUNCTION, Counts(0, 0, 4))
    server.await_counts(FUNCTION, Counts(0, 0, 0))
    assert count(log, " jobs were done") == 1
    assert count(log, "shop: 5 bytes to turn round") == 1


def test_systemd_takes_the_unit(shop: Shop) -> None:
    require(shutil.which("systemd-analyze") is not None, "systemd is not installed")
    unit = shop.place("shop-worker.service")
    result = subprocess.run(
        ["systemd-analyze", "verify", str(unit)],
        capture_output=True,
        text=True,
        check=False,
        env=environment(has_native_code=False),
    )
    assert (result.returncode, result.stdout + result.stderr) == (0, "")


def test_what_systemd_is_told(shop: Shop, server: Server, client: Client) -> None:
    unit = configparser.RawConfigParser()
    unit.optionxform = str  # type: ignore[assignment, method-assign] # names keep their capitals
    unit.read(shop.place("shop-worker.service"))
    service = unit["Service"]
    assert service["Type"] == "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.settimeout(PATIENCE_SECONDS)
        systemd.bind(str(shop.folder / "notify"))
        env = environment(has_native_code=True) | dict([service["Environment"].split("=", 1)])
        env["NOTIFY_SOCKET"] = str(shop.folder / "notify")
        command = shlex.split(service["ExecStart"])
        with subprocess.Popen(command, env=env, cwd=service["WorkingDirectory"]) as process:
            try:
                assert "STATUS=serving: 2/2 processes" in told(systemd, "READY=1")
                assert server.counts(FUNCTION) == Counts(0, 0, 4)
                assert client.call(FUNCTION, b"Hello") == b"olleH"
                reload = service["ExecReload"].replace("$MAINPID", str(process.pid))
                subprocess.run(shlex.split(reload), check=True)
                assert "MONOTONIC_USEC=" in told(systemd, "RELOADING=1")
                told(systemd, "READY=1")
            finally:
                process.terminate()
            told(systemd, "STOPPING=1")
        assert process.returncode == 0


def told(systemd: socket.socket, word: str) -> str:
    """The first message that has this word."""
    while word not in (message := systemd.recv(4096).decode()).split("\n"):
        pass
    return message
