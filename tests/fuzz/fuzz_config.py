"""Fuzz configuration files, guided by the lines of Python that they reach. The arguments are libFuzzer's."""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["click", "gearfast"]):
    from tests.fuzz import config_file


def main() -> None:
    """Ends the process: with 0 if nothing was found."""
    atheris.Setup(sys.argv, config_file.play)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
