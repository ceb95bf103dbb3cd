"""What every store does: the contract of gearfast.stores.base."""

from __future__ import annotations

import pytest

from gearfast.stores.base import Add, Batch, Damaged, Key, Store, StoreError
from tests.stores.conftest import Open
from tests.stores.kinds import Kind

JOB: Add = (b"u", b"f", 1, b"data", 0, None)


def add(*jobs: Add) -> Batch:
    return Batch(list(jobs), [])


def done(*keys: Key) -> Batch:
    return Batch([], list(keys))


def job(unique: bytes, function: bytes = b"f", data: bytes = b"data") -> Add:
    return (unique, function, 1, data, 0, None)


def found(store: Store) -> list[Add]:
    """Every job in the store, without the store's own names for the rows."""
    jobs = []
    while rows := store.read():
        jobs += [row[1:] for row in rows]
    return jobs


def test_a_new_store_is_empty(reopen: Open) -> None:
    assert found(reopen()) == []


def test_jobs_survive_with_all_that_matters(reopen: Open) -> None:
    jobs: list[Add] = [
        (b"u", b"f", 0, b"data", 0, None),
        (b"v", b"f", 1, b"", 1_900_000_000, b"reducer"),
        (b"u", b"g", 2, b"da\0ta\xff", 2**62, None),
    ]
    reopen().commit(add(*jobs))
    assert found(reopen()) == jobs


@pytest.mark.parametrize(
    "name", [b"u" * 64, b"\xff\xfe", b"it's", b'"; DROP TABLE x; --', b"%s ?1", b" ", b"F\n", b"\xc3\xa9"]
)
def test_names_may_be_any_bytes(reopen: Open, name: bytes) -> None:
    store = reopen()
    store.commit(add(job(name), job(b"u", name)))
    store = reopen()
    assert found(store) == [job(name), job(b"u", name)]
    store.commit(done((name, b"f"), (b"u", name)))
    assert found(reopen()) == []


def test_names_that_differ_a_little_are_different(reopen: Open) -> None:
    jobs = [job(unique) for unique in (b"u", b"U", b"u ", b" u", b"u\xcc\x81")]
    reopen().commit(add(*jobs))
    assert found(reopen()) == jobs


def test_a_job_that_is_done_is_gone(reopen: Open) -> None:
    store = reopen()
    store.commit(add(job(b"u"), job(b"v"), job(b"u", b"g")))
    store.commit(done((b"u", b"f")))
    assert found(reopen()) == [job(b"v"), job(b"u", b"g")]


def test_one_that_is_not_there_may_be_done(reopen: Open) -> None:
    reopen().commit(done((b"u", b"f")))


def test_a_job_replaces_its_like(reopen: Open) -> None:
    store = reopen()
    store.commit(add(job(b"u", data=b"old"), job(b"v")))
    store.commit(add(job(b"u", data=b"new")))
    assert sorted(found(reopen())) == [job(b"u", data=b"new"), job(b"v")]


def test_what_is_done_goes_before_what_comes(reopen: Open) -> None:
    store = reopen()
    store.commit(add(job(b"u", data=b"old")))
    store.commit(Batch([job(b"u", data=b"new")], [(b"u", b"f")]))
    assert found(reopen()) == [job(b"u", data=b"new")]


def test_a_batch_may_be_committed_twice(reopen: Open) -> None:
    """The first time may have succeeded although an error came back."""
    store = reopen()
    store.commit(add(job(b"v")))
    for _ in range(2):
        store.commit(Batch([job(b"u")], [(b"v", b"f")]))
    assert found(reopen()) == [job(b"u")]


def test_many_jobs_come_in_batches_and_in_order(reopen: Open) -> None:
    jobs = [job(b"%06d" % (number * 7919 % 10_000)) for number in range(10_000)]
    store = reopen()
    store.commit(add(*jobs))
    store = reopen()
    first = store.read()
    assert 0 < len(first) < len(jobs)
    assert [row[1:] for row in first] + found(store) == jobs


def test_large_jobs_too(reopen: Open) -> None:
    jobs = [job(b"%d" % number, data=bytes([number]) * (8 << 20)) for number in range(5)]
    for large in jobs:
        reopen().commit(add(large))
    store = reopen()
    assert len(store.read()) < len(jobs)
    assert found(reopen()) == jobs


def test_only_what_was_there_at_first_is_read(reopen: Open) -> None:
    """What comes meanwhile is known to the server."""
    store = reopen()
    jobs = [job(b"%d" % number) for number in range(5000)]
    store.commit(add(*jobs))
    store = reopen()
    seen = [row[1:] for row in store.read()]
    store.commit(Batch([job(b"new"), job(b"4999", data=b"new")], [(b"4998", b"f")]))
    assert seen + found(store) == jobs[:4998]


def test_reading_goes_on_where_it_was_after_a_failure(reopen: Open, kind: Kind) -> None:
    store = reopen()
    jobs = [job(b"%d" % number) for number in range(5000)]
    store.commit(add(*jobs))
    store = reopen()
    seen = [row[1:] for row in store.read()]
    kind.break_down()
    kind.mend()
    store.open()
    assert seen + found(store) == jobs


def test_damaged_rows_are_set_aside(reopen: Open) -> None:
    store = reopen()
    store.commit(add(job(b"u"), job(b"v")))
    store = reopen()
    rows = store.read()
    store.set_aside([Damaged(rows[0], "it is no good")])
    assert found(reopen()) == [job(b"v")]


def test_clearing_forgets_everything(reopen: Open) -> None:
    store = reopen()
    store.commit(add(job(b"u"), job(b"v")))
    store.clear()
    store.commit(add(job(b"w")))
    assert found(reopen()) == [job(b"w")]


class TestFailures:
    def test_are_told_in_one_line(self, reopen: Open, kind: Kind) -> None:
        store = reopen()
        kind.break_down()
        with pytest.raises(StoreError) as caught:
            store.commit(add(JOB))
        assert str(caught.value)
        assert "\n" not in str(caught.value)

    def test_last_until_the_store_can_be_opened_again(self, reopen: Open, kind: Kind) -> None:
        store = reopen()
        store.commit(add(job(b"u")))
        kind.break_down()
        with pytest.raises(StoreError):
            store.commit(add(job(b"v")))
        with pytest.raises(StoreError):
            store.open()
        kind.mend()
        store.open()
        store.commit(add(job(b"v")))
        assert found(reopen()) == [job(b"u"), job(b"v")]

    def test_a_store_that_was_never_open_can_be_closed(self, kind: Kind) -> None:
        kind.store().close()
