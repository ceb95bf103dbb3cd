"""What importing gearfast costs: nothing until a name is used, and never the other half."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import gearfast

PACKAGES = ("gearfast", "asyncio", "ctypes", "multiprocessing")


def modules_after(program: str) -> set[str]:
    """Those modules of PACKAGES that are loaded once the program ran."""
    program += "\nimport json, sys\nprint(json.dumps([name for name in sys.modules]))"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True)
    return {name for name in json.loads(run.stdout) if name.split(".")[0] in PACKAGES}


def test_importing_the_package_imports_nothing_else() -> None:
    assert modules_after("import gearfast") == {"gearfast"}


def test_the_server_does_not_load_the_client_nor_the_client_the_server() -> None:
    server = modules_after("import gearfast.server.run, gearfast.cli.main, gearfast.cli.server")
    assert not {name for name in server if name.startswith(("gearfast.client", "gearfast.worker"))}
    assert {name for name in server if name.startswith("gearfast.stores.")} == {"gearfast.stores.base"}
    client = modules_after("from gearfast import Client")
    assert not {name for name in client if name.startswith(("gearfast.server", "gearfast.cli.", "asyncio"))}


def test_a_worker_loads_no_supervisor_until_it_has_processes() -> None:
    worker = modules_after("from gearfast import Worker\nWorker(threads=2)")
    assert not {name for name in worker if name.startswith(("ctypes", "multiprocessing"))}
    assert {name for name in worker if name.startswith("gearfast.supervisor.")} == {
        "gearfast.supervisor.report"
    }


def test_every_public_name_is_there() -> None:
    for name in gearfast.__all__:
        assert getattr(gearfast, name)
    assert set(gearfast.__all__) <= set(dir(gearfast))
    with pytest.raises(AttributeError, match="no attribute 'Nonsense'"):
        gearfast.Nonsense  # type: ignore[attr-defined] # noqa: B018
