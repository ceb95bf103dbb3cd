"""PostgreSQL and MariaDB for tests: each once a run, in a folder of its own, as an unprivileged user."""

from __future__ import annotations

import atexit
import functools
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import IO

from tests.clients.requirements import require
from tests.support.child import environment

LOOPBACK = "127.0.0.1"
USER, PASSWORD = "gearfast", "pass'word"
PATIENCE_SECONDS = 60.0
UNPRIVILEGED = "nobody"
ENVIRONMENT = environment(has_native_code=False)


def _as_nobody(*command: str) -> list[str]:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return list(command)
    return ["setpriv", f"--reuid={UNPRIVILEGED}", "--regid=nogroup", "--clear-groups", *command]


def _folder(name: str) -> Path:
    """With a short path, for sockets; it is gone when the tests are."""
    folder = Path(tempfile.mkdtemp(prefix=f"gearfast-{name}-"))
    if os.geteuid() == 0:
        shutil.chown(folder, UNPRIVILEGED, "nogroup")
    return folder


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


class SqlServer:
    """A server that can be killed and started again; `folder` is its own."""

    def __init__(self, name: str) -> None:
        self.folder = _folder(name)
        self.process: subprocess.Popen[bytes] | None = None
        self._log: IO[bytes] = (self.folder / "log").open("wb")
        self._databases = 0
        atexit.register(self._remove)

    def start(self) -> None:
        self.process = subprocess.Popen(
            _as_nobody(*self.command()),
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            env=ENVIRONMENT,
        )
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self.is_ready():
            assert self.process.poll() is None, (self.folder / "log").read_text()
            assert time.monotonic() < deadline, f"{self.command()[0]} did not start"
            time.sleep(0.05)

    def kill(self) -> None:
        """As kill -9 does: it has no time to tidy up."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def freeze(self) -> None:
        """It hangs, with all its processes."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """It goes on."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        assert self.process is not None
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        for each in (pid, *map(int, children)):
            with suppress(ProcessLookupError):
                os.kill(each, number)

    def new_database(self) -> str:
        """The name of an empty one; a server that a test left dead is started for it."""
        if self.process is None or self.process.poll() is not None:
            self.start()
        self._databases += 1
        name = f"tests{self._databases}"
        self.execute(f"CREATE DATABASE {name}")
        return name

    def command(self) -> list[str]:
        raise NotImplementedError

    def is_ready(self) -> bool:
        raise NotImplementedError

    def execute(self, text: str) -> None:
        raise NotImplementedError

    def _set_up(self, *command: str) -> None:
        subprocess.run(
            _as_nobody(*command), stdout=self._log, stderr=self._log, check=True, cwd="/", env=ENVIRONMENT
        )

    def _remove(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(PATIENCE_SECONDS)
            except subprocess.TimeoutExpired:
                self.kill()
        self._log.close()
        shutil.rmtree(self.folder, ignore_errors=True)


class PostgresServer(SqlServer):
    """Behind a Unix socket in its folder; its superuser is `gearfast`."""

    def __init__(self, programs: Path) -> None:
        super().__init__("postgres")
        self._programs = programs
        data = str(self.folder / "data")
        initdb = ["--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", f"--username={USER}", "--no-sync"]
        self._set_up(str(programs / "initdb"), *initdb, data)
        self.start()

    def conninfo(self, database: str = "postgres") -> str:
        return f"host={self.folder} user={USER} dbname={database}"

    def command(self) -> list[str]:
        places = ["-D", str(self.folder / "data"), "-k", str(self.folder), "-h", ""]
        return [str(self._programs / "postgres"), *places]

    def is_ready(self) -> bool:
        program = str(self._programs / "pg_isready")
        done = subprocess.run([program, "-q", "-h", str(self.folder)], check=False, env=ENVIRONMENT)
        return done.returncode == 0

    def execute(self, text: str) -> None:
        program = str(self._programs / "psql")
        subprocess.run([program, "-q", "-d", self.conninfo(), "-c", text], check=True, env=ENVIRONMENT)

    def kill(self) -> None:
        """The children of a killed one go on for a while, and it does not start beside them."""
        assert self.process is not None
        self.process.send_signal(3)  # SIGQUIT: at once, without a checkpoint
        self.process.wait(PATIENCE_SECONDS)


class MariadbServer(SqlServer):
    """On a loopback port and a Unix socket in its folder; its user is `gearfast` with a password."""

    def __init__(self) -> None:
        super().__init__("mariadb")
        self.port = _free_port()
        self.socket = str(self.folder / "socket")
        data = str(self.folder / "data")
        self._set_up("mariadb-install-db", "--no-defaults", "--auth-root-authentication-method=normal",
                     f"--datadir={data}", "--skip-test-db")  # fmt: skip
        self.start()
        quoted = PASSWORD.replace("'", "''")
        for host in ("localhost", LOOPBACK):
            self.execute(f"CREATE USER {USER}@{host!r} IDENTIFIED BY '{quoted}'")
            self.execute(f"GRANT ALL ON *.* TO {USER}@{host!r}")

    def command(self) -> list[str]:
        data = str(self.folder / "data")
        files = [f"--datadir={data}", f"--socket={self.socket}", f"--pid-file={self.folder}/pid"]
        return ["mariadbd", "--no-defaults", *files, f"--bind-address={LOOPBACK}", f"--port={self.port}"]

    def is_ready(self) -> bool:
        ping = ["mariadb-admin", "--no-defaults", f"--socket={self.socket}", "--user=root", "ping"]
        return subprocess.run(ping, capture_output=True, check=False, env=ENVIRONMENT).returncode == 0

    def execute(self, text: str) -> None:
        client = ["mariadb", "--no-defaults", f"--socket={self.socket}", "--user=root", f"--execute={text}"]
        subprocess.run(client, check=True, env=ENVIRONMENT)


@functools.cache
def postgres() -> PostgresServer:
    """The running server; skips the test where PostgreSQL is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[4]))
    require(bool(found), "PostgreSQL is missing (Debian: postgresql)")
    return PostgresServer(found[-1].parent)


@functools.cache
def mariadb() -> MariadbServer:
    """The running server; skips the test where MariaDB is not installed."""
    require(shutil.which("mariadbd") is not None, "MariaDB is missing (Debian: mariadb-server)")
    return MariadbServer()
