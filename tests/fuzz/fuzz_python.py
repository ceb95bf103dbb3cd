"""Fuzz what is read in Python, guided by the lines that it reaches. The first argument names the target, the
others are libFuzzer's."""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["click", "gearfast"]):
    from tests.fuzz import config_file, mix_file, recording_file

TARGETS = {"config": config_file.play, "mix": mix_file.play, "recording": recording_file.play}


def main() -> None:
    """Ends the process: with 0 if nothing was found."""
    program, name, *others = sys.argv
    atheris.Setup([program, *others], TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
