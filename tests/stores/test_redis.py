"""What is Redis's own: gearmand's keys, those of old versions, and what the server's settings promise."""

from __future__ import annotations

import logging
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from threading import Barrier

import pytest
import redis

from gearfast.stores.base import Add, Batch, Damaged, StoreError
from gearfast.stores.redis import RedisStore
from tests.support.patience import eventually
from tests.support.store_servers import StoreServer, redis_server

UUID = b"12345678-abcd-ABCD-0000-123456789abc"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[StoreServer]:
    started = redis_server(tmp_path)
    yield started
    started.stop()


@pytest.fixture
def db(server: StoreServer) -> Iterator[redis.Redis]:
    with closing(redis.Redis(port=server.port)) as client:
        yield client


@contextmanager
def opened(server: StoreServer, prefix: str = "_gear_") -> Iterator[RedisStore]:
    store = RedisStore("127.0.0.1", server.port, prefix=prefix, seconds=1.0)
    store.open()
    with closing(store):
        yield store


def job(key: bytes, function: bytes, data: bytes = b"data") -> Add:
    return (key, function, 1, data, 0, None)


def test_a_job_is_stored_as_gearmand_does(server: StoreServer, db: redis.Redis) -> None:
    with opened(server) as store:
        store.commit(Batch([(b"u", b"f", 2, b"da\0ta", 0, None)], []))
    assert sorted(db.keys()) == [b"_gear_-f-u", b"gearfast:order:_gear_-"]
    assert db.hgetall("_gear_-f-u") == {b"data": b"da\0ta", b"priority": b"2"}


def test_what_old_versions_wrote(server: StoreServer, db: redis.Redis) -> None:
    """A string has no priority; where the key says all, the function ends before a UUID, else at a "-"."""
    db.set("_gear_-f-old", "data")
    db.hset("_gear_-f-u-1", mapping={"data": "1", "priority": "0"})
    db.hset(b"_gear_-a-b-" + UUID, mapping={"data": "2", "priority": "2"})
    db.hset("_gear_-a-b-c", mapping={"data": "3", "priority": "1", "function": "a-b", "unique": "c"})
    with opened(server) as store:
        jobs = [row[1:] for row in store.read()]
        assert sorted(jobs) == [
            (UUID, b"a-b", 2, b"2", 0, None),
            (b"c", b"a-b", 1, b"3", 0, None),
            (b"old", b"f", 1, b"data", 0, None),
            (b"u-1", b"f", 0, b"1", 0, None),
        ]
        store.commit(Batch([], [(key, function) for key, function, *_ in jobs]))
    assert db.keys() == []


@pytest.mark.parametrize("unique", ["", "-"])
def test_a_job_of_gearmand_without_a_unique_gets_a_key(
    server: StoreServer, db: redis.Redis, unique: str
) -> None:
    """By which it is deleted; the next one of gearmand's would have replaced it."""
    db.hset(f"_gear_-f-{unique}", mapping={"data": "1", "priority": "0"})
    with opened(server) as store:
        [(_, key, function, *_)] = store.read()
        assert key.startswith(b"gearfast:")
        assert db.keys() == [b"_gear_-f-" + key]
        store.commit(Batch([], [(key, function)]))
    assert db.keys() == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((b"b-c", b"a"), (b"c", b"a-b")),
        ((b"b-" + UUID, b"a"), (UUID, b"a-b")),
        ((b"", b"a-"), (b"-", b"a")),
    ],
)
def test_jobs_whose_names_gearmand_would_mix_up(
    server: StoreServer, one: tuple[bytes, bytes], other: tuple[bytes, bytes]
) -> None:
    jobs = [job(*one, b"1"), job(*other, b"2")]
    with opened(server) as store:
        store.commit(Batch(jobs, []))
        store.commit(Batch([], [one]))
    with opened(server) as store:
        assert [row[4] for row in store.read()] == [b"2"]


def test_another_prefix_is_another_store(server: StoreServer) -> None:
    with opened(server, "x[*]?\\-") as store, opened(server, "xy") as other:
        store.commit(Batch([job(b"u", b"f")], []))
        other.commit(Batch([job(b"v", b"f")], []))
    with opened(server, "x[*]?\\-") as store:
        assert [row[1] for row in store.read()] == [b"u"]


def test_a_prefix_is_used_by_one_server_at_a_time(server: StoreServer) -> None:
    """For as long as its connection lives, and again when it was cut."""
    with opened(server) as store, opened(server, "other"):
        with pytest.raises(
            StoreError, match=r"the keys _gear_- are in use by another gearfast, 127\.0\.0\.1:"
        ):
            RedisStore("127.0.0.1", server.port).open()
        store.open()
    with opened(server):
        pass


def test_of_servers_that_start_together_one_gets_the_keys(
    server: StoreServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each has said what it wants when the first one looks who else does."""
    stores = [RedisStore("127.0.0.1", server.port) for _ in range(3)]
    together, set_name, waited = Barrier(len(stores)), redis.Redis.client_setname, set()

    def set_name_together(client: redis.Redis, name: str) -> object:
        answer = set_name(client, name)
        if client not in waited:
            waited.add(client)
            together.wait()
        return answer

    def start(store: RedisStore) -> bool:
        with suppress(StoreError):
            store.open()
            return True
        return False

    monkeypatch.setattr(redis.Redis, "client_setname", set_name_together)
    with ThreadPoolExecutor(len(stores)) as threads:
        assert sorted(threads.map(start, stores)) == [False, False, True]
    for store in stores:
        store.close()


def test_who_starts_does_not_keep_an_owner_from_coming_back(server: StoreServer, db: redis.Redis) -> None:
    starting = RedisStore("127.0.0.1", server.port)
    with opened(server) as store, ThreadPoolExecutor(1) as thread, closing(starting):
        failing = thread.submit(starting.open)
        eventually(lambda: sum(client["name"] != "" for client in db.client_list()), (2).__eq__, "both")
        store.open()
        assert isinstance(failing.exception(), StoreError)
        store.commit(Batch([job(b"u", b"f")], []))


def test_a_server_that_does_not_tell_who_uses_it(
    server: StoreServer, db: redis.Redis, caplog: pytest.LogCaptureFixture
) -> None:
    rights = {"categories": ["+@all"], "commands": ["-client|list"], "keys": ["*"]}
    db.acl_setuser("default", True, True, **rights)  # type: ignore[arg-type]
    with opened(server) as store:
        store.commit(Batch([job(b"u", b"f")], []))
    assert "It cannot be known whether another gearfast uses these keys of Redis" in caplog.text


def test_a_replaced_job_keeps_nothing_of_the_old(server: StoreServer, db: redis.Redis) -> None:
    with opened(server) as store:
        store.commit(Batch([(b"u", b"f", 1, b"1", 5, b"reducer")], []))
        store.commit(Batch([job(b"u", b"f", b"2")], []))
        assert [row[1:] for row in store.read()] == [job(b"u", b"f", b"2")]


def test_what_is_no_job_is_set_aside(server: StoreServer, db: redis.Redis) -> None:
    """Under a key that neither reads; twice is the same as once."""
    db.rpush("_gear_-f-list", "x")
    db.hset("_gear_-f-nodata", "priority", "1")
    db.hset("_gear_-none", mapping={"data": "1", "priority": "1"})
    with opened(server) as store:
        rows = store.read()
        assert [row[2] for row in rows] == [None] * 3
        for _ in range(2):
            store.set_aside([Damaged(row, "it is no good") for row in rows])
    with opened(server) as store:
        assert store.read() == []
    assert db.hgetall("gearfast:damaged") == {row[0]: b"it is no good" for row in rows}
    assert db.lrange("gearfast:damaged:_gear_-f-list", 0, -1) == [b"x"]


def test_a_frozen_server(server: StoreServer) -> None:
    """The batch that was under way when it froze does not come after what followed."""
    jobs = [job(b"%d" % number, b"f", bytes(1000)) for number in range(1000)]
    with opened(server) as store:
        server.send(signal.SIGSTOP)
        with pytest.raises(StoreError, match=r"(?i)timeout|timed out"):
            store.commit(Batch(jobs, []))
        with pytest.raises(StoreError):
            store.open()
        server.send(signal.SIGCONT)
        store.open()
        store.commit(Batch([], [(key, function) for key, function, *_ in jobs]))
    with opened(server) as store:
        assert store.read() == []


def test_a_server_that_keeps_all_is_not_warned_of(
    server: StoreServer, caplog: pytest.LogCaptureFixture
) -> None:
    with opened(server):
        assert caplog.text == ""


@pytest.mark.parametrize(
    ("options", "warning"),
    [
        (("--appendonly", "no"), "appendonly is off"),
        (("--appendfsync", "everysec"), "appendfsync is everysec"),
        (("--maxmemory", "1gb", "--maxmemory-policy", "allkeys-lru"), "maxmemory-policy lets it drop keys"),
        (("--rename-command", "CONFIG", ""), "it does not tell how it is set"),
    ],
)
def test_one_that_does_not_is(
    tmp_path: Path, options: tuple[str, ...], warning: str, caplog: pytest.LogCaptureFixture
) -> None:
    server = redis_server(tmp_path, *options)
    try:
        with opened(server) as store, caplog.at_level(logging.ERROR):
            store.open()
    finally:
        server.stop()
    assert caplog.text.count(warning) == 1


def test_a_password(tmp_path: Path) -> None:
    server = redis_server(tmp_path, "--requirepass", "secret")
    try:
        store = RedisStore("127.0.0.1", server.port, "wrong")
        with pytest.raises(StoreError, match="invalid username-password"):
            store.open()
        store = RedisStore("127.0.0.1", server.port, "secret")
        store.open()
        store.close()
    finally:
        server.stop()
