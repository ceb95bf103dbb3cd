"""Replies of the text protocol whose names look like parts of it."""

from __future__ import annotations

import pytest

from gearfast.admin.records import FunctionStatus, PeerEntry, parse_status, parse_workers
from gearfast.errors import ProtocolError


def test_line_breaks_and_colons_in_names_hide_no_connection() -> None:
    listing = b"14 127.0.0.1 - :\n13 ::1 id\nx : : a\nb c\n9 127.0.0.1 two words : d\n.\n"
    assert parse_workers(listing) == [
        PeerEntry(14, "127.0.0.1", "-", []),
        PeerEntry(13, "::1", "id\nx", [":", "a\nb", "c"]),
        PeerEntry(9, "127.0.0.1", "two words", ["d"]),
    ]


def test_tabs_and_dots_in_names_hide_no_function() -> None:
    found = parse_status(b"a\t1\t2\t\t4\t3\t2\n.\n\t1\t0\t1\n.\n")
    assert found == [FunctionStatus("a\t1\t2\t", 4, 3, 2), FunctionStatus(".\n", 1, 0, 1)]


@pytest.mark.parametrize("listing", [b"13 127.0.0.1\n.\n", b"x 127.0.0.1 - :\n.\n"])
def test_what_is_no_line_is_told(listing: bytes) -> None:
    with pytest.raises(ProtocolError, match="127"):
        parse_workers(listing)
