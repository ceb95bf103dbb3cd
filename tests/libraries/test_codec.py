"""The compiled codec and the one in plain Python: the same bytes, cut alike."""

from __future__ import annotations

import os
import subprocess
import sys
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gearfast._native import packet as native
from gearfast.protocol import packets, pure
from gearfast.protocol.parser import Parser
from tests.protocol import wire
from tests.protocol.golden.packets import PACKETS

CODECS = [native, pure]
codecs = pytest.mark.parametrize("codec", CODECS, ids=["native", "python"])
without_nul = st.binary(max_size=40).map(lambda text: text.replace(b"\0", b""))


def golden(number: int) -> tuple[bytes, ...]:
    """The arguments of the golden packet with this number, cut by hand of the table in the protocol text."""
    body = PACKETS[number - 1][12:]
    if number in (wire.ECHO_REQ, wire.ECHO_RES):
        return (body,)
    return tuple(body.split(b"\0")) if body else ()


def test_numbers_are_those_of_the_compiled_codec() -> None:
    names = native.type_names()
    del names[wire.UNUSED]
    assert {getattr(packets, name): name for name in names.values()} == names


@codecs
@pytest.mark.parametrize("number", range(1, wire.LAST + 1), ids=lambda number: wire.NAMES[number])
def test_golden_packets(codec: ModuleType, number: int) -> None:
    request = PACKETS[number - 1]
    response = request.replace(wire.REQUEST, wire.RESPONSE)
    assert codec.split(True, request) == ([(number, golden(number))], len(request), None)
    assert codec.split(False, response) == ([(number, golden(number))], len(request), None)
    assert codec.pack(True, number, *golden(number)) == request
    assert codec.pack(False, number, *golden(number)) == response


@codecs
def test_many_packets_and_lines_at_once(codec: ModuleType) -> None:
    data = b"".join(PACKETS) + b"OK\r\nERR UNKNOWN_JOB\r\n.\n" + PACKETS[0][:7]
    found, used, error = codec.split(True, data)
    lines = [(0, (line,)) for line in (b"OK", b"ERR UNKNOWN_JOB", b".")]
    assert found == [(number, golden(number)) for number in range(1, wire.LAST + 1)] + lines
    assert (data[used:], error) == (PACKETS[0][:7], None)


@codecs
@pytest.mark.parametrize(
    ("data", "code"),
    [
        (PACKETS[0].replace(wire.REQUEST, wire.RESPONSE), "INVALID_MAGIC"),
        (b"\0REX" + bytes(8), "INVALID_MAGIC"),
        (b"\0REQ" + bytes(8), "INVALID_COMMAND"),
        (b"\0REQ\x80" + bytes(7), "INVALID_COMMAND"),
        (wire.req(wire.SUBMIT_JOB, b"f", b"u"), "INVALID_PACKET"),
        (wire.req(wire.WORK_COMPLETE), "INVALID_PACKET"),
        (wire.req(wire.CAN_DO, b"f" * 8192), "ARGUMENT_TOO_LARGE"),
        (b"x" * (packets.LINE_MAX + 1), "ERR LINE_TOO_LONG"),
    ],
)
def test_what_is_no_packet_ends_the_list(codec: ModuleType, data: bytes, code: str) -> None:
    found, used, error = codec.split(True, PACKETS[8] + data)
    assert (found, used, error.code) == ([(wire.GRAB_JOB, ())], len(PACKETS[8]), code)


@codecs
def test_a_result_without_nul_and_data_is_empty(codec: ModuleType) -> None:
    assert codec.arguments(wire.WORK_COMPLETE, b"H:a:1") == (b"H:a:1", b"")


@codecs
@pytest.mark.parametrize("kind", [0, 43])
def test_types_that_do_not_exist(codec: ModuleType, kind: int) -> None:
    with pytest.raises(ValueError, match="no packet has the type"):
        codec.pack(True, kind)
    with pytest.raises(ValueError, match="no packet has the type"):
        codec.arguments(kind, b"")


@given(st.integers(1, wire.LAST), st.lists(st.binary(max_size=12), max_size=8))
def test_any_body_is_cut_alike(kind: int, parts: list[bytes]) -> None:
    data = wire.res(kind, *parts)
    (ours, ours_used, ours_error), (theirs, used, error) = (codec.split(False, data) for codec in CODECS)
    assert (ours, ours_used) == (theirs, used)
    assert getattr(ours_error, "code", None) == getattr(error, "code", None)


@given(st.lists(st.sampled_from([*PACKETS, b"OK\r\n", b"a\tb\n"]), max_size=12), st.data())
def test_a_parser_does_not_care_where_the_bytes_are_cut(said: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(said)
    whole = Parser(requests=True)
    expected = whole.feed(stream)
    places = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    pieces = [stream[begin:end] for begin, end in zip([0, *places], [*places, len(stream)], strict=True)]
    for cut in (pieces, [stream[at : at + 1] for at in range(len(stream))]):
        parser = Parser(requests=True)
        assert [found for piece in cut for found in parser.feed(piece)] == expected
    assert len(expected) == len(said)


def test_a_parser_tells_what_it_got_before_it_broke() -> None:
    parser = Parser()
    noop = wire.res(wire.NOOP)
    assert parser.feed(noop[:5]) == []
    assert parser.feed(noop[5:] + b"\0REX" + bytes(8)) == [(wire.NOOP, ())]
    assert parser.broken is not None
    assert parser.feed(noop) == []


@pytest.mark.parametrize(("wanted", "used"), [("", "native"), ("native", "native"), ("python", "python")])
def test_the_codec_is_chosen_by_the_environment(wanted: str, used: str) -> None:
    program = "from gearfast.protocol import codec; print(codec.IMPLEMENTATION)"
    env = os.environ | {"GEARFAST_CODEC": wanted}
    run = subprocess.run([sys.executable, "-c", program], env=env, capture_output=True, check=True, text=True)
    assert run.stdout.strip() == used


def test_without_compiled_modules_the_codec_is_python() -> None:
    program = "import sys; sys.modules['gearfast._native'] = None; "
    program += "from gearfast.protocol import codec; print(codec.IMPLEMENTATION)"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True)
    assert run.stdout.strip() == "python"


def test_an_unknown_codec_is_refused() -> None:
    env = os.environ | {"GEARFAST_CODEC": "fast"}
    program = "import gearfast.protocol.codec"
    run = subprocess.run(
        [sys.executable, "-c", program], env=env, capture_output=True, check=False, text=True
    )
    assert run.returncode != 0
    assert "it may be native or python" in run.stderr
