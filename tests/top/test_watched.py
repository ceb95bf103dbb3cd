"""One server that is watched."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from gearfast.admin.connection import AdminConnection, Ending
from gearfast.links.addresses import parse_address
from gearfast.top.watched import Watched
from tests.support.peers import gearmand, gearmand_path

PATIENCE_SECONDS = 60.0
SETTLE_SECONDS = 0.2  # for the look to wait for the answer


def test_closing_ends_a_look_at_a_server_that_is_silent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        server = Watched(parse_address(silent.getsockname()), 100 * PATIENCE_SECONDS)
        look = threading.Thread(target=server.look)
        look.start()
        with silent.accept()[0] as peer:
            assert peer.recv(100).startswith(b"prioritystatus")
            time.sleep(SETTLE_SECONDS)
            server.close()
            look.join(PATIENCE_SECONDS)
            is_over = not look.is_alive()
    look.join()
    assert is_over
    assert server.known.trouble != ""


@pytest.mark.clients
@pytest.mark.skipif(gearmand_path() is None, reason="gearmand is not installed (gearman-job-server)")
def test_gearmand_is_asked_for_counts_once_a_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bytes] = []
    ask = AdminConnection.ask

    def watched(connection: AdminConnection, command: bytes, ending: Ending) -> bytes:
        asked.append(command)
        return ask(connection, command, ending)

    monkeypatch.setattr(AdminConnection, "ask", watched)
    with gearmand() as peer:
        server = Watched(parse_address((peer.host, peer.port)), PATIENCE_SECONDS)
        for _ in range(3):
            server.look()
        server.close()
        assert (asked.count(b"version"), asked.count(b"show counts")) == (3, 1)
        for _ in range(2):
            server.look()
        server.close()
    assert (asked.count(b"version"), asked.count(b"show counts")) == (5, 2)
