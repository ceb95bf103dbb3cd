"""Files of mixes: what is written is read again, and what is wrong is told with its line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gearfast.mix import Arrivals, Clients, Distribution, Function, Mix, MixError, Workers, load, parse
from gearfast.mix.positions import loads
from gearfast.mix.schema import dumps

SOURCES = Path(__file__).parents[2]  # the package may be a sanitized one elsewhere

FULL = Mix(
    seconds=60.0,
    jobs_per_second=120.5,
    functions={
        "resize": Function(
            share=0.75,
            arrivals=Arrivals(2.0, (0.5, 1.5), 3.25),
            high=0.25,
            low=0.5,
            background=0.125,
            uniques=0.5,
            joined=0.25,
            delayed=0.0625,
            delay_seconds=Distribution.always(60),
            payload_bytes=Distribution.of_percentiles({0: 10, 50: 100, 100: 3_000_000}),
            result_bytes=Distribution.of_values({64: 0.5, 128: 0.5}),
            run_ms=Distribution.of_percentiles({0: 0.5, 99.9: 20, 100: 30}),
            failures=0.01,
            updates=2.5,
            workers=8,
            waiting=500,
        ),
        'odd "näme"': Function(share=0.25),
    },
    clients=Clients(12, 0.5),
    workers=Workers(9, 1.5, Distribution.of_values({1: 0.5, 3: 0.5}), Distribution.always(1000), 0.05),
    comment="what it is",
    source="where it is from",
    skipped=3,
)

LEAST = """{
  "gearfast_mix": 1,
  "seconds": 10,
  "jobs_per_second": 5,
  "functions": {
    "f": {
      "share": 1%s
    }
  }%s
}
"""


def test_what_is_written_is_read_again() -> None:
    assert parse(dumps(FULL)) == FULL


def test_many_functions_alike() -> None:
    functions = parse(LEAST % (', "names": 4, "run_ms": 3', "")).functions
    assert list(functions) == ["f-0", "f-1", "f-2", "f-3"]
    assert set(functions.values()) == {Function(0.25, run_ms=Distribution.always(3))}


def test_shares_of_priorities_are_of_their_sum() -> None:
    mix = parse(LEAST % (', "priorities": {"high": 0.5, "normal": 0, "low": 0.505}', ""))
    assert mix.functions["f"].high + mix.functions["f"].low == pytest.approx(1.0)
    assert list(parse(dumps(mix)).functions) == ["f"]


def test_least_that_is_a_mix() -> None:
    mix = parse(LEAST % ("", ""))
    assert mix == Mix(10, 5, {"f": Function(1)})
    assert parse(dumps(mix)) == mix


@pytest.mark.parametrize(
    ("inner", "outer", "line", "reason"),
    [
        (',\n"runms": 1', "", 8, "functions.f.runms: there is no such field"),
        (',\n"run_ms": "fast"', "", 8, "functions.f.run_ms: 'fast' is no number"),
        (',\n"run_ms": true', "", 8, "True is no number"),
        (',\n"run_ms": {"p50": 1}', "", 8, 'it is to be a number, {"values": ...}'),
        (',\n"run_ms": {"percentiles": {"0": 1}}', "", 8, '"percentiles" needs "0" and "100"'),
        (',\n"run_ms": {"percentiles": {"0": 2, "100": 1}}', "", 8, '"percentiles" must not fall'),
        (',\n"run_ms": {"percentiles": {"0": 1, "x": 1}}', "", 8, "-1 is not between 0 and 100"),
        (',\n"run_ms": {"percentiles": 1}', "", 8, '"percentiles" is to be an object'),
        (',\n"run_ms": {"values": [[1, 0]]}', "", 8, '"values" has no share above 0'),
        (',\n"run_ms": {"values": [1]}', "", 8, '"values" is to be a list of [value, share]'),
        (',\n"failures": 1.5', "", 8, "1.5 is not between 0 and 1"),
        (',\n"workers": 1.5', "", 8, "1.5 is no whole number"),
        (',\n"workers": -1', "", 8, "-1 is not between 0 and 1000000"),
        (',\n"workers": 1e9', "", 8, "1e+09 is not between 0 and 1000000"),
        (',\n"names": 1e9', "", 8, "1e+09 is not between 1 and 100000"),
        (',\n"updates": -1', "", 8, "-1 is not at least 0"),
        (',\n"updates": Infinity', "", 8, "inf is not at most 1e+20"),
        (',\n"updates": NaN', "", 8, "nan is not at least 0"),
        (',\n"updates": 1' + 5000 * "0", "", 8, "inf is not at most 1e+20"),
        (',\n"run_ms": 1e300', "", 8, "1e+300 is not at most 1e+20"),
        (',\n"arrivals": {"burstiness": 1e308}', "", 8, "1e+308 is not between 0 and 1000000"),
        (',\n"priorities":\n{"high": 0.5}', "", 9, "functions.f.priorities: they sum to 0.5, not to 1"),
        (',\n"joined": 0.5', "", 8, "it can't be more than 'uniques'"),
        (',\n"arrivals": {"shape":\n[]}', "", 9, "it is to be a list of numbers"),
        (',\n"arrivals": {"shape": [0, 0]}', "", 8, "no step has a rate above 0"),
        (',\n"arrivals": 3', "", 8, "it is to be an object, in braces"),
        ("", ',\n"comment": "\\ud800"', 10, "comment: half of a character is no text"),
        ("", ',\n"comment": 3', 10, "comment: it is to be a text, in quotes"),
        ("", ',\n"clients": {"connections": 0}', 10, "0 is not between 1 and 1000000"),
        ("", ',\n"workers": {\n"conections": 1}', 11, "there is no such field"),
        ("", ',\n"seconds": 1', 10, "it is no JSON: 'seconds' is there twice"),
        (",", "", 8, "it is no JSON"),
    ],
)
def test_mistakes_are_told_with_their_line(inner: str, outer: str, line: int, reason: str) -> None:
    with pytest.raises(MixError) as caught:
        parse(LEAST % (inner, outer))
    assert (caught.value.line, reason in caught.value.reason) == (line, True), str(caught.value)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no JSON"),
        ("[]", "it is to be an object"),
        ("{}", "'gearfast_mix' is missing"),
        ('{"gearfast_mix": 2}', "version 2 is not known"),
        ('{"gearfast_mix": 1}', "'functions' is missing"),
        ('{"gearfast_mix": 1, "functions": {}}', "there is none"),
        ('{"gearfast_mix": 1, "functions": {"f": {"share": 0.5}}}', "their shares sum to 0.5, not to 1"),
        ('{"gearfast_mix": 1, "functions": {"f": {"share": 1}}}', "'seconds' is missing"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_what_is_no_mix(text: str, reason: str) -> None:
    with pytest.raises(MixError, match=reason):
        parse(text)


def test_the_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "mix.json"
    path.write_text(LEAST % ("", ',\n"x": 1'))
    with pytest.raises(MixError, match=rf"^{path}: line 10: x: there is no such field$"):
        load(path)
    path.write_bytes(b"\xff")
    with pytest.raises(MixError, match="UTF-8"):
        load(path)


@pytest.mark.parametrize("path", sorted((SOURCES / "tools" / "mixes").iterdir()), ids=lambda path: path.stem)
def test_ready_made_mixes(path: Path) -> None:
    mix = load(path)
    assert mix.comment
    assert mix.source
    assert load(path) == parse(path.read_text())


def test_lines_of_values() -> None:
    text = '{\n"a": [1,\n"}{\\"",\n{"b":\n\nnull}],\n"c": {}}'
    document = loads(text)
    assert document.data == json.loads(text)
    assert document.lines == {
        (): 1,
        ("a",): 2,
        ("a", 0): 2,
        ("a", 1): 3,
        ("a", 2): 4,
        ("a", 2, "b"): 6,
        ("c",): 7,
    }


def test_distributions() -> None:
    stepped = Distribution.of_values({10: 1, 30: 3})
    assert [stepped.at(share) for share in (0, 0.25, 0.26, 1)] == [10, 10, 30, 30]
    assert stepped.mean() == 25
    even = Distribution.of_percentiles({0: 0, 50: 10, 100: 30})
    assert [even.at(share) for share in (0, 0.25, 0.5, 0.75, 1)] == [0, 5, 10, 20, 30]
    assert even.mean() == 12.5
    assert Distribution.of_counts({}).at(0.5) == 0
    many = Distribution.of_counts(dict.fromkeys(range(1001), 2))
    assert [round(many.at(share)) for share in (0, 0.1, 0.5, 0.99, 1)] == [0, 100, 500, 990, 1000]
