"""How data becomes bytes."""

from __future__ import annotations

import pytest

from gearfast import Serializer
from gearfast.serializers import serializer_of


@pytest.mark.parametrize("name", ["json", "pickle"])
def test_there_and_back(name: str) -> None:
    serializer = serializer_of(name)
    data = {"a": [1, 2.5, None, "é"]}
    assert serializer.loads(serializer.dumps(data)) == data


@pytest.mark.parametrize("data", [b"x", bytearray(b"x"), memoryview(b"x")])
def test_bytes_stay_bytes(data: bytes | bytearray | memoryview) -> None:
    assert type(serializer_of("bytes").dumps(data)) is bytes


def test_your_own() -> None:
    mine = Serializer(lambda text: text.encode(), lambda data: data.decode())
    assert serializer_of(mine) is mine


def test_msgpack() -> None:
    pytest.importorskip("msgpack")
    serializer = serializer_of("msgpack")
    assert serializer.loads(serializer.dumps({"a": [1, b"2"]})) == {"a": [1, b"2"]}


def test_unknown_names() -> None:
    with pytest.raises(ValueError, match="known are bytes, json, msgpack, pickle"):
        serializer_of("xml")
