"""The mail sink as part of a stack: where it listens, and the mails that it has kept."""

import asyncio
import json
import smtplib
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from deploy.local.processes import Program, StackFailure
from deploy.local.server import Server
from deploy.local.stack import Stack


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail that the sink took."""

    number: int
    sender: str
    recipients: tuple[str, ...]
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        """The mail, parsed."""
        return message_from_bytes(self.raw, policy=default)


def kept(folder: Path) -> Iterator[Mail]:
    """The mails in the sink's folder, oldest first."""
    for file in sorted(folder.glob("*.eml")):
        envelope = json.loads(file.with_suffix(".json").read_text())
        recipients = tuple(envelope["recipients"])
        yield Mail(int(file.stem), envelope["sender"] or "", recipients, file.read_bytes())


class MailSink(Server):
    """An SMTP server on 127.0.0.1 that keeps what it gets; `mail_server` says how it can fail."""

    def __init__(self, stack: Stack, port: int) -> None:
        self.host = "127.0.0.1"
        self.port = port
        self.folder = stack.folder / "mail"
        command = (sys.executable, "-m", "deploy.local.mail_server", str(port), str(self.folder))
        process = stack.process(Program(name="mail-sink", command=command))
        super().__init__(process, self.answers)

    def answers(self) -> bool:
        """Whether it answers NOOP."""
        try:
            with smtplib.SMTP(self.host, self.port, timeout=2) as client:
                return client.noop()[0] == 250
        except (OSError, smtplib.SMTPException):
            return False

    def mails(self, recipient: str | None = None) -> Sequence[Mail]:
        """What was kept so far, oldest first: all, or those to one recipient."""
        return [mail for mail in kept(self.folder) if recipient in (None, *mail.recipients)]

    async def wait_for(
        self, recipient: str, *, count: int = 1, seconds: float = 30
    ) -> Sequence[Mail]:
        """The mails to `recipient` once there are `count`; StackFailure when time is up."""
        deadline = time.monotonic() + seconds
        while len(found := self.mails(recipient)) < count:
            if time.monotonic() > deadline:
                raise StackFailure(
                    f"{len(found)} of {count} mails to {recipient} after {seconds} s"
                )
            await asyncio.sleep(0.02)
        return found
