"""gearfast.stores.names: any name fits a column of text, and comes back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gearfast.stores.names import from_text, stand_in, to_text

NAMES = [
    b"",
    b"u",
    b"\xc3\xa9",
    b"\xff\xfe",
    b"\0",
    b"\xed\xa0\x80",
    b"\xef\x9c\x80",
    b"\xef\x9f\xbf\xff",
    b"\xc3",
]


@pytest.mark.parametrize("name", NAMES)
def test_there_and_back(name: bytes) -> None:
    assert from_text(to_text(name).encode()) == name


@given(st.lists(st.one_of(st.binary(max_size=4), st.sampled_from(NAMES))).map(b"".join))
def test_any_name(name: bytes) -> None:
    text = to_text(name)
    assert from_text(text.encode()) == name
    assert len(text) <= len(name)
    assert "\0" not in text


def test_text_is_itself() -> None:
    assert to_text("größe".encode()) == "größe"


def test_a_stand_in_is_no_name_of_a_job_without_a_unique() -> None:
    assert stand_in(b"f" * 256) != stand_in(b"f" * 257)
    assert len(stand_in(b"f" * 8000)) == 73
