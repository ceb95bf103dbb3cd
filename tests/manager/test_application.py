"""What can't be run is refused in one line, and the exit code tells why."""

from __future__ import annotations

import subprocess
import sys

import pytest

from gearfast.cli.main import main
from gearfast.server.errors import ExitCode
from tests.manager.conftest import Folder
from tests.support.child import NEEDS_DESCRIPTORS, UNDER_TSAN, environment
from tests.support.gearfast_process import run_gearfast


@pytest.mark.parametrize(
    ("application", "text"),
    [
        ("nosuch.tasks:worker", "there is no module 'nosuch' in {folder} or elsewhere."),
        ("tasks:nosuch", "there is no 'nosuch' in the module tasks."),
        ("tasks:nothing", "tasks:nothing is no Worker and no AsyncWorker but a dict."),
        ("tasks:empty", "tasks:empty has no task."),
        ("raises:worker", "cannot import raises: ZeroDivisionError: division by zero."),
        ("leaves:worker", "cannot import leaves: SystemExit: 0."),
        ("needs:worker", "cannot import needs: ModuleNotFoundError: No module named 'nosuch'."),
        (
            "runs:worker",
            "cannot import runs: RuntimeError: gearfast worker runs it: the module's own run() belongs under "
            'if __name__ == "__main__".',
        ),
    ],
)
def test_nothing_to_run(folder: Folder, application: str, text: str) -> None:
    folder.write("raises.py", "1 / 0\n")
    folder.write("leaves.py", "raise SystemExit(0)\n")
    folder.write("needs.py", "import nosuch\n")
    folder.write("runs.py", "from tasks import worker\n\nworker.run()\n")
    env = {"FUNCTION": "any"}
    result = run_gearfast("worker", application, "--app-dir", str(folder.path), env=env)
    assert result.returncode == ExitCode.CONFIG
    assert result.stderr.splitlines()[-1] == "gearfast: " + text.format(folder=folder.path)
    assert ("Traceback" in result.stderr) == ("cannot import" in text)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ((), "Missing argument 'MODULE:APP'."),
        (("tasks",), "'tasks' is not like shop.tasks:worker, a module and a name in it."),
        (("tasks.py:worker:",), "'tasks.py:worker:' is not like shop.tasks:worker"),
        (("--processes", "0", "tasks:worker"), "'--processes': 0 is not in the range x>=1."),
        (("--max-memory", "0.5", "tasks:worker"), "'--max-memory': 0.5 is not in the range x>=1."),
        (("-s", "host:port", "tasks:worker"), "no port number in 'host:port'."),
        (("-s", ",", "tasks:worker"), "no server is named."),
        (("--app-dir", "/nosuch", "tasks:worker"), "Directory '/nosuch' does not exist."),
        (("--verbose", "LOUD", "tasks:worker"), "'LOUD' is none of FATAL"),
    ],
)
def test_options_that_make_no_sense(
    options: tuple[str, ...], text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["worker", *options]) == ExitCode.USAGE
    assert text in capsys.readouterr().err


@pytest.mark.skipif(UNDER_TSAN, reason=NEEDS_DESCRIPTORS)
def test_without_stdin_and_stdout(folder: Folder) -> None:
    """Their numbers must not become those of pipes, nor is there anything to print to."""
    command = [
        "sh",
        "-c",
        'exec "$@" <&- >&-',
        "sh",
        sys.executable,
        "-m",
        "gearfast",
        "worker",
        "tasks:empty",
    ]
    env = environment(has_native_code=True) | {"FUNCTION": "any"}
    result = subprocess.run(command, stderr=subprocess.PIPE, env=env, cwd=folder.path, text=True, timeout=60)
    assert result.returncode == ExitCode.CONFIG
    assert result.stderr.splitlines()[-1] == "gearfast: tasks:empty has no task."
