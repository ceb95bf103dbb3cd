"""Write the corpora that fuzzing starts from: `python -m tests.fuzz.corpora`.

Each file is made from the description here of the same name. A file named found-... is an input that a fuzzer
found, kept as it is.
"""

from __future__ import annotations

from pathlib import Path

from tests.fuzz import (
    core_seeds,
    file_seeds,
    python_seeds,
    recorded_seeds,
    schedule_seeds,
    server_seeds,
    store_seeds,
    text_seeds,
)

CORPORA = Path(__file__).parent / "corpora"
SEEDS = {
    "core": core_seeds.SEEDS,
    "recorded": recorded_seeds.SEEDS,
    "store": store_seeds.SEEDS,
    "text": text_seeds.SEEDS,
    "schedule": schedule_seeds.SEEDS,
    "server": server_seeds.SEEDS,
    "config": python_seeds.CONFIG,
    "mix": file_seeds.MIX,
    "recording": file_seeds.RECORDING,
    "rows": python_seeds.ROWS,
}


def main() -> None:
    """Replace every file but those that were found."""
    for target, seeds in SEEDS.items():
        folder = CORPORA / target
        folder.mkdir(parents=True, exist_ok=True)
        for old in set(folder.iterdir()) - set(folder.glob("found-*")):
            old.unlink()
        for name, data in seeds.items():
            (folder / name).write_bytes(data)


if __name__ == "__main__":
    main()
