"""Which of a server's sockets a process talks to: what it sent may be read long after it was killed."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from tests.support.patience import eventually

LOCAL, REMOTE, INODE = 1, 2, 9  # columns of /proc/net/tcp
NOT_ACCEPTED = "0"


def sockets(pid: int) -> set[str]:
    """The inodes of those that a process has open."""
    found = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):
            kind, _, inode = str(link.readlink()).partition(":")
            if kind == "socket":
                found.add(inode.strip("[]"))
    return found


def _far_ends_now(pid: int) -> set[str]:
    own = sockets(pid)
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()]
    connections = {(row[LOCAL], row[REMOTE]) for row in rows if row[INODE] in own}
    return {row[INODE] for row in rows if (row[REMOTE], row[LOCAL]) in connections}


def far_ends(pid: int) -> set[str]:
    """The inodes of the sockets here that are connected by TCP to a process, which must be stopped."""
    return eventually(
        lambda: _far_ends_now(pid), lambda found: NOT_ACCEPTED not in found, "it to be accepted"
    )
