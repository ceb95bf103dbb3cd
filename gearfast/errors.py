"""What the clients and workers raise."""

from __future__ import annotations

from typing import Any


class GearfastError(Exception):
    """Base of all errors of the client and worker libraries."""


class ProtocolError(GearfastError):
    """A server sent what is no packet, or an answer to nothing. The connection is closed."""


class UnavailableError(GearfastError, ConnectionError):
    """No server could be reached in the time allowed; the message names each with its reason."""


class ConnectionLostError(GearfastError, ConnectionError):
    """The connection ended before the answer came, or the client was closed."""


class AnswerTimeoutError(GearfastError, TimeoutError):
    """A server did not answer a question in the time allowed."""


class RefusedError(GearfastError):
    """A server answered with an ERROR packet: `code` is its word, `text` its sentence."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{text} ({code})")
        self.code = code
        self.text = text


class JobError(GearfastError):
    """A job did not end well; `job` is the job."""

    def __init__(self, job: Any, text: str) -> None:
        super().__init__(text)
        self.job = job


class JobFailedError(JobError):
    """The worker reported failure (WORK_FAIL), or the server gave the job up."""


class JobExceptionError(JobFailedError):
    """The worker raised (WORK_EXCEPTION); the error's text is the worker's own message.

    `data` is that message as it was sent, in bytes.
    """

    def __init__(self, job: Any, data: bytes) -> None:
        super().__init__(job, data.decode("utf-8", "backslashreplace"))
        self.data = data


class JobLostError(JobError, ConnectionError):
    """The connection ended after the job was accepted: whether it runs is not known. It is not sent again."""


class JobTimeoutError(JobError, TimeoutError):
    """The job was not done in the time allowed. It goes on; ask again to wait longer."""
