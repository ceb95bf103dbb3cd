"""Fail if a pytest report shows a skipped test of a real client, worker or store, or no such test."""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ET
from pathlib import Path

REAL = ("tests.clients.", "tests.stores.", "tests.server.test_sql_stores", "tests.server.test_store_servers")


def skipped(case: ET.Element) -> str | None:
    """One line on a skipped test; None for one that ran (an expected failure ran)."""
    mark = case.find("skipped")
    if mark is None or mark.get("type") == "pytest.xfail":
        return None
    return f"skipped: {case.get('classname')}.{case.get('name')}: {mark.get('message')}"


def main(report: Path) -> int:
    """Look at the JUnit file `report`; silent when all is well."""
    cases = list(ET.parse(report).iter("testcase"))
    clients = [case for case in cases if case.get("classname", "").startswith("tests.clients.")]
    real = [case for case in cases if case.get("classname", "").startswith(REAL)]
    complaints = [line for case in real if (line := skipped(case))]
    if not clients:
        complaints = [f"{report} holds no test of real programs"]
    print("\n".join(complaints), end="\n" if complaints else "", file=sys.stderr)
    return 1 if complaints else 0


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))
