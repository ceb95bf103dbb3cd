"""Event sequences for fuzz_core.c, which explains the format."""

from __future__ import annotations

from tests.protocol import wire

COME_OR_GO, PACKET, LINE, TIME, SUBMIT, WORK, FAULT = range(7)
CLIENT, OTHER, WORKER, SECOND, ADMIN = range(5)

SUBMITS = (
    wire.SUBMIT_JOB,
    wire.SUBMIT_JOB_BG,
    wire.SUBMIT_JOB_HIGH,
    wire.SUBMIT_JOB_HIGH_BG,
    wire.SUBMIT_JOB_LOW,
    wire.SUBMIT_JOB_LOW_BG,
    wire.SUBMIT_JOB_EPOCH,
    wire.SUBMIT_JOB_SCHED,
    wire.SUBMIT_REDUCE_JOB,
    wire.SUBMIT_REDUCE_JOB_BACKGROUND,
)
FUNCTIONS = (b"a", b"b", b"c", b"A")
UNIQUES = (b"", b"-", b"u", b"v")
TIMES = (0, 1001, 1010, 1060)  # the clock begins at 1000
REPORTS = (
    wire.WORK_COMPLETE,
    wire.WORK_FAIL,
    wire.WORK_EXCEPTION,
    wire.WORK_DATA,
    wire.WORK_WARNING,
    wire.WORK_STATUS,
    wire.GET_STATUS,
)
WAITS = (0, 1, 100, 999, 1000, 5000, 60_000, 2**32 - 1)  # ms of the monotonic clock
JUMPS = (0, 1, 1000, 10_000, 60_000, 86_400_000, -10_000, -3_600_000)  # ms of the wall clock


def options(
    *,
    compat_1_1: bool = False,
    round_robin: bool = False,
    exceptions: bool = False,
    allow_shutdown: bool = False,
    wakeup: int = -1,
    log: bool = False,
    suspicious: bool = False,
    max_attempts: int = 0,
    io_threads: int = 1,
    memory_limit: bool = False,
    few: bool = False,
    lease: bool = False,
) -> bytes:
    wakeups = (-1, 0, 1, 2)
    first = compat_1_1 | round_robin << 1 | exceptions << 2 | allow_shutdown << 3
    first |= wakeups.index(wakeup) << 4 | log << 6 | suspicious << 7
    second = max_attempts | io_threads - 1 << 2 | memory_limit << 4 | few << 6 | lease << 7
    return bytes([first, second])


def step(kind: int, peer: int, *numbers: int, text: bytes = b"") -> bytes:
    return bytes([kind | peer << 3, *numbers]) + text


def come(*peers: int) -> bytes:
    return b"".join(step(COME_OR_GO, peer) for peer in peers)


go = come


def say(peer: int, kind: int, *args: bytes) -> bytes:
    body = b"\0".join(args)
    return step(PACKET, peer, kind - 1, len(body), text=body)


def say_much(peer: int, kind: int, padding: int, tail: bytes) -> bytes:
    """A body of 7936 + `padding` times "x", then `tail`, filled up to 255 bytes in front."""
    return step(PACKET, peer, kind - 1, 255, text=tail.rjust(255, b"x") + bytes([padding]))


def submit(
    peer: int, kind: int, function: bytes = b"a", unique: bytes = b"", when: int = 0, data: bytes = b""
) -> bytes:
    names = FUNCTIONS.index(function) | UNIQUES.index(unique) << 2 | TIMES.index(when) << 4
    return step(SUBMIT, peer, SUBMITS.index(kind), names, len(data), text=data)


def report(peer: int, kind: int, *args: bytes) -> bytes:
    """On the job that the peer was given last."""
    rest = b"\0".join(args)
    return step(WORK, peer, REPORTS.index(kind), len(rest), text=rest)


def line(peer: int, text: bytes) -> bytes:
    return step(LINE, peer, len(text), text=text)


def wait(monotonic: int = 0, wall: int = 0) -> bytes:
    return step(TIME, 0, WAITS.index(monotonic) | JUMPS.index(wall) << 3)


def can_do(peer: int, *functions: bytes) -> bytes:
    return b"".join(say(peer, wire.CAN_DO, function) for function in functions)


def grab(peer: int, kind: int = wire.GRAB_JOB) -> bytes:
    return say(peer, kind)


def sleep(peer: int) -> bytes:
    return say(peer, wire.PRE_SLEEP)


def ready(*functions: bytes) -> bytes:
    """A client, and a worker for the functions."""
    return come(CLIENT, WORKER) + can_do(WORKER, *functions)


ONE_JOB = submit(CLIENT, wire.SUBMIT_JOB, unique=b"u", data=b"data") + grab(WORKER)

SEEDS = {
    "complete": options() + ready(b"a") + ONE_JOB + report(WORKER, wire.WORK_COMPLETE, b"result"),
    "all-reports": options(exceptions=True)
    + ready(b"a")
    + ONE_JOB
    + report(WORKER, wire.WORK_DATA, b"part")
    + report(WORKER, wire.WORK_WARNING, b"careful")
    + report(WORKER, wire.WORK_STATUS, b"10", b"200")
    + report(CLIENT, wire.GET_STATUS)
    + say(CLIENT, wire.GET_STATUS, b"H:1")
    + say(CLIENT, wire.GET_STATUS_UNIQUE, b"u")
    + report(WORKER, wire.WORK_EXCEPTION, b"why"),
    "result-without-nul": options(exceptions=True)
    + ready(b"a")
    + submit(CLIENT, wire.SUBMIT_JOB)
    + grab(WORKER)
    + say(WORKER, wire.WORK_DATA, b"H:1")
    + say(WORKER, wire.WORK_EXCEPTION, b"H:1"),
    "exception-unasked": options() + ready(b"a") + ONE_JOB + report(WORKER, wire.WORK_EXCEPTION, b"why"),
    "option": options()
    + come(CLIENT)
    + say(CLIENT, wire.OPTION_REQ, b"exceptions")
    + say(CLIENT, wire.OPTION_REQ, b"other"),
    "sleep-and-wake": options()
    + ready(b"a")
    + grab(WORKER)
    + sleep(WORKER)
    + ONE_JOB
    + report(WORKER, wire.WORK_FAIL)
    + sleep(WORKER),
    "wake-all": options(wakeup=0, compat_1_1=True)
    + ready(b"a")
    + come(SECOND)
    + can_do(SECOND, b"a")
    + sleep(WORKER)
    + sleep(SECOND)
    + ONE_JOB,
    "wake-two": options(wakeup=2)
    + ready(b"a", b"b")
    + sleep(WORKER)
    + submit(CLIENT, wire.SUBMIT_JOB_BG, b"b")
    + submit(CLIENT, wire.SUBMIT_JOB_BG, b"b"),
    "suspect": options(suspicious=True)
    + ready(b"a")
    + come(SECOND)
    + can_do(SECOND, b"a")
    + sleep(SECOND)
    + sleep(WORKER)
    + submit(CLIENT, wire.SUBMIT_JOB_BG)
    + wait(1)
    + wait(1)
    + grab(SECOND)
    + grab(WORKER),
    "woken-worker-goes": options()
    + ready(b"a")
    + come(SECOND)
    + can_do(SECOND, b"a")
    + sleep(WORKER)
    + sleep(SECOND)
    + submit(CLIENT, wire.SUBMIT_JOB_BG)
    + go(SECOND)
    + grab(WORKER),
    "woken-worker-cannot": options()
    + ready(b"a")
    + come(SECOND)
    + can_do(SECOND, b"a")
    + sleep(SECOND)
    + sleep(WORKER)
    + submit(CLIENT, wire.SUBMIT_JOB)
    + say(WORKER, wire.CANT_DO, b"a")
    + grab(SECOND),
    "woken-worker-resets": options()
    + ready(b"a", b"b")
    + come(SECOND)
    + can_do(SECOND, b"a")
    + sleep(SECOND)
    + sleep(WORKER)
    + submit(CLIENT, wire.SUBMIT_JOB)
    + say(WORKER, wire.RESET_ABILITIES),
    "woken-worker-takes-another": options()
    + ready(b"a", b"b")
    + come(SECOND)
    + can_do(SECOND, b"a")
    + sleep(SECOND)
    + sleep(WORKER)
    + submit(CLIENT, wire.SUBMIT_JOB)
    + submit(CLIENT, wire.SUBMIT_JOB_HIGH, b"b")
    + grab(WORKER),
    "registers-while-asleep": options()
    + come(CLIENT, WORKER)
    + sleep(WORKER)
    + submit(CLIENT, wire.SUBMIT_JOB)
    + can_do(WORKER, b"a")
    + say(WORKER, wire.CANT_DO, b"a")
    + say(WORKER, wire.RESET_ABILITIES),
    "gives-back": options()
    + ready(b"a", b"b")
    + ONE_JOB
    + say(WORKER, wire.CANT_DO, b"a")
    + can_do(WORKER, b"a")
    + grab(WORKER)
    + say(WORKER, wire.RESET_ABILITIES),
    "priorities": options()
    + ready(b"a", b"b")
    + submit(CLIENT, wire.SUBMIT_JOB_LOW)
    + submit(CLIENT, wire.SUBMIT_JOB)
    + submit(CLIENT, wire.SUBMIT_JOB_HIGH, b"b")
    + grab(WORKER) * 4,
    "order-1.1": options(compat_1_1=True, round_robin=True)
    + ready(b"a", b"b", b"c")
    + submit(CLIENT, wire.SUBMIT_JOB_LOW_BG, b"a")
    + submit(CLIENT, wire.SUBMIT_JOB_HIGH_BG, b"b")
    + submit(CLIENT, wire.SUBMIT_JOB_BG, b"c")
    + grab(WORKER) * 4,
    "coalesce": options()
    + ready(b"a")
    + come(OTHER)
    + submit(CLIENT, wire.SUBMIT_JOB, unique=b"u")
    + submit(OTHER, wire.SUBMIT_JOB_HIGH, unique=b"u")
    + submit(OTHER, wire.SUBMIT_JOB_BG, unique=b"u")
    + submit(CLIENT, wire.SUBMIT_JOB, unique=b"-", data=b"same")
    + submit(CLIENT, wire.SUBMIT_JOB, unique=b"-", data=b"same")
    + submit(CLIENT, wire.SUBMIT_JOB, unique=b"-")
    + go(CLIENT)
    + grab(WORKER, wire.GRAB_JOB_UNIQ)
    + report(WORKER, wire.WORK_COMPLETE),
    "clients-go": options()
    + ready(b"a")
    + submit(CLIENT, wire.SUBMIT_JOB) * 2
    + grab(WORKER)
    + go(CLIENT)
    + report(WORKER, wire.WORK_COMPLETE),
    "attempts": options(max_attempts=2, log=True)
    + ready(b"a")
    + ONE_JOB
    + (go(WORKER) + come(WORKER) + can_do(WORKER, b"a") + grab(WORKER)) * 2,
    "timeout": options(log=True)
    + ready()
    + say(WORKER, wire.CAN_DO_TIMEOUT, b"a", b"1000")
    + ONE_JOB
    + wait(999)
    + wait(1000)
    + grab(WORKER)
    + report(WORKER, wire.WORK_COMPLETE)
    + say(WORKER, wire.CAN_DO_TIMEOUT, b"a", b"99999999999999999999"),
    "delayed": options()
    + ready(b"a")
    + sleep(WORKER)
    + submit(CLIENT, wire.SUBMIT_JOB_EPOCH, when=1010, unique=b"u")
    + submit(CLIENT, wire.SUBMIT_JOB_SCHED)
    + submit(CLIENT, wire.SUBMIT_JOB)
    + wait(wall=1000)
    + wait(wall=10_000)
    + grab(WORKER) * 2,
    "clock-back": options()
    + ready(b"a")
    + submit(CLIENT, wire.SUBMIT_JOB_EPOCH, when=1060)
    + wait(wall=-3_600_000)
    + wait(wall=86_400_000)
    + wait(wall=-10_000)
    + grab(WORKER),
    "reduce": options()
    + ready(b"a")
    + submit(CLIENT, wire.SUBMIT_REDUCE_JOB)
    + submit(CLIENT, wire.SUBMIT_REDUCE_JOB_BACKGROUND)
    + grab(WORKER, wire.GRAB_JOB_ALL)
    + grab(WORKER, wire.GRAB_JOB_UNIQ),
    "limits": options(memory_limit=True)
    + come(CLIENT)
    + line(CLIENT, b"maxqueue a 1")
    + submit(CLIENT, wire.SUBMIT_JOB) * 2
    + submit(CLIENT, wire.SUBMIT_JOB, b"b") * 40,
    "few": options(few=True, lease=True)
    + ready(b"a")
    + come(CLIENT)
    + submit(CLIENT, wire.SUBMIT_JOB_BG, b"a", b"u")
    + submit(CLIENT, wire.SUBMIT_JOB_BG, b"a", b"v")
    + submit(CLIENT, wire.SUBMIT_JOB_BG, b"b")
    + submit(CLIENT, wire.SUBMIT_JOB_BG, b"c")
    + grab(WORKER)
    + wait(monotonic=5000)
    + grab(WORKER)
    + line(CLIENT, b"show limits")
    + line(CLIENT, b"explain a")
    + line(CLIENT, b"explain H:1"),
    "admin": options(allow_shutdown=True, io_threads=3)
    + ready(b"a", b"b")
    + come(ADMIN)
    + ONE_JOB
    + submit(CLIENT, wire.SUBMIT_JOB_EPOCH, when=1060)
    + submit(CLIENT, wire.SUBMIT_JOB, b"c")
    + line(ADMIN, b"status")
    + line(ADMIN, b"workers")
    + line(ADMIN, b"prioritystatus")
    + line(ADMIN, b"show jobs")
    + line(ADMIN, b"show unique jobs")
    + line(ADMIN, b"cancel job H:1")
    + line(ADMIN, b"drop function c")
    + line(ADMIN, b"drop function A")
    + line(ADMIN, b"create function A")
    + line(ADMIN, b"shutdown graceful"),
    "long-arguments": options(log=True)
    + come(CLIENT)
    + say_much(CLIENT, wire.CAN_DO, 0, b"")
    + say_much(CLIENT, wire.CAN_DO, 2, b"")
    + say_much(CLIENT, wire.SUBMIT_JOB, 0, b"\0u\0")
    + say_much(CLIENT, wire.SUBMIT_JOB, 200, b"\0u\0")
    + say_much(CLIENT, wire.SET_CLIENT_ID, 0, b"")
    + say_much(CLIENT, wire.ECHO_REQ, 0, b"")
    + say(CLIENT, wire.SUBMIT_JOB, b"a", b"u" * 65, b"")
    + say(CLIENT, wire.GET_STATUS_UNIQUE, b"u" * 65)
    + say(CLIENT, wire.GET_STATUS, b"H" * 64)
    + say(CLIENT, wire.WORK_FAIL, b"H" * 64),
    "missing-arguments": options()
    + come(CLIENT)
    + b"".join(say(CLIENT, kind) + say(CLIENT, kind, b"x") for kind in range(1, wire.LAST + 1)),
    "faults": options(log=True) + come(CLIENT) + b"".join(step(FAULT, CLIENT, error) for error in range(19)),
    "strangers": options()
    + ready(b"a")
    + come(OTHER)
    + ONE_JOB
    + say(OTHER, wire.WORK_COMPLETE, b"H:1", b"")
    + say(OTHER, wire.WORK_DATA, b"H:1", b"")
    + say(OTHER, wire.WORK_STATUS, b"H:01", b"1", b"2")
    + say(OTHER, wire.WORK_EXCEPTION, b"H:4294967297", b"")
    + say(OTHER, wire.WORK_FAIL, b"other:1")
    + can_do(OTHER, b"a")
    + submit(CLIENT, wire.SUBMIT_JOB)
    + grab(OTHER)
    + say(OTHER, wire.WORK_FAIL, b"H:1"),
}
