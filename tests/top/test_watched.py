"""One server that is watched."""

from __future__ import annotations

import socket
import threading
import time

from gearfast.links.addresses import parse_address
from gearfast.top.watched import Watched

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
