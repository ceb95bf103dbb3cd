"""A job as a line of JSON: what goes out comes in again, and what is wrong is told."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gearfast.queue.lines import from_line, to_line
from gearfast.queue.listing import Counts, listed, shown
from gearfast.stores.base import Add

NAMES = st.binary(max_size=64).filter(lambda name: b"\0" not in name)
KEYS = NAMES.filter(lambda key: key not in (b"", b"-"))
DATA = st.one_of(st.binary(), st.text().map(lambda text: text.encode("utf-8", "surrogatepass")))
JOBS = st.tuples(
    KEYS, NAMES, st.integers(0, 2), DATA, st.integers(0, 2**63 - 1), st.none() | NAMES.filter(bool)
)


@given(JOBS)
def test_a_job_comes_back_as_it_was(job: Add) -> None:
    line = to_line(job)
    assert line.count(b"\n") == 1
    assert from_line(line) == job
    assert from_line(json.dumps(json.loads(line)).encode()) == job


def test_it_reads_well() -> None:
    job = (b"u1", b"resize", 1, "7 é 9 \u2028".encode(), 0, None)
    expected = '{"function": "resize", "key": "u1", "priority": "normal", "data": "7 é 9 \u2028"}\n'
    assert to_line(job) == expected.encode()


def test_what_may_be_left_out() -> None:
    for more in (b"", b', "when": null, "data": null, "reducer": null', b', "when": -5, "reducer": ""'):
        assert from_line(b'{"key": "u", "function": "f"%b}' % more) == (b"u", b"f", 1, b"", 0, None)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"\xff", "it is no UTF-8"),
        (b'{"key": "u"', "it is no JSON: "),
        (b"[" * 100_000, "it is no JSON: "),
        (b'{"key": "u", "function": "f", "when": 1' + b"0" * 5000 + b"}", "it is no JSON: "),
        (b"[]", "it is no object"),
        (b'{"key": "u", "function": "f", "prio": 1, "x": 2}', "nothing is known of 'prio', 'x'"),
        (b'{"key": "u"}', "its function is no text"),
        (b'{"function": "f"}', "its unique is no text"),
        (b'{"function": "f", "key": ""}', "it has no key: imported twice, it would be two jobs"),
        (b'{"function": "f", "key": "-"}', "it has no key: imported twice, it would be two jobs"),
        (b'{"function": "f", "key": "a\\u0000b"}', "its key has a NUL"),
        (b'{"function": "f", "key": "%b"}' % (b"u" * 65), "its unique is longer than 64 bytes"),
        (b'{"function": "f\\u0000", "key": "u"}', "its function is no function name"),
        (b'{"function": "f", "key": 7}', 'its key is neither text nor {"base64": text}'),
        (b'{"function": "f", "key": {"base": "YQ=="}}', 'its key is neither text nor {"base64": text}'),
        (b'{"function": "f", "key": {"base64": "?"}}', "its key cannot be read: "),
        (b'{"function": "f", "key": {"base64": 1}}', "its key cannot be read: "),
        (b'{"function": "f", "key": "\\ud800"}', "its key cannot be read: "),
        (b'{"function": "f", "key": "u", "priority": 1}', "its priority is none of high, normal, low"),
        (b'{"function": "f", "key": "u", "priority": []}', "its priority is none of high, normal, low"),
        (b'{"function": "f", "key": "u", "when": "now"}', "its time is 'now', not a number of seconds"),
        (b'{"function": "f", "key": "u", "when": true}', "its time is True, not a number of seconds"),
        (b'{"function": "f", "key": "u", "when": NaN}', "its time is nan, not a number of seconds"),
        (b'{"function": "f", "key": "u", "when": 9223372036854775808}', "its time is 9223372036854775808"),
        (b'{"function": "f", "key": "u", "reducer": "%b"}' % (b"r" * 65), "its reducer is no function name"),
    ],
)
def test_what_is_no_job(line: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        from_line(line)
    assert str(caught.value).startswith(reason)


def test_listings_are_a_line_for_each() -> None:
    jobs: list[Add] = [(b"u\n", b"f\xff", 0, b"abc", 0, None), (b"\xc3\xa9", b"g\t\\", 2, b"", 5, b"r")]
    assert list(listed(jobs)) == ["f\\xff\tu\\x0a\thigh\t3\t0", "g\\x09\\x5c\té\tlow\t0\t5"]
    counts = Counts()
    counts.add(jobs)
    counts.add(jobs[:1])
    assert list(counts.lines()) == [
        "function\thigh\tnormal\tlow\tbytes",
        "f\\xff\t2\t0\t0\t6",
        "g\\x09\\x5c\t0\t0\t1\t0",
        "3 jobs of 2 functions, 6 bytes",
    ]
    assert shown(b"\xe2\x82\xac\xe2\x82") == "€\\xe2\\x82"
