"""A file of any bytes, taken for a mix or for what came of a run: it is shown, or refused in one line."""

from __future__ import annotations

import random
import tempfile
from itertools import islice
from pathlib import Path

from gearfast.cli.mix import is_run
from gearfast.mix import Mix, load
from gearfast.mix.plan import jobs_of, schedule
from gearfast.mix.schema import dumps, parse
from gearfast.server.errors import ExitCode
from tests.fuzz.spoken import spoken

JOBS = 20


def play(data: bytes) -> None:
    """Raises AssertionError, or whatever escapes, where the file is dealt with badly."""
    with tempfile.TemporaryDirectory(prefix="gearfast-") as folder:
        path = Path(folder, "mix")
        path.write_bytes(data)
        shown, compared, reported = (
            spoken(["mix", *words], str(path), ExitCode.DATA).code
            for words in (["show", str(path)], ["compare", str(path), str(path)], ["report", str(path)])
        )
        assert compared == (reported if is_run(path) else shown)
        if shown == ExitCode.OK:
            check(load(path))


def check(mix: Mix) -> None:
    """It can be written, read again and played."""
    assert list(parse(dumps(mix)).functions) == list(mix.functions)
    if len(mix.functions) > JOBS:
        return
    last = 0.0
    chance = random.Random(1)
    for at, job in islice(schedule(mix, 1.0, jobs_of(mix, chance), chance), JOBS):
        assert at >= last
        assert job.size >= 0
        assert job.delay >= 0
        last = at
