"""The parser and encoder of packets, as Python sees them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gearfast._native import packet
from tests.protocol import wire

SUBMIT_JOB, CAN_DO, GRAB_JOB, ECHO_REQ, WORK_COMPLETE = 7, 1, 9, 16, 13
without_nul = st.binary(max_size=40).map(lambda text: text.replace(b"\0", b""))


def test_there_are_42_types_each_with_a_name_of_its_own() -> None:
    names = packet.type_names()
    assert sorted(names) == list(range(1, 43))
    assert len(set(names.values())) == 42
    assert names[SUBMIT_JOB] == "SUBMIT_JOB"


@given(without_nul, without_nul, st.binary(max_size=200))
def test_what_is_packed_is_cut_into_the_same_arguments(function: bytes, unique: bytes, data: bytes) -> None:
    packed = packet.pack(True, SUBMIT_JOB, function, unique, data)
    assert packed == wire.req(SUBMIT_JOB, function, unique, data)
    assert packet.head(packed) == (True, SUBMIT_JOB, len(packed) - 12)
    assert packet.arguments(SUBMIT_JOB, packed[12:]) == (function, unique, data)


@given(st.binary(max_size=11))
def test_a_head_has_twelve_bytes(part: bytes) -> None:
    assert packet.head(part) is None


@pytest.mark.parametrize(
    ("kind", "body", "arguments"),
    [
        (GRAB_JOB, b"", ()),
        (ECHO_REQ, b"a\0b", (b"a\0b",)),
        (CAN_DO, b"f\0", (b"f\0",)),
        (WORK_COMPLETE, b"H:a:1\0", (b"H:a:1", b"")),
        (WORK_COMPLETE, b"H:a:1", (b"H:a:1", b"")),
    ],
)
def test_arguments(kind: int, body: bytes, arguments: tuple[bytes, ...]) -> None:
    assert packet.arguments(kind, body) == arguments


@pytest.mark.parametrize(
    ("kind", "body", "code"),
    [
        (SUBMIT_JOB, b"f\0u", "INVALID_PACKET"),
        (SUBMIT_JOB, b"f" * 8192 + b"\0u\0", "ARGUMENT_TOO_LARGE"),
        (CAN_DO, b"f" * 8192, "ARGUMENT_TOO_LARGE"),
    ],
)
def test_bodies_that_are_refused(kind: int, body: bytes, code: str) -> None:
    with pytest.raises(packet.PacketError) as raised:
        packet.arguments(kind, body)
    assert raised.value.code == code


@pytest.mark.parametrize(
    ("head", "code"),
    [
        (b"\0REX" + bytes(8), "INVALID_MAGIC"),
        (b"\0REQ" + bytes(8), "INVALID_COMMAND"),
        (b"\0REQ\x80" + bytes(7), "INVALID_COMMAND"),
    ],
)
def test_heads_that_begin_no_packet(head: bytes, code: str) -> None:
    with pytest.raises(packet.PacketError) as raised:
        packet.head(head)
    assert raised.value.code == code


@pytest.mark.parametrize("kind", [0, 43])
def test_types_that_do_not_exist(kind: int) -> None:
    with pytest.raises(ValueError, match="no packet has the type"):
        packet.pack(True, kind)
    with pytest.raises(ValueError, match="no packet has the type"):
        packet.arguments(kind, b"")
