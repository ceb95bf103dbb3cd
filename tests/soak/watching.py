"""What a server's process holds: descriptors and memory, sampled while it runs."""

from __future__ import annotations

import threading
from pathlib import Path
from time import monotonic

PERIOD_SECONDS = 0.5


def descriptors(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def resident(pid: int) -> int:
    """Bytes."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise AssertionError(f"process {pid} is gone")


def slope(samples: list[tuple[float, int]]) -> float:
    """Bytes a second, by least squares."""
    count = len(samples)
    mean_time = sum(time for time, _ in samples) / count
    mean_size = sum(size for _, size in samples) / count
    spread = sum((time - mean_time) ** 2 for time, _ in samples)
    return sum((time - mean_time) * (size - mean_size) for time, size in samples) / spread if spread else 0.0


class Watch:
    """Samples a process's resident memory until `end`."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._over = threading.Event()
        self.samples: list[tuple[float, int]] = []
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def end(self) -> None:
        self._over.set()
        self._thread.join()

    def since(self, moment: float) -> list[tuple[float, int]]:
        return [sample for sample in self.samples if sample[0] >= moment]

    def _run(self) -> None:
        while not self._over.wait(PERIOD_SECONDS):
            self.samples.append((monotonic(), resident(self._pid)))
