"""Looking up host names: a resolver that hangs holds nobody up, and one that is slow is not asked twice."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from gearfast import AsyncClient, Backoff, Client, JobTimeoutError, UnavailableError
from gearfast.admin.connection import AdminConnection
from gearfast.links.addresses import Address
from tests.libraries.working import PATIENCE_SECONDS
from tests.protocol.server import Server

NAME = "slow.example"
SOON = Backoff(first=0.01, longest=0.02)


class Resolver:
    """Answers for NAME when it is told to, with the loopback address; passes on all other questions."""

    def __init__(self) -> None:
        self.may_answer = threading.Event()
        self.questions = 0
        self.lost_patience = False
        self._real = socket.getaddrinfo

    def __call__(self, host: Any, port: Any, *more: Any, **options: Any) -> Any:
        if host != NAME or options["flags"] & socket.AI_NUMERICHOST:
            return self._real(host, port, *more, **options)
        self.questions += 1
        self.lost_patience = not self.may_answer.wait(PATIENCE_SECONDS)
        return self._real("127.0.0.1", port, *more, **options)


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Resolver]:
    resolver = Resolver()
    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    yield resolver
    resolver.may_answer.set()


def test_a_call_times_out_while_the_resolver_hangs(resolver: Resolver) -> None:
    with Client(NAME) as client, pytest.raises(JobTimeoutError):
        client.call("f", timeout=0.01)
    assert (resolver.questions, resolver.lost_patience) == (1, False)


def test_a_resolver_that_hangs_is_a_server_that_cannot_be_reached(resolver: Resolver) -> None:
    with (
        Client(NAME, connect_timeout=0.01, submit_timeout=0.3) as client,
        pytest.raises(UnavailableError, match=f"{NAME} was not looked up within 0.01 s"),
    ):
        client.echo()
    assert (resolver.questions, resolver.lost_patience) == (1, False)


def test_what_comes_late_is_used(resolver: Resolver, server: Server) -> None:
    with Client((NAME, server.port)) as client:
        with pytest.raises(JobTimeoutError):
            client.call("f", timeout=0.01)
        resolver.may_answer.set()
        assert client.echo(b"there") == b"there"
    assert resolver.questions == 1


def test_asyncio_times_out_while_the_resolver_hangs(resolver: Resolver) -> None:
    """And its event loop can be closed."""

    async def main() -> None:
        async with AsyncClient(NAME, connect_timeout=0.01, backoff=SOON) as client:
            with pytest.raises(JobTimeoutError):
                await client.call("f", timeout=0.1)

    asyncio.run(main())
    assert (resolver.questions, resolver.lost_patience) == (1, False)


def test_asyncio_uses_what_comes_late(resolver: Resolver, server: Server) -> None:
    async def main() -> None:
        async with AsyncClient((NAME, server.port), connect_timeout=0.01, backoff=SOON) as client:
            with pytest.raises(JobTimeoutError):
                await client.call("f", timeout=0.1)
            resolver.may_answer.set()
            assert await client.echo(b"there") == b"there"

    asyncio.run(main())


def test_asyncio_tells_of_names_that_are_none() -> None:
    async def main() -> None:
        async with AsyncClient("a..b", submit_timeout=0.01) as client:
            await client.echo()

    with pytest.raises(UnavailableError, match="no host has the name"):
        asyncio.run(main())


def test_another_server_is_used_meanwhile(resolver: Resolver, server: Server) -> None:
    with Client([NAME, ("127.0.0.1", server.port)], connect_timeout=0.01) as client:
        assert client.echo(b"here") == b"here"
    assert not resolver.lost_patience


@pytest.mark.parametrize("name", ["no-such-host.invalid", "a..b", "x" * 64 + ".invalid"])
def test_names_that_are_none(name: str) -> None:
    with Client(name, submit_timeout=0.01) as client, pytest.raises(UnavailableError, match=name):
        client.echo()


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_an_address_takes_no_thread(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def start(thread: threading.Thread) -> None:
        raise AssertionError("a thread was started")

    monkeypatch.setattr(threading.Thread, "start", start)
    with Client((host, 1), submit_timeout=0.01) as client, pytest.raises(UnavailableError, match="refused"):
        client.echo()


def test_an_admin_connection_does_not_wait_either(resolver: Resolver) -> None:
    with pytest.raises(UnavailableError, match="was not looked up within"):
        AdminConnection(Address(NAME, 4730), timeout=0.01)
    assert not resolver.lost_patience
