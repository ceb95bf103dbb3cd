"""client.py HOST PORT SCENARIO [ARGUMENT...]

Plays one scenario and prints what the client saw, one line an observation.
"""

import sys
import threading
from collections.abc import Callable

import gear

WAIT_SECONDS = 25


def say(*words: object) -> None:
    print(*(word.decode() if isinstance(word, bytes) else word for word in words), flush=True)


class Observer(gear.Client):  # type: ignore[misc]
    """A client that prints every packet about its jobs; `ended` is released once for every job that ends."""

    def __init__(self) -> None:
        self.ended = threading.Semaphore(0)
        self.status = threading.Semaphore(0)
        super().__init__("observer")

    def handleJobCreated(self, packet: gear.Packet) -> gear.Job:
        job = super().handleJobCreated(packet)
        say("created", job.name, job.handle)
        return job

    def handleWorkData(self, packet: gear.Packet) -> gear.Job:
        say("data", packet.getArgument(1, True))
        return super().handleWorkData(packet)

    def handleWorkWarning(self, packet: gear.Packet) -> gear.Job:
        say("warning", packet.getArgument(1, True))
        return super().handleWorkWarning(packet)

    def handleWorkStatus(self, packet: gear.Packet) -> gear.Job:
        job = super().handleWorkStatus(packet)
        say("status", b"%s/%s" % (job.numerator, job.denominator))
        return job

    def handleWorkComplete(self, packet: gear.Packet) -> gear.Job:
        say("complete", packet.getArgument(1, True))
        return self._end(super().handleWorkComplete(packet))

    def handleWorkFail(self, packet: gear.Packet) -> gear.Job:
        say("fail")
        return self._end(super().handleWorkFail(packet))

    def handleWorkException(self, packet: gear.Packet) -> gear.Job:
        job = super().handleWorkException(packet)
        say("exception", job.exception)
        return self._end(job)

    def handleStatusRes(self, packet: gear.Packet) -> gear.Job:
        job = super().handleStatusRes(packet)
        say(
            "known",
            job.known,
            "running",
            job.running,
            "progress",
            b"%s/%s" % (job.numerator, job.denominator),
        )
        self.status.release()
        return job

    def _end(self, job: gear.Job) -> gear.Job:
        self.ended.release()
        return job

    def wait(self, jobs: int = 1) -> None:
        for _ in range(jobs):
            assert self.ended.acquire(timeout=WAIT_SECONDS), "a job did not end"

    def ask_status(self, job: gear.Job) -> None:
        self.sendPacket(
            gear.Packet(gear.constants.REQ, gear.constants.GET_STATUS, job.handle), job.connection
        )
        assert self.status.acquire(timeout=WAIT_SECONDS), "no answer to GET_STATUS"


class Quiet(Observer):
    """Prints nothing of its jobs."""

    def handleJobCreated(self, packet: gear.Packet) -> gear.Job:
        return gear.Client.handleJobCreated(self, packet)

    def handleWorkComplete(self, packet: gear.Packet) -> gear.Job:
        return self._end(gear.Client.handleWorkComplete(self, packet))


PRECEDENCE = {
    "low": gear.PRECEDENCE_LOW,
    "normal": gear.PRECEDENCE_NORMAL,
    "high": gear.PRECEDENCE_HIGH,
}


def run(client: gear.Client, function: str) -> None:
    """Take standard input through the function to standard output."""
    job = gear.Job(function, sys.stdin.buffer.read())
    client.submitJob(job)
    client.wait()
    sys.stdout.buffer.write(b"".join(job.data))


def observe(client: gear.Client, function: str, unique: str = "") -> None:
    assert client.setOption("exceptions")
    client.submitJob(gear.Job(function, b"x", unique.encode() or None))
    client.wait()


def without_exceptions(client: gear.Client, function: str) -> None:
    client.submitJob(gear.Job(function, b"x"))
    client.wait()


def every_priority(client: gear.Client) -> None:
    for name, precedence in PRECEDENCE.items():
        job = gear.Job("upper", name.encode())
        client.submitJob(job, precedence=precedence)
        client.wait()
        say(name, *job.data, "failure", job.failure, "warning", job.warning)


def background(client: gear.Client) -> None:
    for name, precedence in PRECEDENCE.items():
        job = gear.Job("upper", name.encode(), unique=name.encode())
        client.submitJob(job, background=True, precedence=precedence)
        say(name, job.handle)


def options(client: gear.Client) -> None:
    say("exceptions", client.setOption("exceptions"))
    say("nonsense", client.setOption("nonsense"))


def status(client: gear.Client) -> None:
    job = gear.Job("nobody", b"x")
    client.submitJob(job, background=True)
    client.ask_status(job)
    connection = client.getConnection()
    connection.sendAdminRequest(gear.CancelJobAdminRequest(job.handle))
    client.ask_status(job)


def admin(client: gear.Client) -> None:
    """Every admin request of the package, on the connection that also submitted the jobs."""
    for unique in (b"one", b"two"):
        client.submitJob(gear.Job("later", b"x", unique=unique), background=True)
    connection = client.getConnection()
    requests = [
        gear.StatusAdminRequest(),
        gear.ShowJobsAdminRequest(),
        gear.ShowUniqueJobsAdminRequest(),
        gear.WorkersAdminRequest(),
        gear.VersionAdminRequest(),
        gear.CancelJobAdminRequest(max(connection.related_jobs)),
        gear.CancelJobAdminRequest("H:nobody:77"),
    ]
    for request in requests:
        connection.sendAdminRequest(request, timeout=WAIT_SECONDS)
        say(type(request).__name__, repr(request.response))


SCENARIOS: dict[str, tuple[type[Observer], Callable[..., None]]] = {
    "run": (Quiet, run),
    "observe": (Observer, observe),
    "without_exceptions": (Observer, without_exceptions),
    "every_priority": (Quiet, every_priority),
    "background": (Quiet, background),
    "options": (Quiet, options),
    "status": (Quiet, status),
    "admin": (Quiet, admin),
}


def main(host: str, port: str, scenario: str, *arguments: str) -> None:
    kind, play = SCENARIOS[scenario]
    client = kind()
    client.addServer(host, int(port))
    client.waitForServer(timeout=WAIT_SECONDS)
    play(client, *arguments)
    client.shutdown()


main(*sys.argv[1:])
