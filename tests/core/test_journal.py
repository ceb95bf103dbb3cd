"""The journal: what the store is told, what waits for it, and what it brings back."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from tests.core.conftest import Stages
from tests.core.effects import ASYNC, NONE, SYNC, Options, Paused, Record, Resumed, Sent
from tests.core.stage import START, Actor, Stage, handle
from tests.protocol.wire import (
    CAN_DO,
    ECHO_REQ,
    ECHO_RES,
    ERROR,
    GET_STATUS,
    GRAB_JOB,
    GRAB_JOB_ALL,
    JOB_ASSIGN,
    JOB_ASSIGN_ALL,
    JOB_ASSIGN_UNIQ,
    JOB_CREATED,
    NO_JOB,
    NOOP,
    PRE_SLEEP,
    STATUS_RES,
    SUBMIT_JOB,
    SUBMIT_JOB_BG,
    SUBMIT_JOB_EPOCH,
    SUBMIT_JOB_HIGH_BG,
    SUBMIT_REDUCE_JOB_BACKGROUND,
    WORK_COMPLETE,
    WORK_EXCEPTION,
    WORK_FAIL,
    res,
)

TROUBLE = b"QUEUE_ERROR\0The store fails: no space left"
REFUSED = res(ERROR, *TROUBLE.split(b"\0"))
HELD_MOST = 4096
RECORDS_MOST = 65536


@pytest.fixture
def stage(stage_with: Stages) -> Stage:
    return stage_with(durability=SYNC)


def added(stage: Stage) -> Record:
    [record] = stage.core.records
    assert record.is_add
    return record


def done(stage: Stage) -> Record:
    [record] = stage.core.records
    assert not record.is_add
    return record


def commit(stage: Stage, count: int = 1) -> None:
    stage.take(stage.core.commit(count))


class TestRecords:
    def test_a_background_job_is_added_with_all_that_matters(self, stage: Stage) -> None:
        stage.connect().say(SUBMIT_JOB_HIGH_BG, b"f", b"u", b"da\0ta")
        assert added(stage) == Record(True, b"u", b"f", number=1, priority=0, data=b"da\0ta")

    def test_with_its_time(self, stage: Stage) -> None:
        when = START // 1000 + 60
        stage.connect().say(SUBMIT_JOB_EPOCH, b"f", b"u", b"%d" % when, b"data")
        assert added(stage).when == when

    def test_with_its_reducer(self, stage: Stage) -> None:
        stage.connect().say(SUBMIT_REDUCE_JOB_BACKGROUND, b"f", b"u", b"red", b"", b"data")
        record = added(stage)
        assert (record.reducer, record.data) == (b"red", b"data")

    @pytest.mark.parametrize("unique", [b"", b"-"])
    def test_uniques_that_name_many_jobs_are_no_keys(self, stage: Stage, unique: bytes) -> None:
        stage.connect().say(SUBMIT_JOB_BG, b"f", unique, b"data")
        assert added(stage).key == b""

    def test_a_foreground_job_is_nothing_to_the_store(self, stage: Stage) -> None:
        client, worker = stage.connect(), stage.worker(b"f")
        client.submit(b"f", kind=SUBMIT_JOB)
        assert stage.core.records == []
        worker.say(GRAB_JOB)
        worker.say(WORK_COMPLETE, handle(1), b"")
        assert stage.core.records == []

    def test_until_a_background_submit_joins_it(self, stage: Stage) -> None:
        client, other = stage.connect(), stage.connect()
        client.submit(b"f", b"u", b"data", kind=SUBMIT_JOB)
        assert other.ask(SUBMIT_JOB_BG, b"f", b"u", b"other data") == []
        assert added(stage) == Record(True, b"u", b"f", number=1, priority=1, data=b"data")
        commit(stage)
        assert other.hear() == [res(JOB_CREATED, handle(1))]

    @pytest.mark.parametrize("end", [WORK_COMPLETE, WORK_FAIL, WORK_EXCEPTION])
    def test_what_a_worker_ends_is_done(self, stage: Stage, end: int) -> None:
        client, worker = stage.connect(), stage.worker(b"f")
        client.say(SUBMIT_JOB_BG, b"f", b"u", b"")
        worker.say(GRAB_JOB)
        assert stage.core.records == []
        worker.say(end, handle(1), *([b""] if end != WORK_FAIL else []))
        assert done(stage) == Record(False, b"u", b"f", number=1)

    def test_so_is_what_an_admin_cancels_or_drops(self, stage: Stage) -> None:
        client = stage.connect()
        for line in (b"cancel job H:t:1", b"drop function f"):
            client.say(SUBMIT_JOB_BG, b"f", b"u", b"")
            commit(stage, 2)
            client.hear()
            client.admin(line)
            assert not done(stage).is_add

    def test_and_what_has_used_up_its_attempts(self, stage_with: Stages) -> None:
        stage = stage_with(durability=SYNC, max_attempts=1)
        stage.connect().say(SUBMIT_JOB_BG, b"f", b"u", b"")
        worker = stage.worker(b"f")
        worker.say(GRAB_JOB)
        worker.leave()
        assert not done(stage).is_add

    def test_a_requeued_job_stays(self, stage: Stage) -> None:
        stage.connect().say(SUBMIT_JOB_BG, b"f", b"u", b"")
        worker = stage.worker(b"f")
        worker.say(GRAB_JOB)
        worker.leave()
        assert stage.core.records == []

    def test_without_durability_there_are_none(self, stage_with: Stages) -> None:
        stage = stage_with(durability=NONE)
        stage.connect().submit(b"f", b"u")
        assert stage.core.records == []

    def test_every_background_job_can_be_recorded_at_the_end(self, stage_with: Stages) -> None:
        stage = stage_with(durability=NONE)
        client, when = stage.connect(), START // 1000 + 60
        client.submit(b"f", b"u")
        client.submit(b"f", b"v", kind=SUBMIT_JOB)
        client.say(SUBMIT_JOB_EPOCH, b"f", b"w", b"%d" % when, b"data")
        worker = stage.worker(b"f")
        worker.say(GRAB_JOB)
        records = stage.core.record_all()
        assert [(record.key, record.when) for record in records] == [(b"u", 0), (b"w", when)]


class TestAnswers:
    def test_sync_waits_for_its_record(self, stage: Stage) -> None:
        one, other = stage.connect(), stage.connect()
        assert one.ask(SUBMIT_JOB_BG, b"f", b"u", b"") == []
        assert other.ask(SUBMIT_JOB_BG, b"f", b"v", b"") == []
        commit(stage)
        assert (one.hear(), other.hear()) == ([res(JOB_CREATED, handle(1))], [])
        commit(stage)
        assert other.hear() == [res(JOB_CREATED, handle(2))]

    def test_async_does_not(self, stage_with: Stages) -> None:
        assert stage_with(durability=ASYNC).connect().submit(b"f", b"u") == handle(1)

    def test_everything_for_that_connection_keeps_its_order(self, stage: Stage) -> None:
        client = stage.connect()
        client.say(SUBMIT_JOB_BG, b"f", b"", b"")
        client.say(ECHO_REQ, b"x")
        client.say(SUBMIT_JOB, b"f", b"", b"")
        client.say(SUBMIT_JOB_BG, b"f", b"", b"")
        assert client.hear() == []
        commit(stage)
        created = [res(JOB_CREATED, handle(number)) for number in (1, 2, 3)]
        assert client.hear() == [created[0], res(ECHO_RES, b"x"), created[1]]
        commit(stage)
        assert client.hear() == [created[2]]

    def test_nobody_else_waits(self, stage: Stage) -> None:
        """Not even the worker that gets the job."""
        worker = stage.sleeper(b"f")
        client, other = stage.connect(), stage.connect()
        client.say(SUBMIT_JOB_BG, b"f", b"u", b"data")
        assert worker.hear() == [res(NOOP)]
        assert worker.ask(GRAB_JOB) == [res(JOB_ASSIGN, handle(1), b"f", b"data")]
        assert other.submit(b"g", kind=SUBMIT_JOB) == handle(2)
        worker.say(WORK_COMPLETE, handle(1), b"")
        assert client.hear() == []
        commit(stage, 2)
        assert client.hear() == [res(JOB_CREATED, handle(1))]

    def test_a_submit_that_joins_waits_for_what_is_recorded(self, stage: Stage) -> None:
        one, other = stage.connect(), stage.connect()
        one.say(SUBMIT_JOB_BG, b"f", b"u", b"")
        assert other.ask(SUBMIT_JOB_BG, b"f", b"u", b"") == []
        assert stage.core.records == []
        commit(stage)
        assert other.hear() == [res(JOB_CREATED, handle(1))]
        assert other.ask(SUBMIT_JOB_BG, b"f", b"u", b"") == [res(JOB_CREATED, handle(1))]

    def test_who_has_left_is_forgotten_behind_its_answers(self, stage: Stage) -> None:
        """One that closed only its sending side still wants them."""
        client = stage.connect()
        client.say(SUBMIT_JOB_BG, b"f", b"u", b"")
        effects = stage.core.gone(client.peer)
        assert effects == []
        created, forgotten = stage.core.commit(1)
        assert created == Sent(client.peer, res(JOB_CREATED, handle(1)))
        stage.take([forgotten])
        assert stage.forgotten == [client.peer]

    def test_a_core_may_end_with_answers_that_wait(self, stage: Stage) -> None:
        client = stage.connect()
        client.say(SUBMIT_JOB_BG, b"f", b"u", b"")
        client.say(ECHO_REQ, b"x" * 100)


class TestFlow:
    def test_a_connection_with_too_much_waiting_is_not_read(self, stage: Stage) -> None:
        client = stage.connect()
        for _ in range(HELD_MOST - 1):
            assert stage.core.packet(client.peer, SUBMIT_JOB_BG, b"f\0\0") == []
        assert stage.core.packet(client.peer, SUBMIT_JOB_BG, b"f\0\0") == [Paused(client.peer)]
        assert stage.core.packet(client.peer, SUBMIT_JOB_BG, b"f\0\0") == []
        assert stage.core.commit(HELD_MOST)[-1] == Resumed(client.peer)

    def test_nor_is_one_that_submits_more_than_the_store_takes(self, stage_with: Stages) -> None:
        stage = stage_with(durability=ASYNC)
        client, other = stage.connect(), stage.connect()
        for _ in range(RECORDS_MOST):
            assert Paused(client.peer) not in stage.core.packet(client.peer, SUBMIT_JOB_BG, b"f\0\0")
        assert Paused(client.peer) in stage.core.packet(client.peer, SUBMIT_JOB_BG, b"f\0\0")
        assert other.submit(b"f", kind=SUBMIT_JOB) == handle(RECORDS_MOST + 2)
        assert stage.core.commit(RECORDS_MOST // 2) == []
        assert stage.core.commit(RECORDS_MOST // 2) == [Resumed(client.peer)]


class TestFailures:
    def fail(self, stage: Stage) -> None:
        stage.take(stage.core.fail_store(TROUBLE))

    def test_submits_are_refused_in_the_words_of_the_store(self, stage: Stage) -> None:
        self.fail(stage)
        client = stage.connect()
        assert client.ask(SUBMIT_JOB_BG, b"f", b"u", b"") == [REFUSED]
        assert stage.core.records == []
        assert stage.core.counts().jobs == 0
        assert client.submit(b"f", b"u", kind=SUBMIT_JOB) == handle(1)
        assert client.ask(SUBMIT_JOB_BG, b"f", b"u", b"") == [REFUSED]

    def test_until_it_works_again(self, stage: Stage) -> None:
        self.fail(stage)
        stage.take(stage.core.recover_store())
        client = stage.connect()
        assert client.ask(SUBMIT_JOB_BG, b"f", b"u", b"") == []
        commit(stage)
        assert client.hear() == [res(JOB_CREATED, handle(1))]

    def test_those_that_wait_are_refused_too(self, stage: Stage) -> None:
        one, other = stage.connect(), stage.connect()
        one.say(SUBMIT_JOB_BG, b"f", b"u", b"")
        one.say(ECHO_REQ, b"x")
        other.say(SUBMIT_JOB_BG, b"f", b"u", b"")
        self.fail(stage)
        assert one.hear() == [REFUSED, res(ECHO_RES, b"x")]
        assert other.hear() == [REFUSED]
        assert done(stage) == Record(False, b"u", b"f", number=1)
        assert one.ask(GET_STATUS, handle(1)) == [res(STATUS_RES, handle(1), b"0", b"0", b"0", b"0")]

    def test_what_was_committed_stays(self, stage: Stage) -> None:
        client = stage.connect()
        client.say(SUBMIT_JOB_BG, b"f", b"u", b"data")
        commit(stage)
        self.fail(stage)
        assert client.hear() == [res(JOB_CREATED, handle(1))]
        assert stage.worker(b"f").ask(GRAB_JOB) == [res(JOB_ASSIGN, handle(1), b"f", b"data")]

    def test_a_running_job_runs_to_its_end(self, stage: Stage) -> None:
        client, worker = stage.connect(), stage.worker(b"f")
        client.say(SUBMIT_JOB_BG, b"f", b"u", b"")
        worker.say(GRAB_JOB)
        self.fail(stage)
        assert client.hear() == [REFUSED]
        worker.hear()
        assert worker.ask(WORK_COMPLETE, handle(1), b"") == []
        assert not done(stage).is_add

    def test_a_job_that_has_ended_needs_no_store(self, stage: Stage) -> None:
        client, worker = stage.connect(), stage.worker(b"f")
        client.say(SUBMIT_JOB_BG, b"f", b"u", b"")
        worker.say(GRAB_JOB)
        worker.say(WORK_COMPLETE, handle(1), b"")
        self.fail(stage)
        assert client.hear() == [res(JOB_CREATED, handle(1))]

    def test_async_goes_on_until_too_much_waits(self, stage_with: Stages) -> None:
        stage = stage_with(durability=ASYNC)
        self.fail(stage)
        client = stage.connect()
        for _ in range(RECORDS_MOST + 1):
            effects = stage.core.packet(client.peer, SUBMIT_JOB_BG, b"f\0\0")
            assert effects[0] != Sent(client.peer, REFUSED)
        assert client.ask(SUBMIT_JOB_BG, b"f", b"", b"") == [REFUSED]
        assert stage.core.counts().jobs == RECORDS_MOST + 1


def bytes_taken(stage: Stage, come: Callable[[int], None]) -> tuple[int, int]:
    """By a hundred jobs that wait, as the pools and as the memory limit count them.

    The first, with which the function comes, does not count.
    """
    come(0)
    before = stage.core.live_bytes(), stage.core.counts().job_bytes
    for number in range(1, 101):
        come(number)
    assert stage.core.counts().jobs == 101
    return stage.core.live_bytes() - before[0], stage.core.counts().job_bytes - before[1]


@pytest.mark.parametrize("unique", [b"%04d" * 8, b""])
def test_a_job_takes_no_more_memory_with_a_store(stage_with: Stages, unique: bytes) -> None:
    """Nor after a restart, but for the key of one that has no unique."""

    def name(number: int) -> bytes:
        return unique % ((number,) * 8) if unique else b""

    def submit(stage: Stage, client: Actor, number: int) -> None:
        client.say(SUBMIT_JOB_BG, b"f", name(number), b"x" * 64)
        if stage.core.options.durability == SYNC:
            commit(stage)

    def restore(stage: Stage, number: int) -> None:
        key = None if unique else b"gearfast::0123456789abcdef:%08x" % number
        stage.take(stage.core.restore(b"f", name(number), b"x" * 64, key=key))

    stages = [stage_with(durability=how) for how in (NONE, ASYNC, SYNC)]
    taken = [bytes_taken(stage, partial(submit, stage, stage.connect())) for stage in stages]
    assert len(set(taken)) == 1
    later = stage_with(durability=SYNC, reading=True)
    again, _ = bytes_taken(later, partial(restore, later))
    assert again <= taken[0][0] + (0 if unique else 100 * 64)


class TestRestoring:
    @pytest.fixture
    def stage(self, stage_with: Stages) -> Stage:
        return stage_with(durability=SYNC, reading=True)

    def restore(self, stage: Stage, *names: bytes, **more: object) -> None:
        stage.take(stage.core.restore(*names, **more))  # type: ignore[arg-type]

    def test_jobs_come_back_as_they_were(self, stage: Stage) -> None:
        self.restore(stage, b"f", b"low", b"1", priority=2)
        self.restore(stage, b"f", b"normal", b"2")
        self.restore(stage, b"f", b"high", b"3", priority=0, reducer=b"red")
        assert stage.core.records == []
        worker = stage.worker(b"f")
        heard = [worker.ask(GRAB_JOB_ALL)[0] for _ in range(3)]
        assert heard == [
            res(JOB_ASSIGN_ALL, handle(3), b"f", b"high", b"red", b"3"),
            res(JOB_ASSIGN_UNIQ, handle(2), b"f", b"normal", b"2"),
            res(JOB_ASSIGN_UNIQ, handle(1), b"f", b"low", b"1"),
        ]

    def test_sleeping_workers_are_woken(self, stage: Stage) -> None:
        worker = stage.sleeper(b"f")
        self.restore(stage, b"f", b"", b"data", key=b"k")
        assert worker.hear() == [res(NOOP)]

    @pytest.mark.parametrize("priority", [0, 1, 2])
    def test_a_job_is_not_run_before_its_time(self, stage: Stage, priority: int) -> None:
        """gearmand delays only jobs of normal priority, but a row may say anything."""
        self.restore(stage, b"f", b"u", b"data", when=START // 1000 + 60, priority=priority)
        worker = stage.worker(b"f")
        assert worker.ask(GRAB_JOB) == [res(NO_JOB)]
        stage.pass_time(60_000)
        assert worker.ask(GRAB_JOB) == [res(JOB_ASSIGN, handle(1), b"f", b"data")]

    @pytest.mark.parametrize("unique", [b"", b"-", b"u" * 63])
    def test_its_end_is_told_under_the_key_it_had(self, stage: Stage, unique: bytes) -> None:
        self.restore(stage, b"f", unique, b"data", key=b"the key")
        worker = stage.worker(b"f")
        assert worker.ask(GRAB_JOB_ALL) == [res(JOB_ASSIGN_UNIQ, handle(1), b"f", unique, b"data")]
        worker.say(WORK_COMPLETE, handle(1), b"")
        assert done(stage) == Record(False, b"the key", b"f", number=1)

    def test_background_submits_wait_and_nothing_else(self, stage: Stage) -> None:
        client, other = stage.connect(), stage.connect()
        assert stage.core.packet(client.peer, SUBMIT_JOB_BG, b"f\0u\0new") == [Paused(client.peer)]
        assert client.ask(ECHO_REQ, b"x") == []
        assert other.ask(ECHO_REQ, b"x") == [res(ECHO_RES, b"x")]
        assert other.submit(b"g", kind=SUBMIT_JOB) == handle(1)
        self.restore(stage, b"f", b"u", b"old")
        assert client.hear() == []
        effects = stage.core.all_restored()
        assert effects[-1] == Resumed(client.peer)
        stage.take(effect for effect in effects if isinstance(effect, Sent))
        assert client.hear() == [res(JOB_CREATED, handle(2)), res(ECHO_RES, b"x")]
        assert stage.worker(b"f").ask(GRAB_JOB) == [res(JOB_ASSIGN, handle(2), b"f", b"old")]

    def test_they_are_not_lost_with_their_client(self, stage: Stage) -> None:
        client = stage.connect()
        stage.core.packet(client.peer, SUBMIT_JOB_BG, b"f\0u\0data")
        client.leave()
        assert stage.core.counts().jobs == 0
        effects = stage.core.all_restored()
        assert added(stage).key == b"u"
        assert stage.core.counts().jobs == 1
        assert effects == []

    def test_they_are_refused_while_the_store_cannot_be_read(self, stage: Stage) -> None:
        client = stage.connect()
        stage.core.packet(client.peer, SUBMIT_JOB_BG, b"f\0u\0data")
        effects = stage.core.fail_store(TROUBLE)
        assert effects[:2] == [Resumed(client.peer), Sent(client.peer, REFUSED)]
        assert client.ask(SUBMIT_JOB_BG, b"f", b"u", b"") == [REFUSED]
        stage.core.recover_store()
        assert stage.core.packet(client.peer, SUBMIT_JOB_BG, b"f\0u\0data") == [Paused(client.peer)]

    def test_a_foreground_job_stands_for_the_one_in_the_store(self, stage: Stage) -> None:
        client = stage.connect()
        client.submit(b"f", b"u", b"new", kind=SUBMIT_JOB)
        self.restore(stage, b"f", b"u", b"old")
        assert added(stage) == Record(True, b"u", b"f", number=1, priority=1, data=b"new")
        client.leave()
        assert stage.core.counts().jobs == 1

    def test_keys_that_mean_the_same_are_made_one(self, stage: Stage) -> None:
        self.restore(stage, b"f", b"-", b"data", key=b"one")
        self.restore(stage, b"f", b"-", b"data", key=b"other")
        assert done(stage) == Record(False, b"other", b"f")
        assert stage.core.counts().jobs == 1

    def test_a_cut_key_and_a_whole_one_are_made_one(self, stage: Stage) -> None:
        """gearmand writes a unique of 64 bytes as 63 and a NUL; the one of 63 is the same job here."""
        self.restore(stage, b"f", b"u", b"data", key=b"u\0")
        self.restore(stage, b"f", b"u", b"data")
        assert done(stage) == Record(False, b"u", b"f")
        worker = stage.worker(b"f")
        worker.say(GRAB_JOB)
        worker.say(WORK_COMPLETE, handle(1), b"")
        assert done(stage) == Record(False, b"u\0", b"f", number=1)

    def test_a_row_whose_key_another_job_has_had_is_written_again(self, stage: Stage) -> None:
        """The records of that job may be committed after the row was read, and end it."""
        stage.connect().submit(b"f", b"u", b"new", kind=SUBMIT_JOB)
        self.restore(stage, b"f", b"u", b"old", key=b"u\0")
        worker = stage.worker(b"f")
        worker.say(GRAB_JOB)
        worker.say(WORK_COMPLETE, handle(1), b"")
        assert done(stage) == Record(False, b"u", b"f", number=1)
        self.restore(stage, b"f", b"u", b"later", when=5)
        assert added(stage) == Record(True, b"u", b"f", number=2, priority=1, when=5, data=b"later")

    def test_limits_do_not_apply(self, stage_with: Stages) -> None:
        stage = stage_with(durability=SYNC, reading=True, memory_limit=1)
        client = stage.connect()
        client.admin(b"create function f")
        client.admin(b"maxqueue f 1")
        self.restore(stage, b"f", b"u", b"data")
        self.restore(stage, b"f", b"v", b"data")
        assert stage.core.counts().jobs == 2


def test_a_core_may_end_while_it_is_reading(stage_with: Stages) -> None:
    stage = stage_with(durability=SYNC, reading=True)
    client: Actor = stage.connect()
    stage.core.packet(client.peer, SUBMIT_JOB_BG, b"f\0u\0data")
    stage.core.packet(client.peer, PRE_SLEEP)
    stage.core.packet(stage.connect().peer, CAN_DO, b"f")


def test_an_admin_can_ask_what_the_store_does(stage_with: Stages) -> None:
    assert stage_with().connect().admin(b"show store") == b"OK none 0\n"
    stage = stage_with(durability=SYNC, reading=True)
    admin = stage.connect()
    assert admin.admin(b"show store") == b"OK reading 0\n"
    stage.take(stage.core.all_restored())
    stage.connect().say(SUBMIT_JOB_BG, b"f", b"", b"")
    assert admin.admin(b"show store") == b"OK keeping 1\n"
    stage.take(stage.core.fail_store(TROUBLE))
    assert admin.admin(b"SHOW Store") == b"OK failing 2\n"


def test_options_say_what_differs() -> None:
    assert str(Options(durability=SYNC)) == "durability=2"
