"""Names that a column cannot hold as they are: written so that they fit, and read back."""

from __future__ import annotations

import re
from hashlib import sha256

from gearfast.stores.base import MADE_KEY

FUNCTION_ROOM = 255
"""What gearmand's tables have for a function: characters in PostgreSQL, bytes in MySQL."""

# Stands for one byte that is no text: a character of private use, U+F700 and the byte.
_ESCAPES = 0xF700
_UNFIT = re.compile("[\0\udc80-\udcff\uf700-\uf7ff]")
_ESCAPED = re.compile(b"\xef[\x9c-\x9f][\x80-\xbf]")  # in UTF-8


def stand_in(function: bytes) -> bytes:
    """For a function that is too long for its column; the same every time."""
    return MADE_KEY + sha256(function).hexdigest().encode()


def to_text(name: bytes) -> str:
    """Never longer, in characters, than the name in bytes; the name itself if that is UTF-8 without NUL."""
    text = name.decode("utf-8", "surrogateescape")
    return _UNFIT.sub(_escape, text) if not text.isascii() or "\0" in text else text


def from_text(text: bytes) -> bytes:
    """The name that `to_text` made this of, which is given in UTF-8."""
    return text if text.isascii() else _ESCAPED.sub(_byte, text)


def _byte(match: re.Match[bytes]) -> bytes:
    return bytes([ord(match[0].decode()) - _ESCAPES])


def _escape(match: re.Match[str]) -> str:
    return "".join(chr(_ESCAPES + byte) for byte in match[0].encode("utf-8", "surrogateescape"))
