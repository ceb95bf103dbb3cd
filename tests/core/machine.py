"""Random clients, workers and admins: what they may do, and how often."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.core.cutting import SUBMITS
from tests.core.effects import ASYNC, LEASE, NONE, NOTICE, SYNC, Options
from tests.core.pair import WALL, Pair
from tests.core.rules.schedule import next_minute
from tests.core.rules.submits import FOREGROUND, Submit
from tests.core.rules.world import Rest
from tests.protocol import wire

SLOTS = 5
SUBMITTER = SLOTS  # the slot of a client that never works
FUNCTIONS = [b"f", b"g", b"F"]
UNIQUES = [b"", b"", b"u", b"v", b"-"]
DATA = [b"", b"x", b"y\0z"]
PLAIN_SUBMITS = [
    wire.SUBMIT_JOB,
    wire.SUBMIT_JOB_HIGH,
    wire.SUBMIT_JOB_LOW,
    wire.SUBMIT_JOB_BG,
    wire.SUBMIT_JOB_HIGH_BG,
    wire.SUBMIT_JOB_LOW_BG,
]
REDUCE_SUBMITS = [wire.SUBMIT_REDUCE_JOB, wire.SUBMIT_REDUCE_JOB_BACKGROUND]
GRABS = [wire.GRAB_JOB, wire.GRAB_JOB_UNIQ, wire.GRAB_JOB_ALL]
PROGRESS = [b"", b"0", b"7", b"-1", b" 12x", b"4294967296", b"99999999999"]
TIMEOUTS = [b"0", b"-5", b"10", b"1500", b"2500ms", b"x", b"9" * 20, b"1" * 21]
TROUBLE = b"QUEUE_ERROR\0The store fails: no space left"
STORES = [
    (NONE, False),
    (NONE, False),
    (ASYNC, False),
    (SYNC, False),
    (SYNC, False),
    (ASYNC, True),
    (NONE, True),
]
STEPS_OF_TIME = [1, 250, 500, 1000, 1500, 61_000]
MAXQUEUES = [b"", b" 0", b" 1", b" 2", b" 1 2 3", b" 3 1", b" x"]
# What nobody but the asker notices, or what is refused.
TRIVIA = [
    (wire.ECHO_REQ, b"x"),
    (wire.ALL_YOURS, b""),
    (wire.SET_CLIENT_ID, b"me"),
    (wire.OPTION_REQ, b"exceptions"),
    (wire.OPTION_REQ, b"Exceptions\0x"),
    (wire.OPTION_REQ, b"exception"),
    (wire.GET_STATUS, b"H:t:0"),
    (wire.GET_STATUS, b"h" * 64),
    (wire.GET_STATUS_UNIQUE, b"u"),
    (wire.GET_STATUS_UNIQUE, b"v"),
    (wire.GET_STATUS_UNIQUE, b"-"),
    (wire.SUBMIT_JOB, b"f\0" + b"u" * 65 + b"\0"),
    (wire.SUBMIT_JOB_EPOCH, b"g\0\x00" + b"9" * 20 + b"\0"),
    (wire.SUBMIT_JOB_EPOCH, b"g\0\x0012abc\0"),
    (wire.SUBMIT_JOB_SCHED, b"g\0\x0060\0\0\0\0\0"),
    (wire.WORK_COMPLETE, b"H:t:01\0"),
    (wire.WORK_DATA, b"H:t:4294967297\0"),
    (wire.WORK_FAIL, b"h" * 64),
]

slots = st.integers(0, SLOTS - 1)
nths = st.integers(0, SLOTS - 1)
functions = st.sampled_from(FUNCTIONS)
uniques = st.sampled_from(UNIQUES)
datas = st.sampled_from(DATA)
abilities = st.dictionaries(slots, st.sets(functions, min_size=1), max_size=4)
details = st.fixed_dictionaries(
    {
        "exceptions": st.booleans(),
        "max_attempts": st.sampled_from([0, 1, 2]),
        "memory_limit": st.sampled_from([0, 0, 0, 6000]),
        "max_functions": st.sampled_from([0, 0, 2]),
        "max_uniques": st.sampled_from([0, 0, 2]),
        "job_lease": st.sampled_from([0, 0, LEASE]),
        "io_threads": st.sampled_from([1, 2, 4]),
        "buckets": st.sampled_from([1, 7, 991]),
        "log_level": st.just(NOTICE),
    }
)


class CoreMachine(RuleBasedStateMachine):
    """Every rule names its connection by slot and connects it if nobody is there."""

    options = Options()
    pair: Pair | None = None
    in_order = False  # False from the beginning of a step that failed

    @initialize(details=details, able=abilities, store=st.sampled_from(STORES))
    def start(self, details: dict[str, Any], able: dict[int, set[bytes]], store: tuple[int, bool]) -> None:
        # What jobs that wait for the store take, the model can't know.
        durability, reading = (NONE, False) if details["memory_limit"] else store
        self.pair = Pair(replace(self.options, durability=durability, reading=reading, **details))
        self.restored: set[tuple[bytes, bytes]] = set()  # keys of jobs from before
        self.seconds: dict[int, bytes] = {}  # which function has jobs that become due in this second
        self.go_to_sleep(able)

    def say(self, slot: int, kind: int, *args: bytes) -> None:
        pair = self.here(slot)
        if self.would_hide_a_wake_up(pair, slot, kind):
            pair.settle()
            if kind != wire.PRE_SLEEP:
                slot, pair = SUBMITTER, self.here(SUBMITTER)
        pair.packet(slot, kind, *args)

    def would_hide_a_wake_up(self, pair: Pair, slot: int, kind: int) -> bool:
        """What a sleeper is told while it waits for the store comes later: whom the core woke is not seen."""
        if kind == wire.PRE_SLEEP:
            return any(held.effect.peer == pair.peers[slot] for held in pair.world.held)
        is_background = kind in SUBMITS and kind not in FOREGROUND
        return is_background and pair.connection(slot).rest is not Rest.AWAKE

    def here(self, slot: int) -> Pair:
        """The pair, with this slot connected."""
        assert self.pair is not None
        self.in_order = False
        if slot in self.pair.leaving:
            self.pair.settle()
        if slot not in self.pair.peers:
            self.pair.connect(slot)
        return self.pair

    @invariant()
    def all_is_well(self) -> None:
        if self.pair is not None:
            self.pair.check()
            self.in_order = True

    def teardown(self) -> None:
        if self.pair is None:
            return
        try:
            if self.in_order:
                self.pair.drain()
        finally:
            self.pair.close()

    # Clients

    @rule(slot=slots, kind=st.sampled_from(PLAIN_SUBMITS), function=functions, unique=uniques, data=datas)
    def submit(self, slot: int, kind: int, function: bytes, unique: bytes, data: bytes) -> None:
        self.say(slot, kind, function, unique, data)

    @rule(slot=slots, jobs=st.lists(st.tuples(st.sampled_from(PLAIN_SUBMITS), functions), max_size=4))
    def submit_several(self, slot: int, jobs: list[tuple[int, bytes]]) -> None:
        for kind, function in jobs:
            self.say(slot, kind, function, b"", b"")

    @rule(
        slot=slots,
        kind=st.sampled_from(REDUCE_SUBMITS),
        unique=uniques,
        reducer=st.sampled_from([b"", b"red", b"r" * 64, b"r" * 65]),
    )
    def submit_reduce(self, slot: int, kind: int, unique: bytes, reducer: bytes) -> None:
        self.say(slot, kind, b"f", unique, reducer, b"", b"x")

    @rule(slot=slots, function=functions, unique=uniques, data=datas, later=st.integers(-1, 3))
    def submit_epoch(self, slot: int, function: bytes, unique: bytes, data: bytes, later: int) -> None:
        """When jobs of two functions are due together, either may wake first: the model knows one order."""
        pair = self.here(slot)
        due = (WALL + pair.now) // 1000 + later
        while self.seconds.setdefault(due, function) != function:
            due += 1
        self.say(slot, wire.SUBMIT_JOB_EPOCH, function, unique, b"%d" % due, data)

    @rule(slot=slots, unique=uniques, minute=st.sampled_from([b"*", b"14", b"15"]))
    def submit_sched(self, slot: int, unique: bytes, minute: bytes) -> None:
        pair = self.here(slot)
        if pair.world.reading:
            return  # when it runs is only known when the store has been read
        fields = [minute, b"", b"*", b"*", b"*"]
        due = next_minute(fields, (WALL + pair.now) // 1000)
        if due is not None and self.seconds.setdefault(due, b"f") == b"f":
            self.say(slot, wire.SUBMIT_JOB_SCHED, b"f", unique, *fields, b"x")

    @rule(slot=slots, packet=st.sampled_from(TRIVIA))
    def say_something_else(self, slot: int, packet: tuple[int, bytes]) -> None:
        self.say(slot, *packet)

    @rule(slot=slots)
    def leave(self, slot: int) -> None:
        self.here(slot).gone(slot)

    # Workers that come

    @rule(slot=slots, function=functions)
    def can_do(self, slot: int, function: bytes) -> None:
        self.say(slot, wire.CAN_DO, function)

    @rule(slot=slots, function=functions, timeout=st.sampled_from(TIMEOUTS))
    def can_do_timeout(self, slot: int, function: bytes, timeout: bytes) -> None:
        self.say(slot, wire.CAN_DO_TIMEOUT, function, timeout)

    @rule(slot=slots, function=functions)
    def cant_do(self, slot: int, function: bytes) -> None:
        self.say(slot, wire.CANT_DO, function)

    @rule(slot=slots)
    def pre_sleep(self, slot: int) -> None:
        self.say(slot, wire.PRE_SLEEP)

    @rule(able=abilities)
    def go_to_sleep(self, able: dict[int, set[bytes]]) -> None:
        for slot, names in able.items():
            registrations = self.here(slot).connection(slot).registrations
            known = {registration.function.name for registration in registrations}
            for name in sorted(names - known):
                self.say(slot, wire.CAN_DO, name)
            self.say(slot, wire.PRE_SLEEP)

    @rule(slot=slots, kind=st.sampled_from(GRABS))
    def grab(self, slot: int, kind: int) -> None:
        self.say(slot, kind)

    @rule(slot=slots, function=functions, timeout=st.sampled_from([b"0", b"10", b"1500"]), fg=st.booleans())
    def start_work(self, slot: int, function: bytes, timeout: bytes, fg: bool) -> None:
        """Whatever the connection then gets to do, it does something."""
        self.say(slot, wire.CAN_DO_TIMEOUT, function, timeout)
        self.say((slot + 1) % SLOTS, wire.SUBMIT_JOB if fg else wire.SUBMIT_JOB_BG, function, b"u", b"")
        self.say(slot, wire.GRAB_JOB)

    # Workers that were woken, or that run a job

    def woken(self, nth: int) -> int:
        """A worker that is expected to come for a job, or anybody."""
        assert self.pair is not None
        woken = [s for s in self.pair.slots() if self.pair.connection(s).woken_for is not None]
        return woken[nth % len(woken)] if woken else nth

    @rule(nth=nths, kind=st.sampled_from([*GRABS, wire.PRE_SLEEP, wire.RESET_ABILITIES]))
    def come_when_woken(self, nth: int, kind: int) -> None:
        self.say(self.woken(nth), kind)

    @rule(nth=nths, function=st.sampled_from([*FUNCTIONS, None]))
    def not_come_when_woken(self, nth: int, function: bytes | None) -> None:
        slot = self.woken(nth)
        if function is None:
            self.here(slot).gone(slot)
        else:
            self.say(slot, wire.CANT_DO, function)

    def running(self, nth: int) -> tuple[int, bytes]:
        """A worker and the handle of a job it runs; when there is none, one that nobody runs."""
        assert self.pair is not None
        running = [job for job in self.pair.world.jobs.values() if job.worker is not None]
        if not running:
            return nth, b"H:t:%d" % nth
        job = running[nth % len(running)]
        assert job.worker is not None
        return job.worker.peer.slot, self.pair.world.handle(job)

    @rule(nth=nths, kind=st.sampled_from([wire.WORK_DATA, wire.WORK_WARNING]), data=datas)
    def send_data(self, nth: int, kind: int, data: bytes) -> None:
        worker, handle = self.running(nth)
        self.say(worker, kind, handle, data)

    @rule(nth=nths, numerator=st.sampled_from(PROGRESS), denominator=st.sampled_from([*PROGRESS, b"1\x002"]))
    def send_status(self, nth: int, numerator: bytes, denominator: bytes) -> None:
        worker, handle = self.running(nth)
        self.say(worker, wire.WORK_STATUS, handle, numerator, denominator)

    @rule(
        nth=nths,
        kind=st.sampled_from([wire.WORK_COMPLETE, wire.WORK_EXCEPTION, wire.WORK_FAIL]),
        data=st.lists(datas, max_size=1),
    )
    def finish(self, nth: int, kind: int, data: list[bytes]) -> None:
        """Some workers send the handle alone where there is no data."""
        worker, handle = self.running(nth)
        self.say(worker, kind, handle, *data)

    @rule(slot=slots, kind=st.sampled_from([wire.WORK_DATA, wire.WORK_COMPLETE, wire.WORK_FAIL]), nth=nths)
    def speak_of_any_job(self, slot: int, kind: int, nth: int) -> None:
        _, handle = self.running(nth)
        self.say(slot, kind, handle)

    @rule(nth=nths)
    def leave_while_running(self, nth: int) -> None:
        worker, _ = self.running(nth)
        self.here(worker).gone(worker)

    @rule(nth=nths, function=st.sampled_from([*FUNCTIONS, None]))
    def give_up_while_running(self, nth: int, function: bytes | None) -> None:
        worker, _ = self.running(nth)
        if function is None:
            self.say(worker, wire.RESET_ABILITIES)
        else:
            self.say(worker, wire.CANT_DO, function)

    # Admins

    @rule(slot=slots, nth=nths)
    def cancel(self, slot: int, nth: int) -> None:
        handles = [self.here(slot).world.handle(job) for job in self.here(slot).world.jobs.values()]
        self.here(slot).line(slot, b"cancel job " + (handles[nth % len(handles)] if handles else b"H:t:1"))

    @rule(slot=slots, function=functions, limits=st.sampled_from(MAXQUEUES))
    def maxqueue(self, slot: int, function: bytes, limits: bytes) -> None:
        self.here(slot).line(slot, b"maxqueue " + function + limits)

    @rule(slot=slots, function=functions, verb=st.sampled_from([b"drop", b"drop", b"create"]))
    def drop_or_create(self, slot: int, function: bytes, verb: bytes) -> None:
        self.here(slot).line(slot, verb + b" function " + function)

    @rule(slot=slots)
    def look(self, slot: int) -> None:
        self.here(slot).line(slot, b"show unique jobs")

    # Time

    @rule(milliseconds=st.sampled_from(STEPS_OF_TIME))
    def pass_time(self, milliseconds: int) -> None:
        self.here(0).pass_time(milliseconds)

    # The store

    @rule(count=st.integers(1, 6))
    def commit(self, count: int) -> None:
        pair = self.here(0)
        if pair.world.trouble is None and pair.uncommitted:
            pair.commit(min(count, pair.uncommitted))

    @rule()
    def fail_store(self) -> None:
        pair = self.here(0)
        if pair.world.trouble is None and (pair.world.reading or pair.world.options.durability != NONE):
            pair.fail_store(TROUBLE)

    @rule()
    def recover_store(self) -> None:
        pair = self.here(0)
        if pair.world.trouble is not None:
            pair.commit(pair.uncommitted)
            pair.recover_store()

    @rule(
        kind=st.sampled_from([wire.SUBMIT_JOB_HIGH_BG, wire.SUBMIT_JOB_BG, wire.SUBMIT_JOB_LOW_BG]),
        function=functions,
        unique=uniques,
        data=datas,
        reducer=st.sampled_from([b"", b"red"]),
        has_key=st.booleans(),
    )
    def restore(
        self, kind: int, function: bytes, unique: bytes, data: bytes, reducer: bytes, has_key: bool
    ) -> None:
        """Keys are the store's: no two jobs have one."""
        pair = self.here(0)
        if not pair.world.reading or pair.world.trouble is not None:
            return
        kept = Submit(kind, function, unique, data, 0, reducer)
        has_key = has_key or unique in (b"", b"-")
        if has_key or (unique, function) not in self.restored:
            self.restored.add((unique, function))
            pair.restore(kept, b"key %d" % pair.world.next("key") if has_key else None)

    @rule()
    def all_restored(self) -> None:
        if self.here(0).world.reading and self.here(0).world.trouble is None:
            self.here(0).all_restored()
