"""The core when memory is out: a request is refused, and everything else goes on."""

from __future__ import annotations

from typing import Any

import pytest

from gearfast._native._csrc import ffi, lib
from tests.core.driver import Core
from tests.core.effects import NONE, NOTICE, SYNC, Closed, Effect, Forgotten, Options, Peer, Sent
from tests.protocol.wire import (
    CAN_DO,
    CAN_DO_TIMEOUT,
    ECHO_REQ,
    ERROR,
    GET_STATUS,
    GET_STATUS_UNIQUE,
    GRAB_JOB_ALL,
    JOB_CREATED,
    PRE_SLEEP,
    SET_CLIENT_ID,
    SUBMIT_JOB,
    SUBMIT_JOB_BG,
    SUBMIT_JOB_EPOCH,
    WORK_COMPLETE,
    WORK_DATA,
    res,
)

OUT_OF_MEMORY = (res(ERROR, b"QUEUE_ERROR", b"Server is out of memory"), b"ERR out of memory\r\n")
ADMIN = -1
SECOND = 1000
EFFECTS_AT_FIRST = 256  # that many fit before the core needs more memory for them
LONG_LISTING = 9000  # jobs of which a listing takes several turns
CLIENT, WORKER, OTHER = range(3)

# Slot, packet type or ADMIN, body. Functions, uniques and names of many sizes take memory of many sizes.
STORY = [
    (WORKER, CAN_DO, b"f"),
    (WORKER, CAN_DO_TIMEOUT, b"g" * 300 + b"\x001500"),
    (WORKER, SET_CLIENT_ID, b"me"),
    (WORKER, PRE_SLEEP, b""),
    (CLIENT, SUBMIT_JOB, b"f\0u\0data"),
    (OTHER, SUBMIT_JOB, b"f\0u\0data"),
    (OTHER, SUBMIT_JOB, b"g" * 300 + b"\0\0data"),
    (CLIENT, SUBMIT_JOB_EPOCH, b"h" * 1000 + b"\0v\x005\0data"),
    (CLIENT, SUBMIT_JOB_BG, b"i" * 2000 + b"\0w\0data"),
    (WORKER, GRAB_JOB_ALL, b""),
    (WORKER, GRAB_JOB_ALL, b""),
    (CLIENT, GET_STATUS, b"H:t:1"),
    (CLIENT, GET_STATUS_UNIQUE, b"v"),
    (WORKER, WORK_DATA, b"H:t:1\0data"),
    (CLIENT, ADMIN, b"status"),
    (CLIENT, ADMIN, b"show jobs"),
    (CLIENT, ADMIN, b"show unique jobs"),
    (CLIENT, ADMIN, b"create function " + b"j" * 8000),
    (CLIENT, ADMIN, b"drop function " + b"i" * 2000),
    (WORKER, WORK_COMPLETE, b"H:t:1\0data"),
    (OTHER, ECHO_REQ, b"x" * 100_000),
]


def core_that_lost_an_answer() -> tuple[StarvedCore, Peer]:
    """Beside its client, whose submit found no memory for another effect."""
    core = StarvedCore(Options())
    client = core.connect(0)
    for _ in range(EFFECTS_AT_FIRST):
        core.post(client, SUBMIT_JOB_BG, b"f\0\0data")
    core.starve("heap", 0)
    core.post(client, SUBMIT_JOB_BG, b"f\0\0data")
    return core, client


class StarvedCore(Core):
    """The call after `starve` does not get one piece of memory that it asks for."""

    _heap: int | None = None  # pieces still to be had
    _slabs: int | None = None

    def __init__(self, options: Options) -> None:
        super().__init__(options)
        self._system = (
            ffi.callback("gf_pool_alloc", self._alloc),
            ffi.callback("gf_pool_release", lambda memory, size: lib.free(memory)),
        )
        lib.gf_pool_set_system(lib.gf_core_pool(self._core), *self._system)

    def starve(self, source: str, nth: int) -> None:
        """The `nth` piece, from 0, from the heap, or for the slabs of the core's pool."""
        if source == "heap":
            self._heap = nth
        else:
            self._slabs = nth

    def _alloc(self, size: int) -> Any:
        if self._slabs is not None:
            self._slabs -= 1
            if self._slabs < 0:
                self._slabs = None
                return ffi.NULL
        return lib.malloc(size)

    def _block(self, content: bytes, room: int) -> Any:
        """The last thing before the core is called."""
        block = super()._block(content, room)
        self._begin_to_starve()
        return block

    def time(self, monotonic: int, wall: int) -> list[Effect]:
        self._begin_to_starve()
        return super().time(monotonic, wall)

    def _begin_to_starve(self) -> None:
        if self._heap is not None:
            lib.gf_test_fail_allocations(self._heap, 1)

    def well_again(self) -> None:
        self._heap = self._slabs = None
        lib.gf_test_fail_allocations(0, 0)

    def _effects(self) -> list[Effect]:
        self.well_again()
        return super()._effects()


def tell(
    starving_at: int | None = None, source: str = "heap", nth: int = 0, durability: int = NONE
) -> tuple[list[list[bytes]], int]:
    """What each speaker of the story hears at once, when memory is out at one point; effects lost."""
    core = StarvedCore(Options(log_level=NOTICE, durability=durability))
    peers = [core.connect(slot) for slot in range(3)]
    heard = []
    for place, (slot, kind, body) in enumerate(STORY):
        if place == starving_at:
            core.starve(source, nth)
        effects = core.line(peers[slot], body) if kind == ADMIN else core.packet(peers[slot], kind, body)
        if durability != NONE:
            effects += core.commit(len(STORY))
        heard.append([e.data for e in effects if isinstance(e, Sent) and e.peer == peers[slot]])
    if starving_at == len(STORY):
        core.starve(source, nth)
    core.time(10 * SECOND, 10 * SECOND)
    lost = core.counts().lost_effects
    for peer in peers:
        core.gone(peer)
    assert core.counts().peers == 0
    core.close()
    return heard, lost


@pytest.mark.parametrize("durability", [NONE, SYNC])
@pytest.mark.parametrize("source", ["heap", "slabs"])
@pytest.mark.parametrize("nth", range(3))
@pytest.mark.parametrize("place", range(len(STORY)))
def test_a_request_is_done_or_refused(place: int, nth: int, source: str, durability: int) -> None:
    well, _ = tell(durability=durability)
    starved, lost = tell(place, source, nth, durability)
    assert starved[:place] == well[:place]
    if lost == 0 and starved[place] != well[place]:
        assert starved[place][-1] in OUT_OF_MEMORY


@pytest.mark.parametrize("source", ["heap", "slabs"])
@pytest.mark.parametrize("nth", range(3))
def test_time_goes_on(source: str, nth: int) -> None:
    assert tell(len(STORY), source, nth) == tell()


def test_a_job_is_not_lost_with_its_answer() -> None:
    """The memory of effects is out: the client is not told, but the job is there.

    It may wait for that answer for ever, so its connection is closed.
    """
    core, client = core_that_lost_an_answer()
    core.well_again()
    effects = core.packet(client, SUBMIT_JOB_BG, b"f\0\0data")
    told = [effect.data for effect in effects if isinstance(effect, Sent)]
    assert told[-2:] == [res(JOB_CREATED, b"H:t:256"), res(JOB_CREATED, b"H:t:258")]
    assert core.counts().lost_effects == 1
    assert core.counts().jobs == EFFECTS_AT_FIRST + 2
    assert core.patience() == 0
    assert core.time(1, 1) == [Closed(client)]
    assert core.time(2, 2) == []
    core.close()


def test_what_is_said_behind_a_listing_is_not_done_before_it() -> None:
    """Without memory to have it wait, the connection is closed."""
    core = StarvedCore(Options())
    client = core.connect(0)
    for _ in range(LONG_LISTING):
        core.post(client, SUBMIT_JOB_BG, b"f\0\0")
    core.line(client, b"show jobs")
    core.starve("heap", 0)
    assert core.line(client, b"show jobs") == []
    assert core.time(1, 1) == [Closed(client)]
    core.starve("heap", 0)
    assert core.gone(client) == [Forgotten(client)]
    assert core.patience() is None
    core.close()


def test_who_cannot_be_told_that_it_is_closed_is_told_later() -> None:
    """While memory is out the core does not try all the time."""
    core, client = core_that_lost_an_answer()
    core.starve("heap", 0)
    assert Closed(client) not in core.time(1, 1)
    patience = core.patience()
    assert patience
    assert core.time(patience, patience) == []
    assert core.time(1 + patience, 1 + patience) == [Closed(client)]
    assert core.patience() is None
    core.close()


@pytest.mark.parametrize(("source", "nth"), [("heap", 0), ("slabs", 0)])
def test_a_connection_that_cannot_be_served_is_closed(source: str, nth: int) -> None:
    """Otherwise its peer would wait for its first answer for ever."""
    core = StarvedCore(Options())
    core.starve(source, nth)
    peer, effects = core.try_to_connect(0)
    assert effects == [Closed(peer)]
    assert core.packet(peer, ECHO_REQ, b"x") == []
    assert core.gone(peer) == [Forgotten(peer)]
    core.close()


@pytest.mark.parametrize(("source", "nth"), [("heap", 0), ("heap", 1), ("heap", 2), ("slabs", 0)])
def test_a_registration_too_many_leaves_those_before_it(source: str, nth: int) -> None:
    """From the ninth on a worker has an index of them."""
    core = StarvedCore(Options())
    client, worker = core.connect(0), core.connect(1)
    registered = 0
    for number in range(12):
        core.starve(source, nth)
        effects = core.packet(worker, CAN_DO, b"f%d" % number)
        told = [effect.data for effect in effects if isinstance(effect, Sent)]
        assert told in ([], [OUT_OF_MEMORY[0]])
        registered += not told
        assert core.counts().registrations == registered
    assert registered < 12
    core.packet(worker, CAN_DO, b"at last")
    core.packet(client, SUBMIT_JOB_BG, b"at last\0\0data")
    (assigned,) = core.packet(worker, GRAB_JOB_ALL)
    assert isinstance(assigned, Sent)
    assert b"at last" in assigned.data
    core.gone(worker)
    assert core.counts().registrations == 0
    core.close()
