"""The examples of the README, run as they stand there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.clients.admin import Admin
from tests.clients.harness import JobServer, Programs
from tests.clients.scripts import Language
from tests.support.child import ROOT


def example(language: str) -> str:
    """The first fenced block of this language under "Use"."""
    use = (ROOT / "README.md").read_text().partition("\n## Use\n")[2]
    found = re.search(rf"```{language}\n(.*?)```", use, re.DOTALL)
    assert found is not None, f"the README has no example in {language}"
    return found[1]


@pytest.fixture
def environment(server: JobServer) -> dict[str, str]:
    """What points the examples at this server instead of port 4730."""
    return {"GEARMAN_PORT": str(server.port), "GEARMAN_SERVER": f"{server.host}:{server.port}"}


def test_shell(environment: dict[str, str], programs: Programs, gearman: str) -> None:
    finished = programs.run(["bash", "-c", example("sh")], env=environment)
    assert finished.out.split() == [str(Path("/etc/passwd").read_bytes().count(b"\n")).encode()]
    assert finished.status == 0


@pytest.mark.parametrize(
    ("language", "function", "answer"),
    [("php", "reverse", ["olleH"]), ("perl", "sum", ["10"]), ("python", "double", ["HelloHello"])],
)
def test_worker_and_client(
    language: str,
    function: str,
    answer: list[str],
    environment: dict[str, str],
    programs: Programs,
    admin: Admin,
    request: pytest.FixtureRequest,
    tmp_path: Path,
) -> None:
    interpreter: Language = request.getfixturevalue({"python": "ours"}.get(language, language))
    script = tmp_path / "example"
    script.write_text(example(language))
    worker = programs.start([*interpreter.interpreter, str(script), "work"], env=environment)
    admin.wait_for(function, workers=1)
    client = programs.run([*interpreter.interpreter, str(script), "call"], env=environment)
    assert client.lines == answer
    assert worker.finish().status == 0
