"""The jobs of a store, some at a time, checked as the server checks them when it starts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from gearfast._native.journal import made_unique, row_problem
from gearfast.server.errors import ExitCode, ServerError
from gearfast.stores.base import Add, Batch, Damaged, RefusedError, Row, Store, StoreError
from gearfast.stores.joined import own_key


class Part(NamedTuple):
    """What one reading found."""

    jobs: list[Add]
    damaged: list[Damaged]


class Refused(NamedTuple):
    """A job that a store can never take."""

    job: Add
    reason: str


@contextmanager
def naming(store: Store) -> Iterator[None]:
    """What goes wrong with the store, as ServerError with the store's name."""
    try:
        yield
    except StoreError as error:
        raise ServerError(ExitCode.STORE, f"The store {store.name} fails: {error}.") from error


def read(store: Store) -> Iterator[Part]:
    """All that was there at first, in the order it came. Raises ServerError when the store fails."""
    while True:
        with naming(store):
            rows = store.read()
        if not rows:
            return
        yield _checked(rows)


def take(store: Store) -> Iterator[Part]:
    """The same for keeps: what is no job is set aside, and each job has a key that is its alone."""
    for part in read(store):
        with naming(store):
            if part.damaged:
                store.set_aside(part.damaged)
            jobs = _with_own_keys(store, part.jobs)
        yield Part(jobs, part.damaged)


def put(store: Store, jobs: list[Add]) -> list[Refused]:
    """Keep the jobs, durably; those that the store refuses are left. Raises ServerError when it fails."""
    refused: list[Refused] = []
    batch = Batch(list({job[:2]: job for job in jobs}.values()), [])
    with naming(store):
        while batch.adds:
            try:
                store.commit(batch)
                break
            except RefusedError as error:
                rest = {job[:2] for job in error.rest.adds}
                refused += (Refused(job, str(error)) for job in batch.adds if job[:2] not in rest)
                batch = error.rest
    return refused


def remove(store: Store, jobs: list[Add]) -> None:
    """Forget the jobs, durably. Raises ServerError when the store fails."""
    if jobs:
        with naming(store):
            store.commit(Batch([], [job[:2] for job in jobs]))


def _checked(rows: list[Row]) -> Part:
    part = Part([], [])
    for row in rows:
        problem = row_problem(row)
        if problem is None:
            _, key, function, priority, data, when, reducer = row
            part.jobs.append((key, function, priority or 0, data or b"", max(when or 0, 0), reducer or None))
        else:
            part.damaged.append(Damaged(row, problem))
    return part


def _with_own_keys(store: Store, jobs: list[Add]) -> list[Add]:
    """gearmand has jobs under an empty key, under "-", and under one of 63 bytes and a NUL.

    Elsewhere another job may have that. They get a key of their own where they are: it is the same when they
    are read again.
    """
    keyed = [(_own_key(job[0]), *job[1:]) for job in jobs]
    changed = [(new, old) for new, old in zip(keyed, jobs, strict=True) if new[0] != old[0]]
    if changed:
        store.commit(Batch([new for new, _ in changed], [old[:2] for _, old in changed]))
    return keyed


def _own_key(key: bytes) -> bytes:
    if made_unique(key) is None:
        key = key.split(b"\0", 1)[0]
    return own_key(key)
