"""Numbers in packets and text lines, as C's strtol and atoi read them."""

from __future__ import annotations

import re

_LONG = re.compile(rb"[ \t\n\v\f\r]*([+-]?[0-9]+)")
LONG_MIN, LONG_MAX = -(2**63), 2**63 - 1


def leading_number(text: bytes) -> int:
    """Blanks, a sign and digits count, what follows does not; nothing of the kind is 0."""
    found = _LONG.match(text)
    return int(found[1]) if found else 0


def fits_long(number: int) -> bool:
    return LONG_MIN <= number <= LONG_MAX


def atoi_unsigned(text: bytes) -> int:
    """What atoi gives, stored in 32 bits without a sign: out of range is clamped to long, then cut."""
    return min(max(leading_number(text), LONG_MIN), LONG_MAX) % 2**32
