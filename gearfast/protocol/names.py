"""Names of functions, uniques and handles: text for users, bytes on the wire."""

from __future__ import annotations


def bytes_of(name: str | bytes) -> bytes:
    """A function, unique or handle as it is sent."""
    return name if isinstance(name, bytes) else name.encode("utf-8", "surrogateescape")


def text_of(name: bytes) -> str:
    """A name as it was received; whatever bytes it has, `bytes_of` gives them back."""
    return name.decode("utf-8", "surrogateescape")


def checked(name: str | bytes, what: str, most: int) -> bytes:
    """The name in bytes. Raises ValueError for one with a NUL, or longer than servers take."""
    encoded = bytes_of(name)
    if b"\0" in encoded:
        raise ValueError(f"a {what} can't hold NUL: {name!r}")
    if len(encoded) > most:
        raise ValueError(f"a {what} has at most {most} bytes, not {len(encoded)}")
    return encoded


def number(text: bytes) -> int:
    """A decimal number, perhaps with a NUL behind it; 0 for anything else, as servers read it."""
    text = text.rstrip(b"\0")
    return int(text) if text.isdigit() else 0
