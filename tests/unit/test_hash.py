"""gf_hash.h against SipHash written from its description."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from gearfast._native._csrc import ffi, lib

MASK = 2**64 - 1


def rotate(x: int, bits: int) -> int:
    return (x << bits | x >> (64 - bits)) & MASK


def sip_round(v0: int, v1: int, v2: int, v3: int) -> tuple[int, int, int, int]:
    v0 = (v0 + v1) & MASK
    v2 = (v2 + v3) & MASK
    v1 = rotate(v1, 13) ^ v0
    v3 = rotate(v3, 16) ^ v2
    v0 = rotate(v0, 32)
    v2 = (v2 + v1) & MASK
    v0 = (v0 + v3) & MASK
    v1 = rotate(v1, 17) ^ v2
    v3 = rotate(v3, 21) ^ v0
    return v0, v1, rotate(v2, 32), v3


def siphash(k0: int, k1: int, data: bytes, rounds: int, last_rounds: int) -> int:
    state = (
        k0 ^ 0x736F6D6570736575,
        k1 ^ 0x646F72616E646F6D,
        k0 ^ 0x6C7967656E657261,
        k1 ^ 0x7465646279746573,
    )
    whole = len(data) // 8 * 8
    tail = data[whole:].ljust(7, b"\0") + bytes([len(data) & 0xFF])
    for at in range(0, whole + 8, 8):
        word = int.from_bytes((data[:whole] + tail)[at : at + 8], "little")
        state = (*state[:3], state[3] ^ word)
        for _ in range(rounds):
            state = sip_round(*state)
        state = (state[0] ^ word, *state[1:])
    state = (*state[:2], state[2] ^ 0xFF, state[3])
    for _ in range(last_rounds):
        state = sip_round(*state)
    return state[0] ^ state[1] ^ state[2] ^ state[3]


def seed(k0: int, k1: int) -> object:
    return ffi.new("gf_seed *", {"k0": k0, "k1": k1})


def test_the_model_gives_the_published_siphash_2_4_value() -> None:
    key = bytes(range(16))
    k0, k1 = int.from_bytes(key[:8], "little"), int.from_bytes(key[8:], "little")
    assert siphash(k0, k1, bytes(range(15)), 2, 4) == 0xA129CA6149BE45E5


@given(st.integers(0, MASK), st.integers(0, MASK), st.binary(max_size=70))
def test_siphash_1_3(k0: int, k1: int, data: bytes) -> None:
    full = siphash(k0, k1, data, 1, 3)
    assert lib.gf_siphash13(seed(k0, k1), data, len(data)) == full
    assert lib.gf_hash(seed(k0, k1), data, len(data)) == (full ^ full >> 32) & 0xFFFFFFFF


def test_another_seed_is_another_hash() -> None:
    hashes = {lib.gf_hash(seed(k, 0), b"resize", 6) for k in range(100)}
    assert len(hashes) == 100


def test_mixed_neighbours_spread_over_the_low_bits() -> None:
    buckets = Counter(lib.gf_mix32(a, b) % 256 for a in range(64) for b in range(64))
    assert len(buckets) == 256
    assert max(buckets.values()) < 40  # 16 on average


def test_mixing_tells_its_arguments_apart() -> None:
    assert lib.gf_mix32(1, 2) != lib.gf_mix32(2, 1)
