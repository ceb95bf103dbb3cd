"""Several questions over one connection."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gearfast.admin.answers import Answer, Question
from gearfast.admin.connection import AdminConnection
from gearfast.links.addresses import Address


def ask_each(address: Address, questions: Sequence[Question], timeout: float) -> Iterator[Answer]:
    """The answers, each as soon as it is there.

    Raises UnavailableError, ConnectionLostError, AnswerTimeoutError; ValueError for an argument with a line
    break in it.
    """
    with AdminConnection(address, timeout) as connection:
        for question in questions:
            yield Answer(question, question.operation.ask(connection, question.argument))


def ask_all(address: Address, questions: Sequence[Question], timeout: float) -> list[Answer]:
    """The same when all are there."""
    return list(ask_each(address, questions, timeout))
