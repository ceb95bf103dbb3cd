"""A conversation with some of everything, which goes on whatever befalls it, and the account of its jobs."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from tests.faults.teller import HungUp, Teller
from tests.protocol.wire import (
    CAN_DO,
    CAN_DO_TIMEOUT,
    GET_STATUS,
    GRAB_JOB_UNIQ,
    JOB_ASSIGN_UNIQ,
    JOB_CREATED,
    NO_JOB,
    NOOP,
    PRE_SLEEP,
    SET_CLIENT_ID,
    STATUS_RES,
    SUBMIT_JOB_BG,
    SUBMIT_JOB_EPOCH,
    SUBMIT_JOB_HIGH,
    SUBMIT_JOB_HIGH_BG,
    SUBMIT_JOB_LOW_BG,
    WORK_COMPLETE,
    WORK_DATA,
    WORK_STATUS,
    Packet,
    req,
)

FUNCTIONS = (b"f", b"g" * 300, b"h" * 2000)
LARGE = b"large" * 40_000
SAME_JOB = req(SUBMIT_JOB_HIGH_BG, FUNCTIONS[0], b"u", b"unique")
BACKGROUND = (
    req(SUBMIT_JOB_BG, FUNCTIONS[0], b"", b"plain"),
    SAME_JOB,
    SAME_JOB,
    req(SUBMIT_JOB_LOW_BG, FUNCTIONS[1], b"-", b"its data is its unique"),
    req(SUBMIT_JOB_EPOCH, FUNCTIONS[1], b"", b"1", b"was due long ago"),
    req(SUBMIT_JOB_BG, FUNCTIONS[2], b"v", LARGE),
)
ASKED = b"asked for"


class Story:
    """Told once to a server. A role that was hung up on is played on over a new connection.

    `acknowledged` are the handles of background jobs, `finished` those whose result the server has taken,
    `uncertain` those whose result was on its way when the connection ended. A `whole` story had no incident.
    """

    def __init__(self, port: int) -> None:
        self._port = port
        self._roles: dict[str, Teller] = {}
        self.acknowledged: set[bytes] = set()
        self.finished: set[bytes] = set()
        self.uncertain: set[bytes] = set()
        self.results: list[bytes] = []
        self.hung_up = self.refusals = 0

    @property
    def whole(self) -> bool:
        return self.hung_up == self.refusals == 0

    def tell(self) -> Story:
        """All of it; the connections are closed at the end."""
        steps: list[tuple[str, Callable[[Teller], None]]] = [
            ("worker", self._register),
            *(("client", self._submitter(job)) for job in BACKGROUND),
            ("client", self._await_result),
            ("other", self._await_result),
            *(("worker", self._work),) * 4,
            ("admin", self._look),
            ("client", self._hear_results),
            ("other", self._hear_results),
            ("worker", self._take_and_go),
        ]
        for role, step in steps:
            self._try(role, step)
        for teller in self._roles.values():
            self.refusals += teller.refusals
            teller.close()
        return self

    def _try(self, role: str, step: Callable[[Teller], None]) -> None:
        try:
            if role not in self._roles:
                self._roles[role] = Teller(self._port)
            step(self._roles[role])
        except HungUp:
            self.hung_up += 1
            teller = self._roles.pop(role)
            self.refusals += teller.refusals
            teller.close()

    def _register(self, worker: Teller) -> None:
        abilities = [req(CAN_DO, function) for function in FUNCTIONS[:2]]
        abilities.append(req(CAN_DO_TIMEOUT, FUNCTIONS[2], b"100000"))
        answers = worker.ask(req(SET_CLIENT_ID, b"me"), *abilities, req(PRE_SLEEP))
        assert {packet.kind for packet in answers} <= {NOOP}

    def _submitter(self, job: bytes) -> Callable[[Teller], None]:
        def submit(client: Teller) -> None:
            for packet in client.ask(job):
                assert packet.kind == JOB_CREATED
                self.acknowledged.add(packet.body)

        return submit

    def _await_result(self, client: Teller) -> None:
        """Two wait for the same job."""
        for packet in client.ask(req(SUBMIT_JOB_HIGH, FUNCTIONS[0], ASKED, ASKED)):
            assert packet.kind == JOB_CREATED
            assert [answer.kind for answer in client.ask(req(GET_STATUS, packet.body))] in ([STATUS_RES], [])

    def _work(self, worker: Teller) -> None:
        """One job; a worker that came anew registers first."""
        self._register(worker)
        for packet in worker.ask(req(GRAB_JOB_UNIQ)):
            if packet.kind == JOB_ASSIGN_UNIQ:
                self._finish(worker, packet)
            else:
                assert packet.kind in (NO_JOB, NOOP)

    def _finish(self, worker: Teller, packet: Packet) -> None:
        handle, _, _, data = packet.body.split(b"\0", 3)
        self.uncertain.add(handle)
        refusals = worker.refusals
        told = req(WORK_STATUS, handle, b"1", b"2") + req(WORK_DATA, handle, LARGE)
        answers = worker.ask(told, req(WORK_COMPLETE, handle, data))
        assert {answer.kind for answer in answers} <= {NOOP}
        if worker.refusals == refusals:
            self.uncertain.discard(handle)
            self.finished.add(handle)

    def _look(self, admin: Teller) -> None:
        for command in (b"status", b"workers", b"show jobs", b"show unique jobs", b"version"):
            assert admin.ask_text(command)

    def _hear_results(self, client: Teller) -> None:
        for packet in client.ask():
            if packet.kind == WORK_COMPLETE:
                self.results.append(packet.body.partition(b"\0")[2])
            else:
                assert packet.kind in (WORK_DATA, WORK_STATUS)

    def _take_and_go(self, worker: Teller) -> None:
        """Half a packet behind it."""
        self._register(worker)
        worker.ask(req(GRAB_JOB_UNIQ))
        with suppress(HungUp):
            worker.say(req(WORK_DATA, b"H:none:1", LARGE)[:50_000])


def work_off(port: int) -> list[bytes]:
    """The handles of all jobs that are left, finished now by a worker that can do everything."""
    worker = Teller(port)
    worker.ask(*(req(CAN_DO, function) for function in FUNCTIONS))
    handles = []
    while JOB_ASSIGN_UNIQ in {(packet := answer).kind for answer in worker.ask(req(GRAB_JOB_UNIQ))}:
        handle, _, _, data = packet.body.split(b"\0", 3)
        assert worker.ask(req(WORK_COMPLETE, handle, data)) == []
        handles.append(handle)
    assert worker.refusals == 0
    worker.close()
    return handles


def check_account(story: Story, left: list[bytes]) -> None:
    """No acknowledged job is lost, none is run after its result was taken, none twice."""
    assert len(left) == len(set(left))
    assert story.acknowledged - story.finished - story.uncertain <= set(left)
    assert not story.finished & set(left)
    assert set(story.results) <= {ASKED}


def check_whole(story: Story) -> None:
    """What a server without need says."""
    assert story.whole
    assert len(story.acknowledged) == len(set(BACKGROUND))
    assert story.results == [ASKED, ASKED]
    assert len(story.finished) == 4
