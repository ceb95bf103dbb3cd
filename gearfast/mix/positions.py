"""JSON with the line on which each value stands, so that whoever checks them can say where one is wrong."""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

Path = tuple[str | int, ...]

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]:,]|[^\s{}\[\]:,"]+')


class Document(NamedTuple):
    """`data` as json.loads gives it; `lines`, from 1, by the keys and indices that lead to a value."""

    data: Any
    lines: dict[Path, int]


def loads(text: str) -> Document:
    """Raises json.JSONDecodeError, which has the line, for text that is no JSON or has a key twice."""
    data = json.loads(text, parse_int=float)  # int() refuses thousands of digits, and float() large ints
    return Document(data, _Walk(text).lines())


class _Walk:
    """Over the tokens of valid JSON."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(_TOKEN.finditer(text))
        self._next = 0
        self._lines: dict[Path, int] = {}
        self._line, self._line_at = 1, 0

    def lines(self) -> dict[Path, int]:
        self._value(())
        return self._lines

    def _take(self) -> re.Match[str]:
        self._next += 1
        return self._tokens[self._next - 1]

    def _value(self, path: Path) -> None:
        token = self._take()
        self._line += self._text.count("\n", self._line_at, token.start())
        self._line_at = token.start()
        self._lines.setdefault(path, self._line)
        if token[0] == "{":
            self._object(path)
        elif token[0] == "[":
            self._array(path)

    def _object(self, path: Path) -> None:
        while self._peek() != "}":
            key = self._take()
            place = (*path, json.loads(key[0]))
            if place in self._lines:
                raise json.JSONDecodeError(f"{place[-1]!r} is there twice", self._text, key.start())
            self._take()  # the colon
            self._value(place)
            self._skip(",")
        self._take()

    def _array(self, path: Path) -> None:
        index = 0
        while self._peek() != "]":
            self._value((*path, index))
            self._skip(",")
            index += 1
        self._take()

    def _peek(self) -> str:
        return self._tokens[self._next][0]

    def _skip(self, token: str) -> None:
        if self._peek() == token:
            self._next += 1
