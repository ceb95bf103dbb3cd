"""Telling systemd: the protocol of sd_notify(3)."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from time import monotonic_ns

from gearfast.supervisor.supervisor import Phase

_SEND_SECONDS = 1.0
_STATES = {
    Phase.SERVING: "READY=1",
    Phase.STOPPING: "STOPPING=1",
}


class Notifier:
    """Says in which phase we are; without effect if systemd does not want to know.

    Takes NOTIFY_SOCKET out of the environment: it is not for the processes.
    """

    def __init__(self) -> None:
        path = os.environ.pop("NOTIFY_SOCKET", "")
        self._address = "\0" + path[1:] if path.startswith("@") else path
        self._phase = Phase.STARTING
        self._status = ""

    @property
    def wanted(self) -> bool:
        return bool(self._address)

    def tell(self, phase: Phase, status: str) -> None:
        """The phase if it is another one, and a line for `systemctl status`."""
        if not self.wanted or (phase, status) == (self._phase, self._status):
            return
        self._status = status
        words = [f"STATUS={status}"]
        if phase is not self._phase:
            self._phase = phase
            if phase is Phase.RESTARTING:
                words.append(f"RELOADING=1\nMONOTONIC_USEC={monotonic_ns() // 1000}")
            elif phase in _STATES:
                words.append(_STATES[phase])
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
            sock.settimeout(_SEND_SECONDS)
            sock.sendto("\n".join(words).encode(), self._address)
