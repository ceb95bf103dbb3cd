"""Every client with every worker: what one sends, the other sees, whatever languages they are written in."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.clients.admin import Admin
from tests.clients.harness import Finished, JobServer, Programs
from tests.clients.scripts import CHATTY, Scripts
from tests.clients.servers import MAIN_SERVERS

pytestmark = pytest.mark.parametrize("server_name", MAIN_SERVERS, indirect=True)

LANGUAGES = ["php", "perl", "libgearman", "gear", "ours"]
EVERY_BYTE = bytes(range(256)) * 8
SEEN = {
    "upper": ["complete X"],
    "chatty": CHATTY,
    "failing": ["fail"],
    "throwing": ["exception boom"],
}


@pytest.fixture
def tool_command(gearman: str, server: JobServer) -> list[str]:
    return [gearman, "-h", server.host, "-p", str(server.port)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_byte_through_a_worker(
    speak: Callable[[str], Scripts], language: str, programs: Programs, tool_command: list[str]
) -> None:
    speak(language).worker("upper")
    results = {client: speak(client).output("run", "upper", stdin=EVERY_BYTE) for client in LANGUAGES}
    results["gearman"] = programs.run([*tool_command, "-f", "upper"], EVERY_BYTE).out
    assert results == dict.fromkeys([*LANGUAGES, "gearman"], EVERY_BYTE.upper())


def test_every_byte_through_the_gearman_tool(
    speak: Callable[[str], Scripts], programs: Programs, tool_command: list[str], admin: Admin
) -> None:
    programs.start([*tool_command, "-w", "-f", "upper", "--", "tr", "a-z", "A-Z"])
    admin.wait_for("upper", workers=1)
    results = {client: speak(client).output("run", "upper", stdin=EVERY_BYTE) for client in LANGUAGES}
    assert results == dict.fromkeys(LANGUAGES, EVERY_BYTE.upper())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_event_of_a_job(speak: Callable[[str], Scripts], language: str) -> None:
    speak(language).worker(*SEEN)
    for client in LANGUAGES:
        seen = {function: speak(client).client("observe", function)[1:] for function in SEEN}
        assert (client, seen) == (client, SEEN)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_handle_is_the_same_on_both_sides(speak: Callable[[str], Scripts], language: str) -> None:
    speak(language).worker("handle")
    for client in LANGUAGES:
        created, completed = speak(client).client("observe", "handle")
        assert created.split()[-1] == completed.split()[-1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_gearman_tool_as_client(
    speak: Callable[[str], Scripts], language: str, programs: Programs, tool_command: list[str]
) -> None:
    """Data and results on stdout, progress there too but buffered, warnings on stderr."""
    speak(language).worker("chatty", "failing")
    chatty = programs.run([*tool_command, "-f", "chatty", "x"])
    assert (chatty.status, chatty.err) == (0, b"careful")
    assert chatty.out.replace(b"25% Complete\n75% Complete\n", b"") == b"part onepart twoall done"
    assert programs.run([*tool_command, "-f", "failing", "x"]) == Finished(1, b"", b"Job failed\n")
