"""Every packet type and every error reply, byte for byte, at every pace a network may deliver them."""

from __future__ import annotations

import pytest

from tests.protocol.conversation import Actor, Conversation, bytewise, cut_at, hold, hold_glued
from tests.protocol.golden import questions, refusals, results, submits, workers
from tests.protocol.golden.errors import NOT_EXPECTED, REQUEST_MAGIC_EXPECTED
from tests.protocol.golden.packets import PACKETS
from tests.protocol.server import Server
from tests.protocol.wire import (
    ALL_YOURS,
    ECHO_RES,
    ERROR,
    JOB_ASSIGN,
    JOB_ASSIGN_ALL,
    JOB_ASSIGN_UNIQ,
    JOB_CREATED,
    LAST,
    NAMES,
    NO_JOB,
    NOOP,
    OPTION_RES,
    REQUEST,
    RESPONSE,
    STATUS_RES,
    STATUS_RES_UNIQUE,
    UNUSED,
    WORK_COMPLETE,
    WORK_DATA,
    WORK_EXCEPTION,
    WORK_FAIL,
    WORK_STATUS,
    WORK_WARNING,
    first_packet,
)

FROM_THE_SERVER = {
    NOOP,
    JOB_CREATED,
    NO_JOB,
    JOB_ASSIGN,
    ECHO_RES,
    ERROR,
    STATUS_RES,
    OPTION_RES,
    JOB_ASSIGN_UNIQ,
    JOB_ASSIGN_ALL,
    STATUS_RES_UNIQUE,
}
NEVER_REQUESTS = FROM_THE_SERVER | {UNUSED, ALL_YOURS}
PASSED_ON = {WORK_STATUS, WORK_DATA, WORK_WARNING, WORK_COMPLETE, WORK_FAIL, WORK_EXCEPTION}

peer = Actor("peer")

UNEXPECTED = [
    Conversation(f"request_{NAMES[number].lower()}", peer.sends(packet), peer.gets(NOT_EXPECTED))
    for number, packet in enumerate(PACKETS, 1)
    if number in NEVER_REQUESTS
]
RESPONSES = [
    Conversation(
        f"response_{NAMES[number].lower()}",
        peer.sends(packet.replace(REQUEST, RESPONSE)),
        peer.gets(REQUEST_MAGIC_EXPECTED),
    )
    for number, packet in enumerate(PACKETS, 1)
]
SPOKEN = [
    conversation
    for part in (submits, results, workers, questions, refusals)
    for conversation in part.CONVERSATIONS
]
ALL = SPOKEN + UNEXPECTED + RESPONSES

both = pytest.mark.parametrize("conversation", [c for c in ALL if not c.ours], ids=lambda each: each.name)
ours = pytest.mark.parametrize("conversation", [c for c in ALL if c.ours], ids=lambda each: each.name)


@both
def test_answers_are_literal(server: Server, conversation: Conversation) -> None:
    hold(server, conversation)


@both
def test_glued_packets_are_answered_in_order(server: Server, conversation: Conversation) -> None:
    hold_glued(server, conversation)


@both
def test_jobs_may_be_ended_before_they_were_given(gearfast: Server, conversation: Conversation) -> None:
    """gearmand sends freed memory as the workload then."""
    hold_glued(gearfast, conversation, foresight=True)


@both
def test_packets_may_come_byte_by_byte(server: Server, conversation: Conversation) -> None:
    hold(server, conversation, bytewise)


@both
def test_packets_may_be_cut_anywhere(server: Server, conversation: Conversation) -> None:
    for place in range(1, conversation.longest_packet()):
        hold(server, conversation, cut_at(place))


@ours
def test_what_gearmand_answers_otherwise_at_every_pace(gearfast: Server, conversation: Conversation) -> None:
    hold(gearfast, conversation)
    hold_glued(gearfast, conversation)
    hold(gearfast, conversation, bytewise)
    for place in range(1, conversation.longest_packet()):
        hold(gearfast, conversation, cut_at(place))


def test_the_packets_are_in_the_order_of_their_numbers() -> None:
    assert [first.kind for packet in PACKETS if (first := first_packet(packet))] == list(range(1, LAST + 1))


def test_every_type_is_spoken_in_each_direction_it_has() -> None:
    said = [(line.sent, line.data) for conversation in ALL for line in conversation.utterances]
    packets = [(sent, data) for sent, data in said if data.startswith(b"\0")]
    requests = {first.kind for sent, data in packets if sent and (first := first_packet(data))}
    responses = {first.kind for sent, data in packets if not sent and (first := first_packet(data))}
    assert requests == set(range(1, LAST + 1))
    assert responses == FROM_THE_SERVER | PASSED_ON
