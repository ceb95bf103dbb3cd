"""The hot path needs no GIL: a Python thread that never gives it up does not slow the server down.

The spinning costs a core wherever it happens. So the rate while a thread of the server's process spins is
compared with the rate while another process does: all else is equal, and only the GIL makes a difference.
Rounds of both alternate, and their medians count.
"""

from __future__ import annotations

from statistics import median

import pytest

from tests.support.child import Child
from tests.support.engine_process import EngineProcess

ROUNDS = 7
ROUND_SECONDS = 0.2
# A server that needs the GIL waits up to SWITCH_SECONDS for each packet and falls to a few hundredths; one
# that does not need it stays far above, whatever else runs on the machine.
COLLAPSE = 0.15


def ratio(server: Child, port: int, what: str) -> float:
    """The server's rate while its own process spins, relative to that while another one does."""
    inside: list[int] = []
    outside: list[int] = []
    with (
        Child("tests.stress.spinner_process", has_native_code=False) as other,
        Child("tests.stress.rate", str(port), what, has_native_code=False) as rate,
    ):
        rate.ask("measure", ROUND_SECONDS)
        for _ in range(ROUNDS):
            for spinning, rates in ((server, inside), (other, outside)):
                spinning.ask("spin")
                rates.append(rate.ask("measure", ROUND_SECONDS))
                spinning.ask("rest")
    print(f"inside {inside}, outside {outside}")
    return median(inside) / median(outside)


@pytest.mark.parametrize("threads", [0, 1, 4])
def test_a_spinning_python_thread_does_not_slow_the_server(threads: int) -> None:
    with EngineProcess(threads=threads) as engine:
        assert ratio(engine, engine.port, "jobs") > COLLAPSE


def test_the_measurement_would_notice_a_server_that_needs_the_gil() -> None:
    with Child("tests.stress.echo_server", has_native_code=False) as server:
        assert ratio(server, server.read(), "echoes") < COLLAPSE
