"""Job handles: a prefix and a number that counts from one."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager

import pytest

from tests.protocol.flavours import GEARFAST, GEARMAND, STARTERS, Flavour
from tests.protocol.peer import Peer
from tests.protocol.server import Process, Server
from tests.protocol.wire import JOB_CREATED, SUBMIT_JOB_BG, req, res

each_server = pytest.mark.parametrize("flavour", GEARMAND + GEARFAST, ids=str)


def start(flavour: Flavour, *options: str) -> AbstractContextManager[Process]:
    return STARTERS[flavour.name]("--threads", str(flavour.threads), *options)


@each_server
def test_numbers_count_from_one_over_all_connections(flavour: Flavour) -> None:
    with start(flavour, "--job-handle-prefix", "a b") as process:
        for number in range(1, 13):
            with Peer(process.port) as client:
                client.send(req(SUBMIT_JOB_BG, b"f", b"", b""))
                client.expect(res(JOB_CREATED, b"a b:%d" % number))


@each_server
@pytest.mark.parametrize("options", [(), ("--job-handle-prefix", "")])
def test_the_default_prefix_names_the_host(flavour: Flavour, options: tuple[str, ...]) -> None:
    with start(flavour, *options) as process, Peer(process.port) as client:
        client.send(req(SUBMIT_JOB_BG, b"f", b"", b""))
        client.expect(res(JOB_CREATED, f"H:{os.uname().nodename}:1".encode()))


def test_numbers_are_not_used_again(server: Server) -> None:
    first = server.last_handle_number()
    assert server.last_handle_number() == first + 1
