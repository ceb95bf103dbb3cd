"""gf_bytes.h: big-endian words, the bounded search for NUL, decimal numbers."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from gearfast._native._csrc import ffi, lib

U32 = st.integers(0, 2**32 - 1)


@given(U32, st.integers(0, 7))
def test_words_are_big_endian_at_any_alignment(value: int, offset: int) -> None:
    memory = ffi.new("uint8_t[16]")
    lib.gf_store_be32(memory + offset, value)
    assert bytes(memory) == bytes(offset) + value.to_bytes(4, "big") + bytes(12 - offset)
    assert lib.gf_load_be32(memory + offset) == value


@given(st.binary(max_size=40).map(lambda data: data.replace(b"\x7f", b"\0")), st.integers(0, 40))
def test_nul_is_found_within_the_bound_only(data: bytes, bound: int) -> None:
    bound = min(bound, len(data))
    memory = ffi.from_buffer("uint8_t[]", data)
    found = lib.gf_find_nul(memory, bound)
    expected = data.find(b"\0", 0, bound)
    assert (found - memory if found else -1) == expected


def test_nothing_is_found_in_nothing() -> None:
    assert lib.gf_find_nul(ffi.NULL, 0) == ffi.NULL


@given(U32)
@example(0)
@example(9)
@example(10)
@example(99_999)
@example(100_000)
@example(2**32 - 1)
def test_decimal(value: int) -> None:
    memory = ffi.new("uint8_t[12]", b"-" * 12)
    digits = lib.gf_put_u32(memory, value)
    assert bytes(memory) == str(value).encode().ljust(12, b"-")
    assert digits == len(str(value))
