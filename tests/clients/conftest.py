"""Real Gearman programs against gearmand and gearfast, the same scenarios on both."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from tests.clients.admin import Admin
from tests.clients.harness import JobServer, Programs
from tests.clients.requirements import require, succeeds
from tests.clients.scripts import SCRIPTS, Language, Scripts
from tests.clients.servers import SERVERS, open_server


@pytest.fixture(params=SERVERS)
def server_name(request: pytest.FixtureRequest) -> str:
    """Which server the scenario runs against, with its thread count."""
    return str(request.param)


@pytest.fixture
def server_options() -> tuple[str, ...]:
    """More options for the server; a test gives its own by parametrizing this name."""
    return ()


@pytest.fixture
def server(server_name: str, server_options: tuple[str, ...]) -> Iterator[JobServer]:
    with open_server(server_name, *server_options) as running:
        yield running


@pytest.fixture
def admin(server: JobServer) -> Iterator[Admin]:
    connection = Admin(server)
    yield connection
    connection.close()


@pytest.fixture
def programs() -> Iterator[Programs]:
    started = Programs()
    yield started
    started.close()


@pytest.fixture(scope="session")
def gearman() -> str:
    require(shutil.which("gearman") is not None, "gearman is not installed (gearman-tools)")
    return "gearman"


@pytest.fixture(scope="session")
def gearadmin() -> str:
    require(shutil.which("gearadmin") is not None, "gearadmin is not installed (gearman-tools)")
    return "gearadmin"


@pytest.fixture(scope="session")
def php() -> Language:
    """Warnings go to stderr, so that stdout holds observations only."""
    interpreter = ("php", "-d", "display_errors=stderr", "-d", "log_errors=0")
    present = succeeds(*interpreter, "-r", 'exit(extension_loaded("gearman") ? 0 : 1);')
    require(present, "PHP with the gearman extension is not installed (php-gearman)")
    return Language(interpreter, SCRIPTS / "php", ".php")


@pytest.fixture(scope="session")
def perl() -> Language:
    present = succeeds("perl", "-MGearman::Client", "-MGearman::Worker", "-e", "1")
    require(present, "Perl's Gearman::Client is not installed (libgearman-client-perl)")
    return Language(("perl",), SCRIPTS / "perl", ".pl")


@pytest.fixture(scope="session")
def gear() -> Language:
    """The package calls names that newer Pythons deprecate; that is its affair."""
    require(succeeds(sys.executable, "-c", "import gear"), "the Python package gear is not installed")
    return Language((sys.executable, "-W", "ignore::DeprecationWarning"), SCRIPTS / "python", ".py")


@pytest.fixture(scope="session")
def ours() -> Language:
    """gearfast's own client and worker."""
    return Language((sys.executable,), SCRIPTS / "ours", ".py")


@pytest.fixture(scope="session")
def libgearman(tmp_path_factory: pytest.TempPathFactory) -> Language:
    """C programs, freshly compiled against the installed libgearman."""
    present = succeeds("cc", "-fsyntax-only", "-include", "libgearman/gearman.h", "-x", "c", "/dev/null")
    require(present, "cc or libgearman's headers are not installed (libgearman-dev)")
    folder = tmp_path_factory.mktemp("libgearman")
    for source in sorted((SCRIPTS / "c").glob("*.c")):
        command = ["cc", "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-o", str(folder / source.stem)]
        subprocess.run([*command, str(source), "-lgearman"], check=True, timeout=120)
    return Language((), folder, "")


@pytest.fixture
def speak(
    request: pytest.FixtureRequest, server: JobServer, programs: Programs, admin: Admin
) -> Callable[[str], Scripts]:
    """The scripts of the language with this name, bound to the server under test."""
    return lambda language: Scripts(request.getfixturevalue(language), server, programs, admin)
