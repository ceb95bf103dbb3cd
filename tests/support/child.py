"""A Python process for a test to talk to: lines of JSON, one question and one answer at a time."""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Any

ROOT = Path(__file__).resolve().parents[2]
STOP_SECONDS = 60.0
# What loads a sanitizer; a process without code of ours would only be slower for it.
SANITIZER_SETTINGS = ("LD_PRELOAD", "PYTHONMALLOC")
UNDER_TSAN = "libtsan" in os.environ.get("LD_PRELOAD", "")
NEEDS_DESCRIPTORS = "ThreadSanitizer crashes with any program that has no standard descriptors"

Verbs = Mapping[str, Callable[..., Any]]


class Child:
    """Runs `module`, which calls `answer_questions`; leaving the block ends it and checks its exit code."""

    def __init__(self, module: str, *arguments: str, has_native_code: bool = True) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-W", "error", "-m", module, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment(has_native_code=has_native_code),
            cwd=ROOT,
        )
        self.pid = self._process.pid

    def __enter__(self) -> Child:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        try:
            self._process.communicate(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()
        if kind is None:
            assert self._process.returncode == 0

    def ask(self, verb: str, *arguments: Any) -> Any:
        """What the child's function for this verb returns."""
        assert self._process.stdin is not None
        print(json.dumps([verb, *arguments]), file=self._process.stdin, flush=True)
        return self.read()

    def read(self) -> Any:
        """The next thing the child tells."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, f"process {self.pid} ended with {self._process.wait()}"
        return json.loads(line)


def environment(*, has_native_code: bool) -> dict[str, str]:
    """Ours with the repository last on the path: a sanitized package in front stays in front."""
    path = os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), str(ROOT)]))
    dropped = () if has_native_code else SANITIZER_SETTINGS
    return {name: value for name, value in os.environ.items() if name not in dropped} | {"PYTHONPATH": path}


def tell(answer: Any) -> None:
    """Called in the child."""
    print(json.dumps(answer), flush=True)


def answer_questions(verbs: Verbs, watched: Mapping[Any, Callable[[], None]] | None = None) -> None:
    """Called in the child: returns at the end of stdin. `watched` are files with what to do when readable."""
    # Unbuffered: a buffer would hide lines from the selector.
    lines = open(sys.stdin.fileno(), "rb", buffering=0, closefd=False)  # noqa: SIM115 - closed at its end
    with selectors.DefaultSelector() as selector:
        selector.register(lines, selectors.EVENT_READ, lambda: _answer_one(verbs, lines))
        for file, react in (watched or {}).items():
            selector.register(file, selectors.EVENT_READ, react)
        while not lines.closed:
            for key, _ in selector.select():
                key.data()


def _answer_one(verbs: Verbs, lines: IO[bytes]) -> None:
    line = lines.readline()
    if not line:
        lines.close()
        return
    verb, *arguments = json.loads(line)
    tell(verbs[verb](*arguments))


SWITCH_SECONDS = 0.1


class Spinner:
    """A thread that runs pure Python without a pause, and lets go of the GIL as seldom as Python allows."""

    def __init__(self) -> None:
        sys.setswitchinterval(SWITCH_SECONDS)
        self._thread: threading.Thread | None = None
        self._wanted = False

    def start(self) -> None:
        self._wanted = True
        self._thread = threading.Thread(target=self._spin)
        self._thread.start()

    def stop(self) -> None:
        self._wanted = False
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def verbs(self) -> Verbs:
        return {"spin": self.start, "rest": self.stop}

    def _spin(self) -> None:
        while self._wanted:
            pass
