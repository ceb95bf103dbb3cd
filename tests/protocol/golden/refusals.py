"""Requests that are answered with an ERROR packet."""

from __future__ import annotations

from tests.protocol.conversation import Actor, Conversation
from tests.protocol.golden.errors import (
    DATA_FOR_NO_JOB,
    EXCEPTION_FOR_NO_JOB,
    HANDLE_TOO_LONG,
    QUEUE_FULL,
    RESULT_FOR_NO_JOB,
    UNIQUE_TOO_LARGE,
    UNKNOWN_OPTION,
)

client = Actor("client")
worker = Actor("worker")
worker2 = Actor("worker2")
admin = Actor("admin")

CONVERSATIONS = [
    Conversation(
        "unique_too_long_submit_job",
        client.sends(b"\0REQ", b"\0\0\0\x07", b"\0\0\0\x4a", b"task\0", b"u" * 65, b"\0abc"),
        client.gets(UNIQUE_TOO_LARGE),
    ),
    Conversation(
        "unique_too_long_submit_job_bg",
        client.sends(b"\0REQ", b"\0\0\0\x12", b"\0\0\0\x4a", b"task\0", b"u" * 65, b"\0abc"),
        client.gets(UNIQUE_TOO_LARGE),
    ),
    Conversation(
        "unique_too_long_submit_job_high",
        client.sends(b"\0REQ", b"\0\0\0\x15", b"\0\0\0\x4a", b"task\0", b"u" * 65, b"\0abc"),
        client.gets(UNIQUE_TOO_LARGE),
    ),
    Conversation(
        "unique_too_long_submit_job_high_bg",
        client.sends(b"\0REQ", b"\0\0\0\x20", b"\0\0\0\x4a", b"task\0", b"u" * 65, b"\0abc"),
        client.gets(UNIQUE_TOO_LARGE),
    ),
    Conversation(
        "unique_too_long_submit_job_low",
        client.sends(b"\0REQ", b"\0\0\0\x21", b"\0\0\0\x4a", b"task\0", b"u" * 65, b"\0abc"),
        client.gets(UNIQUE_TOO_LARGE),
    ),
    Conversation(
        "unique_too_long_submit_job_low_bg",
        client.sends(b"\0REQ", b"\0\0\0\x22", b"\0\0\0\x4a", b"task\0", b"u" * 65, b"\0abc"),
        client.gets(UNIQUE_TOO_LARGE),
    ),
    Conversation(
        "unique_too_long_submit_job_epoch",
        client.sends(b"\0REQ", b"\0\0\0\x24", b"\0\0\0\x4c", b"task\0", b"u" * 65, b"\0", b"0\0abc"),
        client.gets(UNIQUE_TOO_LARGE),
    ),
    Conversation(
        "unique_too_long_submit_reduce_job",
        client.sends(b"\0REQ", b"\0\0\0\x25", b"\0\0\0\x4f", b"task\0", b"u" * 65, b"\0red\0\0abc"),
        client.gets(UNIQUE_TOO_LARGE),
        ours=True,
    ),
    Conversation(
        "unique_too_long_submit_reduce_job_background",
        client.sends(b"\0REQ", b"\0\0\0\x26", b"\0\0\0\x4f", b"task\0", b"u" * 65, b"\0red\0\0abc"),
        client.gets(UNIQUE_TOO_LARGE),
        ours=True,
    ),
    Conversation(
        "reducer_too_long_submit_reduce_job",
        client.sends(b"\0REQ", b"\0\0\0\x25", b"\0\0\0\x4e", b"task\0k1\0", b"u" * 65, b"\0\0abc"),
        client.gets(UNIQUE_TOO_LARGE),
    ),
    Conversation(
        "reducer_too_long_submit_reduce_job_background",
        client.sends(b"\0REQ", b"\0\0\0\x26", b"\0\0\0\x4e", b"task\0k1\0", b"u" * 65, b"\0\0abc"),
        client.gets(UNIQUE_TOO_LARGE),
    ),
    Conversation(
        "option_unknown",
        client.sends(b"\0REQ", b"\0\0\0\x1a", b"\0\0\0\x09", b"exception"),
        client.gets(UNKNOWN_OPTION),
        client.sends(b"\0REQ", b"\0\0\0\x1a", b"\0\0\0\0"),
        client.gets(UNKNOWN_OPTION),
        client.sends(b"\0REQ", b"\0\0\0\x1a", b"\0\0\0\x0b", b"exceptions "),
        client.gets(UNKNOWN_OPTION),
        client.sends(b"\0REQ", b"\0\0\0\x1a", b"\0\0\0\x40", b"x" * 64),
        client.gets(UNKNOWN_OPTION),
    ),
    Conversation(
        "work_data_for_no_job",
        worker.sends(b"\0REQ", b"\0\0\0\x1c", b"\0\0\0\x0d", b"H:test:99\0abc"),
        worker.gets(DATA_FOR_NO_JOB),
        worker.sends(b"\0REQ", b"\0\0\0\x1d", b"\0\0\0\x0d", b"H:test:99\0abc"),
        worker.gets(DATA_FOR_NO_JOB),
    ),
    Conversation(
        "work_result_for_no_job",
        worker.sends(b"\0REQ", b"\0\0\0\x0c", b"\0\0\0\x0e", b"H:test:99\0", b"3\0", b"10"),
        worker.gets(RESULT_FOR_NO_JOB),
        worker.sends(b"\0REQ", b"\0\0\0\x0d", b"\0\0\0\x0d", b"H:test:99\0abc"),
        worker.gets(RESULT_FOR_NO_JOB),
        worker.sends(b"\0REQ", b"\0\0\0\x0e", b"\0\0\0\x09", b"H:test:99"),
        worker.gets(RESULT_FOR_NO_JOB),
        worker.sends(b"\0REQ", b"\0\0\0\x0e", b"\0\0\0\0"),
        worker.gets(RESULT_FOR_NO_JOB),
    ),
    Conversation(
        "work_exception_for_no_job",
        worker.sends(b"\0REQ", b"\0\0\0\x19", b"\0\0\0\x0d", b"H:test:99\0abc"),
        worker.gets(EXCEPTION_FOR_NO_JOB),
    ),
    Conversation(
        "work_fail_handle_too_long",
        worker.sends(b"\0REQ", b"\0\0\0\x0e", b"\0\0\0\x40", b"h" * 64),
        worker.gets(HANDLE_TOO_LONG),
        worker.sends(b"\0REQ", b"\0\0\0\x0e", b"\0\0\0\x3f", b"h" * 63),
        worker.gets(RESULT_FOR_NO_JOB),
    ),
    Conversation(
        "work_for_a_job_of_another_worker",
        client.sends(b"\0REQ", b"\0\0\0\x12", b"\0\0\0\x0b", b"task\0k1\0abc"),
        client.gets(b"\0RES", b"\0\0\0\x08", b"\0\0\0\x08", b"H:test:1"),
        worker.sends(b"\0REQ", b"\0\0\0\x01", b"\0\0\0\x04", b"task"),
        worker.sends(b"\0REQ", b"\0\0\0\x09", b"\0\0\0\0"),
        worker.gets(b"\0RES", b"\0\0\0\x0b", b"\0\0\0\x11", b"H:test:1\0task\0abc"),
        worker2.sends(b"\0REQ", b"\0\0\0\x1c", b"\0\0\0\x0a", b"H:test:1\0x"),
        worker2.gets(DATA_FOR_NO_JOB),
        worker2.sends(b"\0REQ", b"\0\0\0\x0d", b"\0\0\0\x0c", b"H:test:1\0ABC"),
        worker2.gets(RESULT_FOR_NO_JOB),
        worker2.sends(b"\0REQ", b"\0\0\0\x0e", b"\0\0\0\x08", b"H:test:1"),
        worker2.gets(RESULT_FOR_NO_JOB),
        worker.sends(b"\0REQ", b"\0\0\0\x0d", b"\0\0\0\x0c", b"H:test:1\0ABC"),
    ),
    Conversation(
        "work_for_a_waiting_job",
        client.sends(b"\0REQ", b"\0\0\0\x12", b"\0\0\0\x0b", b"task\0k1\0abc"),
        client.gets(b"\0RES", b"\0\0\0\x08", b"\0\0\0\x08", b"H:test:1"),
        worker.sends(b"\0REQ", b"\0\0\0\x01", b"\0\0\0\x04", b"task"),
        worker.sends(b"\0REQ", b"\0\0\0\x0d", b"\0\0\0\x0c", b"H:test:1\0ABC"),
        worker.gets(RESULT_FOR_NO_JOB),
        worker.sends(b"\0REQ", b"\0\0\0\x1d", b"\0\0\0\x09", b"H:test:1\0"),
        worker.gets(DATA_FOR_NO_JOB),
        worker.sends(b"\0REQ", b"\0\0\0\x09", b"\0\0\0\0"),
        worker.gets(b"\0RES", b"\0\0\0\x0b", b"\0\0\0\x11", b"H:test:1\0task\0abc"),
        worker.sends(b"\0REQ", b"\0\0\0\x0d", b"\0\0\0\x0c", b"H:test:1\0ABC"),
    ),
    Conversation(
        "queue_full",
        admin.sends(b"create function task\r\n"),
        admin.gets(b"OK\r\n"),
        admin.sends(b"maxqueue task 1\n"),
        admin.gets(b"OK\r\n"),
        client.sends(b"\0REQ", b"\0\0\0\x12", b"\0\0\0\x0b", b"task\0k1\0abc"),
        client.gets(b"\0RES", b"\0\0\0\x08", b"\0\0\0\x08", b"H:test:1"),
        client.sends(b"\0REQ", b"\0\0\0\x07", b"\0\0\0\x0b", b"task\0k2\0abc"),
        client.gets(QUEUE_FULL),
        client.sends(b"\0REQ", b"\0\0\0\x12", b"\0\0\0\x0b", b"task\0k1\0abc"),
        client.gets(b"\0RES", b"\0\0\0\x08", b"\0\0\0\x08", b"H:test:1"),
        worker.sends(b"\0REQ", b"\0\0\0\x01", b"\0\0\0\x04", b"task"),
        worker.sends(b"\0REQ", b"\0\0\0\x09", b"\0\0\0\0"),
        worker.gets(b"\0RES", b"\0\0\0\x0b", b"\0\0\0\x11", b"H:test:1\0task\0abc"),
        worker.sends(b"\0REQ", b"\0\0\0\x0d", b"\0\0\0\x0c", b"H:test:1\0ABC"),
    ),
]
