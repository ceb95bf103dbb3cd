"""Send mail from the background, no faster than the mail server likes it.

    python mail.py work &
    python mail.py submit anna@example.org "Your order" "It is on its way."

One worker with one thread sends; between two mails it waits. More workers of this kind would make it
faster, so run one. A mail that can't be sent now is tried again a minute later as a job of its own, five
times at most. SMTP is the address of the mail server, by default localhost:25.
"""

from __future__ import annotations

import os
import smtplib
import sys
import time
from email.message import EmailMessage
from typing import Any

from gearfast import Client, TaskFailedError, Worker, WorkerJob

SECONDS_BETWEEN = float(os.environ.get("SECONDS_BETWEEN", "1"))
ATTEMPTS = 5
RETRY_SECONDS = 60

worker = Worker(serializer="json")


@worker.task("send-mail")
def send_mail(job: WorkerJob) -> None:
    mail = job.data
    try:
        send(mail)
    except OSError as error:
        try_later(mail, error)
    time.sleep(SECONDS_BETWEEN)


def send(mail: dict[str, Any]) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "shop@example.org", mail["to"], mail["subject"]
    message.set_content(mail["text"])
    with smtplib.SMTP(os.environ.get("SMTP", "localhost:25"), timeout=30) as server:
        server.send_message(message)


def try_later(mail: dict[str, Any], error: OSError) -> None:
    attempt = mail.get("attempt", 1)
    if attempt == ATTEMPTS:
        raise TaskFailedError(f"no mail to {mail['to']} after {attempt} attempts: {error}")
    with Client(serializer="json") as client:
        client.submit("send-mail", mail | {"attempt": attempt + 1}, delay=RETRY_SECONDS)


def main(verb: str, *words: str) -> None:
    if verb == "work":
        worker.run()
        return
    to, subject, text = words
    with Client(serializer="json") as client:
        print(
            client.submit("send-mail", {"to": to, "subject": subject, "text": text}, background=True).handle
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
