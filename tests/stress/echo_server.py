"""An echo server in Python threads, as Child: what a server becomes that needs the GIL for every packet.

    python -m tests.stress.echo_server

As in the real one, one thread receives and another one answers.
"""

from __future__ import annotations

import queue
import socketserver
import threading
from contextlib import suppress

from tests.protocol.wire import ECHO_RES, HEADER, res
from tests.support.child import Spinner, answer_questions, tell


class Server(socketserver.ThreadingTCPServer):
    """Receives in one thread a connection, answers in one thread for all."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Receiver)
        self.received: queue.SimpleQueue[tuple[Receiver, bytes]] = queue.SimpleQueue()

    def answer(self) -> None:
        while True:
            receiver, data = self.received.get()
            with suppress(OSError, ValueError):  # the client has left
                receiver.wfile.write(res(ECHO_RES, data))


class Receiver(socketserver.StreamRequestHandler):
    server: Server
    disable_nagle_algorithm = True

    def handle(self) -> None:
        with suppress(ConnectionResetError):
            while head := self.rfile.read(HEADER.size):
                _, _, size = HEADER.unpack(head)
                self.server.received.put((self, self.rfile.read(size)))


def main() -> None:
    """Serve until the end of stdin."""
    spinner = Spinner()
    with Server() as server:
        threading.Thread(target=server.serve_forever).start()
        threading.Thread(target=server.answer, daemon=True).start()
        tell(server.server_address[1])
        answer_questions(spinner.verbs())
        spinner.stop()
        server.shutdown()


if __name__ == "__main__":
    main()
