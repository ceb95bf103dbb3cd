"""client.py HOST PORT SCENARIO [ARGUMENT...]

Plays one scenario with gearfast's own client and prints what it saw, one line an observation.
"""

import sys

from gearfast import Client, Data, JobExceptionError, JobFailedError, JobWarning, Progress
from gearfast.client.jobs import Event

WAIT_SECONDS = 25


def say(*words: object) -> None:
    print(*(word.decode() if isinstance(word, bytes) else word for word in words), flush=True)


def tell(event: Event) -> None:
    if isinstance(event, Data):
        say("data", event.value)
    elif isinstance(event, JobWarning):
        say("warning", event.data)
    elif isinstance(event, Progress):
        say("status", f"{event.numerator}/{event.denominator}")


def run(client: Client, function: str) -> None:
    """Take standard input through the function to standard output.

    Libgearman's way is parts, then the result.
    """
    job = client.submit(function, sys.stdin.buffer.read())
    sys.stdout.buffer.write(b"".join(job) + job.result())


def observe(client: Client, function: str) -> None:
    job = client.submit(function, b"x")
    say("created", function, job.handle)
    try:
        for event in job.events():
            tell(event)
        say("complete", job.result())
    except JobExceptionError as error:
        say("exception", error.data)
    except JobFailedError:
        say("fail")


def main(host: str, port: str, scenario: str, *arguments: str) -> None:
    with Client((host, int(port)), timeout=WAIT_SECONDS) as client:
        {"run": run, "observe": observe}[scenario](client, *arguments)


main(*sys.argv[1:])
