"""Opening the listening sockets: every kind of address, ports in use, stale Unix sockets."""

from __future__ import annotations

import errno
import logging
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from gearfast.server.addresses import Address, resolve
from gearfast.server.errors import ExitCode, ServerError
from gearfast.server.listen import RETRY_DELAYS, AddressInUse, KeepAlive, Listeners, Opener

SYSTEM_INTERVAL = int(Path("/proc/sys/net/ipv4/tcp_keepalive_intvl").read_text())
V4, V6, UNIX = socket.AF_INET, socket.AF_INET6, socket.AF_UNIX


@pytest.fixture
def busy() -> Iterator[socket.socket]:
    """A socket that listens on some port of 127.0.0.1."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


def port_of(listening: socket.socket) -> int:
    return int(listening.getsockname()[1])


def opened(*listen: str, port: int = 0, keepalive: KeepAlive | None = None) -> Listeners:
    return Opener(8, keepalive, delays=()).open_all(resolve(listen, port))


def tcp_options(listeners: Listeners) -> list[int]:
    """No delay, keep-alive, its idle time, interval and count, of a connection that was just accepted."""
    with (
        socket.socket(fileno=os.dup(listeners.filenos()[0])) as listening,
        socket.create_connection(("127.0.0.1", listeners.port or 0)),
        listening.accept()[0] as accepted,
    ):
        tcp = (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT)
        return [
            accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY),
            accepted.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE),
            *(accepted.getsockopt(socket.IPPROTO_TCP, option) for option in tcp),
        ]


def refuse_to_sleep(seconds: float) -> None:
    raise AssertionError(f"slept for {seconds} s")


class TestResolve:
    """--listen and --port as addresses."""

    def test_nothing_given_is_every_address(self) -> None:
        assert set(resolve((), 4730)) == {Address(V4, "0.0.0.0", 4730), Address(V6, "::", 4730)}

    @pytest.mark.parametrize(
        ("text", "address", "shown"),
        [
            ("127.0.0.1", Address(V4, "127.0.0.1", 4730), "127.0.0.1:4730"),
            ("::1", Address(V6, "::1", 4730), "[::1]:4730"),
            ("[::1]", Address(V6, "::1", 4730), "[::1]:4730"),
            ("unix:/run/g.sock", Address(UNIX, "/run/g.sock"), "unix:/run/g.sock"),
        ],
    )
    def test_one(self, text: str, address: Address, shown: str) -> None:
        assert resolve([text], 4730) == [address]
        assert str(address) == shown

    def test_each_address_once_and_ports_first(self) -> None:
        found = resolve(["unix:/a", "127.0.0.1", "127.0.0.1", "localhost", "unix:/a"], 4730)
        assert len(found) == len(set(found))
        assert found[0] == Address(V4, "127.0.0.1", 4730)
        assert found[-1] == Address(UNIX, "/a")

    @pytest.mark.parametrize("text", ["no.such.host.invalid", "127.0.0.1:4730", "unix", "x" * 300, "a..b"])
    def test_unknown_host(self, text: str) -> None:
        with pytest.raises(ServerError, match="give a host name") as unknown:
            resolve([text], 4730)
        assert unknown.value.code == ExitCode.NO_HOST
        assert text in str(unknown.value)

    def test_more_than_the_engine_takes(self) -> None:
        assert len(resolve([f"127.0.0.{last}" for last in range(64)], 4730)) == 64
        with pytest.raises(ServerError, match="stands for 65 addresses, more than 64"):
            resolve([f"127.0.0.{last}" for last in range(65)], 4730)


class TestOpen:
    """What is open afterwards."""

    def test_sockets_as_gearmand_makes_them(self) -> None:
        with opened("127.0.0.1", "::1") as listeners:
            four, six = (socket.socket(fileno=os.dup(number)) for number in listeners.filenos())
            with four, six:
                assert four.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR)
                assert six.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY)
                assert not os.get_blocking(four.fileno())
                assert four.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)

    def test_connections_inherit_what_is_set(self) -> None:
        for keepalive, expected in [
            ((5, 6, 7), [1, 1, 5, 6, 7]),
            ((5, -1, 7), [1, 1, 5, SYSTEM_INTERVAL, 7]),
        ]:
            with opened("127.0.0.1", keepalive=keepalive) as listeners:
                assert tcp_options(listeners) == expected
        with opened("127.0.0.1") as listeners:
            assert tcp_options(listeners)[:2] == [1, 0]

    def test_free_port_is_the_same_for_all(self, tmp_path: Path) -> None:
        with opened("127.0.0.1", "::1", f"unix:{tmp_path}/s") as listeners:
            ports = {address.port for address in listeners.addresses if not address.is_unix}
            assert ports == {listeners.port}
            assert listeners.port
            for host in ("127.0.0.1", "::1"):
                socket.create_connection((host, listeners.port)).close()

    def test_free_port_is_sought_again_when_another_address_lacks_it(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        bind, busy = socket.socket.bind, iter([True, False])

        def bind_six_at_the_second_time(self: socket.socket, address: tuple[str, int]) -> None:
            if self.family == V6 and next(busy, False):
                raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))
            bind(self, address)

        monkeypatch.setattr(socket.socket, "bind", bind_six_at_the_second_time)
        with opened("127.0.0.1", "::1") as listeners:
            assert [address.family for address in listeners.addresses] == [V4, V6]

    def test_closing_ends_listening(self) -> None:
        with opened("127.0.0.1") as listeners:
            assert listeners.port
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", listeners.port))

    def test_a_name_may_lack_one_of_its_addresses(self, caplog: pytest.LogCaptureFixture) -> None:
        addresses = [
            Address(V4, "203.0.113.1", 0, one_of_many=True),
            Address(V4, "127.0.0.1", 0, one_of_many=True),
        ]
        with caplog.at_level(logging.WARNING, "gearfast"), Opener(8).open_all(addresses) as listeners:
            assert [address.host for address in listeners.addresses] == ["127.0.0.1"]
        assert "Not listening on 203.0.113.1:0" in caplog.text

    def test_a_name_must_have_one_address(self) -> None:
        with pytest.raises(ServerError, match=r"203\.0\.113\.2:0 is no address of this machine"):
            Opener(8).open_all([Address(V4, f"203.0.113.{last}", 0, one_of_many=True) for last in (1, 2)])

    def test_foreign_address(self) -> None:
        with pytest.raises(ServerError, match="is no address of this machine") as foreign:
            opened("203.0.113.1")
        assert foreign.value.code == ExitCode.UNAVAILABLE

    def test_what_was_open_is_closed_when_the_next_fails(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        with pytest.raises(ServerError):
            opened(f"unix:{tmp_path}/s", f"unix:{tmp_path}/file")
        assert not (tmp_path / "s").exists()


class TestPortInUse:
    """K20: an address in use is tried again for 22 s, and each time is logged."""

    def test_delays_are_gearmands(self) -> None:
        assert RETRY_DELAYS == (1, 2, 4, 6, 9)

    def test_k20_it_is_tried_again_until_it_is_free(
        self, busy: socket.socket, caplog: pytest.LogCaptureFixture
    ) -> None:
        slept: list[float] = []

        def sleep(seconds: float) -> None:
            slept.append(seconds)
            if len(slept) == 2:
                busy.close()

        addresses = resolve(["127.0.0.1"], port_of(busy))
        with (
            caplog.at_level(logging.WARNING, "gearfast"),
            Opener(8, sleep=sleep).open_all(addresses) as listeners,
        ):
            assert listeners.addresses == addresses
        assert slept == [1, 2]
        shown = [f"{addresses[0]} is in use; trying again in {seconds} s" for seconds in (1, 2)]
        assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
            ("WARNING", text) for text in shown
        ]

    def test_k20_it_is_given_up(self, busy: socket.socket) -> None:
        slept: list[float] = []
        with pytest.raises(AddressInUse, match="is in use; stop the server there") as given_up:
            Opener(8, sleep=slept.append).open_all(resolve(["127.0.0.1"], port_of(busy)))
        assert slept == list(RETRY_DELAYS)
        assert given_up.value.code == ExitCode.UNAVAILABLE

    def test_other_errors_are_told_at_once(self) -> None:
        with pytest.raises(ServerError):
            Opener(8, sleep=refuse_to_sleep).open_all(resolve(["203.0.113.1"], 4730))

    def test_an_interruption_ends_the_wait(self, busy: socket.socket) -> None:
        def interrupted(seconds: float) -> None:
            raise KeyboardInterrupt(seconds)

        with pytest.raises(KeyboardInterrupt):
            Opener(8, sleep=interrupted).open_all(resolve(["127.0.0.1"], port_of(busy)))


class TestUnixSocket:
    """A path comes and goes with the server that listens there."""

    def test_it_goes_at_the_end(self, tmp_path: Path) -> None:
        path = tmp_path / "s"
        with opened(f"unix:{path}") as listeners:
            assert listeners.port is None
            with socket.socket(UNIX) as client:
                client.connect(str(path))
        assert not path.exists()

    def test_a_stale_one_is_replaced(self, tmp_path: Path) -> None:
        path = tmp_path / "s"
        with socket.socket(UNIX) as dead:
            dead.bind(str(path))
            dead.listen()
        assert path.exists()
        with opened(f"unix:{path}"), socket.socket(UNIX) as client:
            client.connect(str(path))

    def test_a_live_one_is_in_use(self, tmp_path: Path) -> None:
        path = tmp_path / "s"
        with opened(f"unix:{path}"):
            with pytest.raises(AddressInUse):
                opened(f"unix:{path}")
            assert path.exists()

    def test_a_live_one_whose_backlog_is_full_is_in_use(self, tmp_path: Path) -> None:
        path = str(tmp_path / "s")
        with socket.socket(UNIX) as live, socket.socket(UNIX) as client:
            live.bind(path)
            live.listen(0)
            client.connect(path)
            with pytest.raises(AddressInUse):
                opened(f"unix:{path}")

    def test_another_server_keeps_its_path(self, tmp_path: Path) -> None:
        path = tmp_path / "s"
        with opened(f"unix:{path}") as old:
            old.close()
            new = opened(f"unix:{path}")
        with new:
            assert path.exists()
        assert not path.exists()

    def test_a_file_is_not_touched(self, tmp_path: Path) -> None:
        path = tmp_path / "file"
        path.write_text("precious")
        with pytest.raises(ServerError, match="is no socket; remove it") as refused:
            opened(f"unix:{path}")
        assert refused.value.code == ExitCode.CANNOT_CREATE
        assert path.read_text() == "precious"

    @pytest.mark.parametrize("name", ["no/such/folder", "x" * 120])
    def test_a_path_that_cannot_be_made(self, name: str, tmp_path: Path) -> None:
        with pytest.raises(ServerError) as refused:
            opened(f"unix:{tmp_path}/{name}")
        assert refused.value.code == ExitCode.CANNOT_CREATE
