"""Whether a server got through a fault: nothing is lost, nothing is left over, and it serves as before."""

from __future__ import annotations

from tests.faults.host import Served
from tests.faults.story import Story, check_account, check_whole, work_off
from tests.stress.resting import drop_functions
from tests.support.patience import eventually


def told(server: Served) -> Story:
    """A story, once the server has taken leave of its peers."""
    story = Story(server.port).tell()
    wait_until_alone(server)
    return story


def wait_until_alone(server: Served) -> None:
    eventually(lambda: server.counters()["peers"], (0).__eq__, "all peers to be forgotten")


def check_survival(server: Served, story: Story) -> None:
    """The jobs of a story with a fault are all accounted for, and the next story is as it should be."""
    check_account(story, work_off(server.port))
    again = told(server)
    check_whole(again)
    check_account(again, work_off(server.port))


def check_rest(server: Served) -> None:
    """No job, no connection and no function is left."""
    drop_functions(server.port)
    names = ("jobs", "job_bytes", "functions", "registrations", "attachments", "connections", "peers")

    def left() -> dict[str, int]:
        counters = server.counters()
        return {name: counters[name] for name in names if counters[name]}

    eventually(left, {}.__eq__, "the server to hold nothing")
