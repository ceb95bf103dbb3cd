"""Locust replays mixes against a real server, as users start it."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest

from gearfast.mix import Arrivals, Clients, Distribution, Function, Mix, Workers
from gearfast.mix.gather import gather
from gearfast.mix.run import Run
from gearfast.mix.schema import dumps
from gearfast.recording import Recording
from tests.protocol.peer import Peer
from tests.recording.recorded import peer
from tests.support.child import ROOT, environment
from tests.support.gearfast_process import Gearfast, gearfast

# Importing it here would patch this process for gevent.
pytestmark = pytest.mark.skipif(find_spec("locust") is None, reason="locust is not installed")

ENVIRONMENT = environment(has_native_code=True)
CLOCK = Arrivals(burstiness=0)
SECONDS = 4
MIX = Mix(
    seconds=SECONDS,
    jobs_per_second=150,
    functions={
        "resize": Function(
            share=0.6,
            arrivals=CLOCK,
            background=0.5,
            payload_bytes=Distribution.of_values({100: 0.5, 20_000: 0.5}),
            result_bytes=Distribution.of_percentiles({0: 1000, 100: 3000}),
            run_ms=Distribution.always(5),
            failures=0.1,
            updates=1,
            workers=4,
        ),
        "mail": Function(
            share=0.4, arrivals=CLOCK, background=1, high=0.25, low=0.25, uniques=0.5, workers=4
        ),
    },
    clients=Clients(4),
    workers=Workers(connections=6),
)


@contextmanager
def working(server: Gearfast, mix: Path, report: Path) -> Iterator[None]:
    """The mix's workers."""
    words = ["mix", "work", str(mix), "--server", f"127.0.0.1:{server.port}", "--report", str(report)]
    pool = subprocess.Popen([sys.executable, "-W", "error", "-m", "gearfast", *words], env=ENVIRONMENT)
    try:
        with peer(server) as admin:
            while b"mail\t0\t0\t4\n" not in admin.ask_table(b"status"):
                pass
        yield
        pool.send_signal(signal.SIGTERM)
        assert pool.wait(20) == 0
    finally:
        pool.kill()
        pool.wait()


def swarm(server: Gearfast, mix: Path, locustfile: str, *options: str) -> subprocess.CompletedProcess[str]:
    """To its end."""
    command = [
        *(sys.executable, "-m", "locust", "-f", str(ROOT / "tools" / "locust" / f"{locustfile}.py")),
        *("--headless", "--host", f"127.0.0.1:{server.port}", "--mix", str(mix), "--only-summary", *options),
    ]
    return subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, timeout=60, check=False)


def start_recording(admin: Peer) -> None:
    assert admin.ask(b"record start jobs") == b"OK jobs\n"


def stop_recording(admin: Peer) -> None:
    assert admin.ask(b"record stop") == b"OK\r\n"
    while admin.ask(b"record status") != b"OK off\n":
        pass


def test_a_replayed_mix_is_the_mix(tmp_path: Path) -> None:
    path, run_path, pool_path = (tmp_path / name for name in ("mix.json", "run.json", "pool.json"))
    path.write_text(dumps(MIX))
    with (
        gearfast("--record-dir", str(tmp_path)) as server,
        peer(server) as admin,
        working(server, path, pool_path),
    ):
        start_recording(admin)
        report = ("--run-report", str(run_path), "--server-pid", str(server.pid))
        done = swarm(server, path, "replay", *report)
        stop_recording(admin)
    assert done.returncode == 0, done.stderr + done.stdout

    again = gather(Recording([tmp_path / "jobs"]).events())
    for name, function in MIX.functions.items():
        found = again.functions[name]
        wanted = MIX.rate(name) * SECONDS
        assert again.rate(name) * again.seconds == pytest.approx(wanted, rel=0.05)
        assert found.share == pytest.approx(function.share, rel=0.05)
        for field in ("high", "low", "background", "uniques", "failures", "updates"):
            # A failure is one job in ten: of a few hundred, one more or less is half a percent.
            assert getattr(found, field) == pytest.approx(getattr(function, field), rel=0.05, abs=0.01)
        for sizes in ("payload_bytes", "result_bytes"):
            for share in (0.1, 0.4, 0.6, 0.9):
                assert getattr(found, sizes).at(share) == pytest.approx(
                    getattr(function, sizes).at(share), rel=0.05
                )
        assert found.run_ms.at(0.01) >= function.run_ms.at(0.01)

    run = Run.from_json(json.loads(run_path.read_text()))
    assert not run.errors
    assert run.server
    assert run.jobs() == round(again.jobs_per_second * again.seconds)
    pool = json.loads(pool_path.read_text())
    assert sum(pool["done"].values()) + sum(pool["failed"].values()) == len(pool["jobs"])


def test_ramp_in_two_processes(tmp_path: Path) -> None:
    """What both did is in one report, and no background job of it is missing."""
    path, run_path, pool_path = (tmp_path / name for name in ("mix.json", "run.json", "pool.json"))
    path.write_text(dumps(MIX))
    options = ("--scale", "2", "--mix-seconds", "2", "--processes", "2", "--run-report", str(run_path))
    with gearfast() as server, working(server, path, pool_path):
        done = swarm(server, path, "ramp", *options)
    assert done.returncode == 0, done.stderr + done.stdout
    assert done.stderr.count("Shape test updating to") >= 2
    assert done.stderr.count("reported as ready") == 2
    run = Run.from_json(json.loads(run_path.read_text()))
    ended = json.loads(pool_path.read_text())
    assert not run.errors
    assert run.jobs() == len(ended["jobs"]) > 0
    assert set(run.accepted) < set(ended["jobs"])


def asked(port: int, path: str, form: dict[str, str] | None = None) -> bytes:
    """What the page answers; a POST if there is a form."""
    data = None if form is None else urlencode(form).encode()
    with urlopen(f"http://127.0.0.1:{port}/{path}", data, timeout=20) as answer:
        found: bytes = answer.read()
    return found


@contextmanager
def web_page(server: Gearfast, mix: Path) -> Iterator[int]:
    """The port of Locust's own, once it answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [
        *(sys.executable, "-m", "locust", "-f", str(ROOT / "tools" / "locust" / "replay.py")),
        *("--host", f"127.0.0.1:{server.port}", "--mix", str(mix), "--mix-seconds", "60"),
        *("--web-host", "127.0.0.1", "--web-port", str(port)),
    ]
    locust = subprocess.Popen(command, env=ENVIRONMENT, stderr=subprocess.PIPE, text=True)
    try:
        while True:
            assert locust.poll() is None
            with suppress(URLError):
                asked(port, "")
                break
            time.sleep(0.05)
        yield port
        locust.send_signal(signal.SIGTERM)
        complaint = locust.communicate(timeout=30)[1]
        assert "Traceback" not in complaint, complaint
    finally:
        locust.kill()
        locust.wait()


def test_started_and_stopped_by_its_web_page(tmp_path: Path) -> None:
    path = tmp_path / "mix.json"
    path.write_text(dumps(MIX))
    with (
        gearfast() as server,
        working(server, path, tmp_path / "pool.json"),
        web_page(server, path) as port,
    ):
        assert b"<title>Locust" in asked(port, "")
        form = {"user_count": "1", "spawn_rate": "1", "host": f"127.0.0.1:{server.port}"}
        assert json.loads(asked(port, "swarm", form))["success"]

        def stats() -> dict[str, Any]:
            found: dict[str, Any] = json.loads(asked(port, "stats/requests"))
            return found

        def requests() -> int:
            return sum(each["num_requests"] for each in stats()["stats"] if each["name"] != "Aggregated")

        while requests() < 50:
            time.sleep(0.1)
        assert json.loads(asked(port, "stop", {}))["success"]
        while stats()["state"] != "stopped":
            time.sleep(0.1)
        found = stats()
        assert (found["errors"], found["fail_ratio"]) == ([], 0)
        assert {"mail", "resize"} <= {each["name"] for each in found["stats"]}


def test_spike() -> None:
    program = "from gearfast.swarm.shapes import Spike; print([Spike().part(n / 10, 7.0) for n in range(10)])"
    done = subprocess.run(
        [sys.executable, "-c", program], env=ENVIRONMENT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[1.0, 1.0, 1.0, 1.0, 7.0, 7.0, 1.0, 1.0, 1.0, 1.0]\n"


def test_any_error_fails_the_run(tmp_path: Path) -> None:
    path = tmp_path / "mix.json"
    path.write_text(dumps(MIX))
    with gearfast() as server, peer(server) as admin, working(server, path, tmp_path / "pool.json"):
        assert admin.ask(b"maxqueue mail 1") == b"OK\r\n"
        done = swarm(server, path, "replay", "--mix-seconds", "1", "--scale", "10")
    assert done.returncode == 1
    assert "QUEUE_FULL" in done.stdout + done.stderr or "RefusedError" in done.stdout + done.stderr


def test_a_name_that_no_function_has_fails_the_run(tmp_path: Path) -> None:
    path, run_path = tmp_path / "mix.json", tmp_path / "run.json"
    path.write_text(dumps(Mix(1, 50, {"a\0b": Function(1.0, arrivals=CLOCK)})))
    with gearfast() as server:
        done = swarm(server, path, "replay", "--run-report", str(run_path))
    assert done.returncode == 1
    assert Run.from_json(json.loads(run_path.read_text())).failures.total() > 0
    assert "Traceback" not in done.stderr


def test_a_mix_without_jobs_comes_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "mix.json"
    path.write_text(dumps(Mix(1, 0, {"f": Function(1.0)})))
    with gearfast() as server:
        done = swarm(server, path, "replay")
    assert (done.returncode, "Traceback" in done.stderr, "StopIteration" in done.stderr) == (0, False, False)


def test_a_bad_mix_is_told(tmp_path: Path) -> None:
    path = tmp_path / "mix.json"
    path.write_text('{"gearfast_mix": 1,\n"functions": {}}')
    with gearfast() as server:
        done = swarm(server, path, "replay")
    assert done.returncode != 0
    assert f"locust: {path}: line 2: functions: there is none" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_report_that_cannot_be_written_is_told_before_the_run(tmp_path: Path) -> None:
    path, report = tmp_path / "mix.json", tmp_path / "missing" / "run.json"
    path.write_text(dumps(MIX))
    with gearfast() as server, peer(server) as admin:
        done = swarm(server, path, "replay", "--run-report", str(report))
        assert admin.ask_table(b"status") == b".\n"
    assert done.returncode == 2
    assert f"{report}: No such file or directory" in done.stderr
    assert "Traceback" not in done.stderr
