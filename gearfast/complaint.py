"""What a command says to whoever called it."""

from __future__ import annotations

import sys


def complain(text: str) -> None:
    """Say it on stderr, in one line."""
    print("gearfast:", " ".join(text.split()), file=sys.stderr, flush=True)
