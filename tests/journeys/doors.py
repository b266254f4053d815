"""The SMTP door of the suite, and what its mails have caused."""

import asyncio
import smtplib
from collections.abc import Callable

from deploy.local.mail_sink import MailSink
from tests.journeys.desk import Desk, Json, eventually, mail


def customer(desk: Desk, name: str) -> str:
    """A customer's address, which nobody else has."""
    return f"{name}@{desk.tenant}-customers.example"


async def deliver(desk: Desk, raw: bytes, sender: str = "", to: str | None = None) -> None:
    """A mail server hands a mail in by SMTP; sender: of the envelope, empty for notices."""

    def hand_in() -> None:
        with smtplib.SMTP("127.0.0.1", desk.suite.mail_in, timeout=30) as door:
            door.sendmail(sender, [to or f"help@{desk.tenant}.example"], raw)

    await asyncio.to_thread(hand_in)


async def heard(desk: Desk, type: str, count: int = 1) -> list[Json]:
    """What ingest announced of the company's messages, of one type, once there are so many."""

    async def ask() -> list[Json]:
        seen = await desk.topics.read("support.messages.v1", desk.tenant)
        return [event.data for event in seen if event.type == f"support.{type}.v1"]

    return await eventually(ask, lambda found: len(found) >= count)


async def nothing_more(desk: Desk, sink: MailSink) -> None:
    """Waits for a later ticket's acknowledgement: all that was caused before has happened."""
    last = customer(desk, "last")
    await deliver(desk, mail(desk.tenant, last, "One more thing.", Subject="Last"), last)
    await sink.wait_for(last)


async def ticket_of(
    desk: Desk, subject: str, holds: Callable[[Json], object] = lambda ticket: True
) -> Json:
    """The only ticket of this subject, once `holds` is true of it."""
    all_ = await eventually(desk.tickets, lambda all: subject in [t["subject"] for t in all])
    [one] = [ticket for ticket in all_ if ticket["subject"] == subject]
    path = f"/v1/tickets/{one['id']}"
    found: Json = await eventually(lambda: desk.get("router", path), holds)
    return found
