"""Jobs out of a store, into one, and from one to another. What was done when it breaks off stays done."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import BinaryIO

from gearfast.queue.jobs import Part, put, remove, take
from gearfast.queue.lines import from_line, to_line
from gearfast.queue.listing import shown
from gearfast.stores.base import Add, Store

JOBS_AT_A_TIME = 2000
BYTES_AT_A_TIME = 16 << 20

Report = Callable[[str], None]


@dataclass
class Outcome:
    """Numbers of jobs, and of rows or lines that are none or are not taken."""

    done: int = 0
    left: int = 0


def report_damaged(part: Part, store: Store, report: Report) -> None:
    """Say which rows are no jobs."""
    for row, reason in part.damaged:
        report(f"Row {row[0]!r} of {store.name} is no job: {reason}.")


def export_jobs(store: Store, stream: BinaryIO, report: Report) -> Outcome:
    """Every job as a line; it is kept. Raises ServerError or OSError when the store or `stream` fails."""
    outcome = Outcome()
    for part in take(store):
        report_damaged(part, store, report)
        for job in part.jobs:
            stream.write(to_line(job))
        outcome.done += len(part.jobs)
        outcome.left += len(part.damaged)
    stream.flush()
    return outcome


def move_jobs(source: Store, destination: Store, report: Report) -> Outcome:
    """Each job is removed here once it is kept there. Raises ServerError when a store fails."""
    outcome = Outcome()
    for part in take(source):
        report_damaged(part, source, report)
        refused = put(destination, part.jobs)
        for job, reason in refused:
            report(f"{_name(job)} stays in {source.name}: {reason}.")
        stay = {job[:2] for job, _ in refused}
        moved = [job for job in part.jobs if job[:2] not in stay]
        remove(source, moved)
        outcome.done += len(moved)
        outcome.left += len(refused) + len(part.damaged)
    return outcome


def import_jobs(store: Store, lines: Iterable[bytes], report: Report) -> Outcome:
    """Every job of the lines; one that is there is replaced. Raises ServerError when the store fails."""
    return _Import(store, report).run(lines)


class _Import:
    """Lines gather until they are worth a commit."""

    def __init__(self, store: Store, report: Report) -> None:
        self._store = store
        self._report = report
        self._outcome = Outcome()
        self._gathered: dict[tuple[bytes, bytes], tuple[int, Add]] = {}
        self._bytes = 0

    def run(self, lines: Iterable[bytes]) -> Outcome:
        for number, line in enumerate(lines, 1):
            if line.strip():
                self._take(number, line)
            if len(self._gathered) >= JOBS_AT_A_TIME or self._bytes >= BYTES_AT_A_TIME:
                self._commit()
        self._commit()
        return self._outcome

    def _take(self, number: int, line: bytes) -> None:
        try:
            job = from_line(line)
        except ValueError as error:
            self._leave(number, str(error))
        else:
            self._gathered[job[:2]] = number, job
            self._bytes += len(job[3])

    def _commit(self) -> None:
        refused = put(self._store, [job for _, job in self._gathered.values()])
        for job, reason in refused:
            self._leave(self._gathered[job[:2]][0], reason)
        self._outcome.done += len(self._gathered) - len(refused)
        self._gathered.clear()
        self._bytes = 0

    def _leave(self, number: int, reason: str) -> None:
        self._outcome.left += 1
        self._report(f"Line {number} is not imported: {reason}.")


def _name(job: Add) -> str:
    return f"The job {shown(job[0])} of {shown(job[1])}"
