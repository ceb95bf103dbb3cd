"""A server under soak, and one round of everything against it."""

from __future__ import annotations

import json
import random
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import monotonic, sleep

from benchmarks.programs import program
from tests.protocol.peer import Peer
from tests.soak.held import descriptors, resident
from tests.soak.mortals import mortals
from tests.soak.stalled import stalled
from tests.stress.resting import drop_functions
from tests.support.gearfast_process import Gearfast, gearfast
from tests.support.load.driver import jobs_by_function, running_load
from tests.support.patience import PATIENCE_SECONDS, eventually

STEP_SECONDS = 1.0
START_SECONDS = 2.0
KEPT_SECONDS = 2.0  # large blocks are kept for one, for the next of their size


class Target:
    """`options` are gearfast's; `mass` are the load generator's, which makes most of the jobs."""

    def __init__(self, name: str, server: Gearfast, log: Path, mass: str, chance: random.Random) -> None:
        self.name, self.counts = name, Counter[str]()
        self._server, self._log, self._chance = server, log, chance
        self._mass = [str(program("load")), *mass.split()]
        self.descriptors = self._descriptors_once_started()
        self.held: list[tuple[float, int]] = []  # when, and bytes, after each round

    def round(self, seconds: float) -> None:
        """Everything at once, then an account of every job and nothing left."""
        port = self._server.port
        with ExitStack() as stack:
            self.counts["stalled connections"] += stack.enter_context(stalled(port))
            dying = stack.enter_context(mortals(self._server, self._chance))
            mass = stack.enter_context(self._running_mass(seconds))
            load = stack.enter_context(running_load(port, seconds, 1, self._chance.getrandbits(24)))
            end = monotonic() + seconds
            while monotonic() < end:
                sleep(STEP_SECONDS)
                dying.kill_one()
                self._rotate_log()
            self.counts.update(load.finish())
            dying.settle()
            self._take_mass(mass)
            self.counts["acknowledged to mortals"] += dying.jobs
            self.counts["processes killed"] += dying.killed
        self._come_to_rest()
        sleep(KEPT_SECONDS)
        self.held.append((monotonic(), resident(self._server.pid)))

    def end(self) -> None:
        errors = [line for line in self.log_lines() if line.lstrip().startswith(("ERROR", "FATAL", "CRIT"))]
        assert not errors, errors

    def log_lines(self) -> list[str]:
        """Of the log and of those it was rotated to."""
        return [line for path in self._log.parent.glob(f"{self._log.name}*") for line in open_lines(path)]

    @contextmanager
    def _running_mass(self, seconds: float) -> Iterator[subprocess.Popen[str]]:
        arguments = f"--port {self._server.port} --seconds {seconds} --deadline {seconds + 60} --json"
        with subprocess.Popen(
            [*self._mass, *arguments.split()], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            try:
                yield process
            finally:
                process.kill()

    def _take_mass(self, process: subprocess.Popen[str]) -> None:
        output, complaint = process.communicate(timeout=PATIENCE_SECONDS)
        assert process.returncode == 0, complaint
        self.counts["in mass"] += sum(phase["jobs"] for phase in json.loads(output)["phases"])

    def _rotate_log(self) -> None:
        """As logrotate does: the server opens the file anew when told to."""
        self._log.rename(self._log.with_name(f"{self._log.name}.{self.counts['reloads']}"))
        self._server.signal(signal.SIGHUP)
        self.counts["reloads"] += 1
        eventually(self._log.exists, bool, "the log to be opened anew")

    def _come_to_rest(self) -> None:
        """No job is left of any function, no connection, no descriptor."""
        with Peer(self._server.port) as admin:
            eventually(
                lambda: sum(jobs_by_function(admin.ask_table(b"status")).values()),
                (0).__eq__,
                "no job to be left",
            )
        drop_functions(self._server.port)
        eventually(self._descriptors_at_rest, self.descriptors.__eq__, f"{self.descriptors} descriptors")

    def _descriptors_once_started(self) -> int:
        """A store opens some after it has told that it is read."""
        count, since = self._descriptors_at_rest(), monotonic()
        while monotonic() - since < START_SECONDS:
            sleep(0.05)
            now = self._descriptors_at_rest()
            if now != count:
                count, since = now, monotonic()
        return count

    def _descriptors_at_rest(self) -> int:
        return descriptors(self._server.pid)


def open_lines(path: Path) -> list[str]:
    return path.read_text(errors="backslashreplace").splitlines()


@contextmanager
def target(name: str, folder: Path, options: list[str], mass: str, chance: random.Random) -> Iterator[Target]:
    """Serves while the block runs."""
    log = folder / f"{name}.log"
    with gearfast("--log-file", str(log), "--verbose", "NOTICE", *options) as server:
        if "-q" in options:
            # It answers before: its descriptors are counted with those of the store.
            eventually(lambda: "jobs were in" in log.read_text(), bool, "the store to be read")
        under_soak = Target(name, server, log, mass, chance)
        try:
            yield under_soak
        finally:
            under_soak.end()
