"""Replies as `gearadmin` prints them, as JSON, and as tables for a screen."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from typing import Any

from gearfast.admin.operations import Operation
from gearfast.admin.records import AnswerError, is_error, text_of
from gearfast.columns import columns

_OK = b"OK\r\n"


@dataclasses.dataclass(frozen=True)
class Question:
    """An operation and its argument, empty if it takes none."""

    operation: Operation
    argument: bytes = b""

    @property
    def changes(self) -> bool:
        """Whether asking twice is not the same as asking once."""
        return self.operation.changes and self.argument not in self.operation.looks


@dataclasses.dataclass(frozen=True)
class Answer:
    """A question and the server's reply, as it was sent."""

    question: Question
    reply: bytes

    def value(self) -> Any:
        """The reply as records. Raises AnswerError, ProtocolError."""
        return self.question.operation.parse(self.reply)


def as_gearadmin(answer: Answer) -> tuple[bytes, bytes]:
    """What `gearadmin` prints, on stdout and on stderr."""
    reply = answer.reply
    if reply.startswith(_OK):
        return b"OK\n", b""
    if reply.startswith(b"OK "):
        return reply[3:], b""
    if is_error(reply):
        return b"", b"Error: " + reply[4:]
    return reply, b""


def as_json(answers: Sequence[Answer]) -> tuple[str, bool]:
    """One object with a key for each operation; and whether none was refused.

    Under an operation with arguments is an object with a key for each of them. A refusal is {"error": text}.
    Raises ProtocolError.
    """
    document: dict[str, Any] = {}
    accepted = True
    for answer in answers:
        try:
            value = answer.value()
        except AnswerError as error:
            value, accepted = {"error": str(error)}, False
        question = answer.question
        if question.operation.argument:
            document.setdefault(question.operation.name, {})[text_of(question.argument)] = value
        else:
            document[question.operation.name] = value
    return json.dumps(document, default=dataclasses.asdict, ensure_ascii=False), accepted


def as_table(answer: Answer) -> list[str]:
    """Lines for people: records in columns under headings. Raises ProtocolError."""
    try:
        value = answer.value()
    except AnswerError as error:
        return [f"Error: {error}"]
    if not isinstance(value, list):
        return [f"{answer.question.operation.name}: {value}"]
    if not value or not dataclasses.is_dataclass(value[0]):
        return [str(each) for each in value] or [f"{answer.question.operation.name}: none"]
    fields = [field.name for field in dataclasses.fields(value[0])]
    rows = [[_cell(getattr(record, field)) for field in fields] for record in value]
    return columns([[field.upper() for field in fields], *rows], _numeric(rows))


def _cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return " ".join(value)
    return printable(str(value))


def _numeric(rows: list[list[str]]) -> list[bool]:
    return [all(cell.isdecimal() for cell in column) for column in zip(*rows, strict=True)]


def printable(text: str) -> str:
    """The text without what would move a terminal's cursor or change its colours."""
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in text)
