"""The Python guide and its examples, run as they stand there."""

from __future__ import annotations

import io
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.clients.requirements import require
from tests.protocol.server import Counts, Server, Waiting
from tests.support.child import environment

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "docs" / "examples"
PATIENCE_SECONDS = 60.0
SEVERAL = "127.0.0.1:4730,127.0.0.1:4731"

Run = Callable[..., str]


def blocks(kind: str) -> list[str]:
    """The guide's blocks of Python that begin with this word as a comment."""
    text = (ROOT / "docs" / "python.md").read_text()
    return re.findall(rf"```python\n# {kind}\n(.*?)```", text, re.DOTALL)


@pytest.fixture
def env(address: str) -> dict[str, str]:
    return environment(has_native_code=True) | {"GEARMAN_SERVERS": address}


@pytest.fixture
def start(env: dict[str, str]) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts programs in the background; all have to leave in order when the test ends."""
    started: list[subprocess.Popen[str]] = []

    def begin(*words: str | Path, **more: str) -> subprocess.Popen[str]:
        command = [sys.executable, *map(str, words)]
        started.append(subprocess.Popen(command, env=env | more, stderr=subprocess.PIPE, text=True))
        return started[-1]

    yield begin
    for process in started:
        process.terminate()
    for process in started:
        assert process.communicate(timeout=PATIENCE_SECONDS) is not None
        assert process.returncode == 0


@pytest.fixture
def run(env: dict[str, str], tmp_path: Path) -> Run:
    """The output of a program that ends well."""

    def to_its_end(*words: str | Path, **more: str) -> str:
        command = [sys.executable, *map(str, words)]
        done = subprocess.run(
            command,
            env=env | more,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return to_its_end


@pytest.fixture
def script(address: str, tmp_path: Path) -> Callable[[str], Path]:
    """A block as a file, for the server under test."""

    def write(block: str) -> Path:
        path = tmp_path / "block.py"
        path.write_text(block.replace(SEVERAL, address).replace("127.0.0.1:4730", address))
        return path

    return write


def test_clients_of_the_guide(
    server: Server, script: Callable[[str], Path], start: Callable[..., object], run: Run, tmp_path: Path
) -> None:
    simple, full = blocks("worker")
    assert "reverse" in simple
    worker = tmp_path / "worker.py"
    worker.write_text(script(full).read_text())
    start(worker)
    outputs = [run(script(block), GEARFAST_CODEC="python") for block in blocks("client")]
    assert outputs[2:] == [run(script(block)) for block in blocks("client")[2:]]
    assert outputs[0] == "b'olleH'\n"
    lines = outputs[1].splitlines()
    assert lines[0].startswith("H:test:")
    assert lines[1:] == ["b'olleH'", "b'ba'", "b'dc'", "b'fe'"]
    assert outputs[2] == "".join(f"{n + 1} of 3\nb'{n}'\n" for n in range(3))
    assert outputs[3] == "b'olleH'\n"
    assert len(outputs) == 4


@pytest.mark.parametrize("codec", ["", "python"])
def test_asyncio_of_the_guide(script: Callable[[str], Path], run: Run, codec: str) -> None:
    (block,) = blocks("asyncio")
    greetings = [b"Hello Anna", b"Hello Ben", b"Hello Cleo"]
    assert run(script(block), GEARFAST_CODEC=codec).splitlines() == [str(greetings), *map(str, greetings)]


def test_the_simple_worker(
    server: Server, script: Callable[[str], Path], start: Callable[..., object]
) -> None:
    start(script(blocks("worker")[0]))
    server.await_counts(b"reverse", Counts(1, 0, 4))


def test_fan_out(start: Callable[..., object], run: Run) -> None:
    start(EXAMPLES / "fan_out.py", "work")
    lines = run(EXAMPLES / "fan_out.py", "0.3", "0.2", "0.1").splitlines()
    assert lines[:3] == ["slept 0.3", "slept 0.2", "slept 0.1"]
    assert lines[3].endswith("seconds in all")


def test_resize(start: Callable[..., object], run: Run, tmp_path: Path) -> None:
    image = pytest.importorskip("PIL.Image")
    large, small = tmp_path / "large.png", tmp_path / "small.png"
    image.new("RGB", (640, 480), "red").save(large)
    start(EXAMPLES / "resize.py", "work")
    run(EXAMPLES / "resize.py", large, small, "320")
    assert image.open(io.BytesIO(small.read_bytes())).size == (320, 240)


def test_log_analysis(start: Callable[..., object], run: Run, tmp_path: Path) -> None:
    logs = [tmp_path / "one.log", tmp_path / "two.log"]
    for log in logs:
        line = '127.0.0.1 - - [1/Jan/2026] "GET / HTTP/1.1" {} 12\n'
        log.write_text(line.format(200) * 25_000 + line.format(404) * 5)
    for kind in ("count", "map"):
        start(EXAMPLES / "log_analysis.py", kind)
    assert run(EXAMPLES / "log_analysis.py", *logs) == "200 50000\n404 10\n"


@pytest.fixture
def memcached() -> Iterator[str]:
    """The address of a memcached of our own."""
    path = shutil.which("memcached")
    require(path is not None, "memcached is not installed")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [
        str(path),
        "-l",
        "127.0.0.1",
        "-p",
        str(port),
        "-U",
        "0",
        *(("-u", "root") * (os.geteuid() == 0)),
    ]
    with subprocess.Popen(command) as process:
        try:
            _wait_for(port)
            yield f"127.0.0.1:{port}"
        finally:
            process.terminate()


def _wait_for(port: int) -> None:
    from tests.support.patience import eventually

    def answers() -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return True
        return False

    eventually(answers, bool, "a server that listens")


def test_word_count(
    server: Server, memcached: str, start: Callable[..., object], run: Run, tmp_path: Path
) -> None:
    pytest.importorskip("pymemcache")
    (tmp_path / "novel.txt").write_text("the end of the end of the world")
    assert run(EXAMPLES / "word_count.py", "submit", "novel.txt").startswith("H:test:")
    start(EXAMPLES / "word_count.py", "work", MEMCACHED=memcached)
    server.await_counts(b"count-words", Counts(0, 0, 2))
    shown = run(EXAMPLES / "word_count.py", "show", "novel.txt", MEMCACHED=memcached)
    assert shown == "3 the\n2 end\n2 of\n1 world\n"


class MailServer:
    """Takes every mail; `mails` are their lines."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.mails: list[str] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.listener.getsockname()[1]}"

    def close(self) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self._thread.join(PATIENCE_SECONDS)

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                peer, _ = self.listener.accept()
                with peer, peer.makefile("rwb", buffering=0) as stream:
                    self._talk(stream)

    def _talk(self, stream: io.RawIOBase) -> None:
        stream.write(b"220 here\r\n")
        while line := stream.readline():
            if line.upper().startswith(b"DATA"):
                stream.write(b"354 go on\r\n")
                lines = iter(stream.readline, b".\r\n")
                self.mails.append(b"".join(lines).decode())
            stream.write(b"250 fine\r\n" if not line.upper().startswith(b"QUIT") else b"221 bye\r\n")


def test_mail(server: Server, start: Callable[..., object], run: Run) -> None:
    mail_server = MailServer()
    for number in range(3):
        run(EXAMPLES / "mail.py", "submit", f"{number}@example.org", "Your order", "It is on its way.")
    start(EXAMPLES / "mail.py", "work", SMTP=mail_server.address, SECONDS_BETWEEN="0.01")
    server.await_counts(b"send-mail", Counts(0, 0, 1))
    mail_server.close()
    assert [f"To: {number}@example.org" in mail for number, mail in enumerate(mail_server.mails)] == [
        True
    ] * 3


def test_a_mail_that_can_not_be_sent_is_tried_again_later(
    server: Server, start: Callable[..., object], run: Run
) -> None:
    run(EXAMPLES / "mail.py", "submit", "anna@example.org", "Your order", "It is on its way.")
    start(EXAMPLES / "mail.py", "work", SMTP="127.0.0.1:1", SECONDS_BETWEEN="0.01")
    server.await_counts(b"send-mail", Counts(1, 0, 1))
    assert server.waiting(b"send-mail") == Waiting(0, 1, 0, 1)
