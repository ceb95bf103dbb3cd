"""Numbers as recordings write them."""

from __future__ import annotations


def varint(value: int) -> bytes:
    """Seven bits a byte, the lowest first."""
    out = b""
    while value >= 0x80:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])
