"""A sender at work, and what came of it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

from services.ingest.domain.deliveries import Patience
from services.ingest.mail_out.carrier import MailCarrier
from services.ingest.sender import Sender
from services.ingest.smtp import SmtpRelay
from tests.ingest.mailroom import AT, Mailroom, letter, mail

QUICK = Patience(pause=timedelta(0), longest_pause=timedelta(0))


async def conversation_of(mailroom: Mailroom, *raws: bytes) -> UUID:
    """A conversation that these mails have begun."""
    events = [mail(raw, at=AT + timedelta(minutes=n)) for n, raw in enumerate(raws or (letter(),))]
    await mailroom.mails(*events)
    return events[0].uid


@asynccontextmanager
async def sender(
    mailroom: Mailroom, port: int, patience: Patience = QUICK, **how: Any
) -> AsyncIterator[Sender]:
    """A sender at work, with a relay at `port`."""
    relay = SmtpRelay("127.0.0.1", port, name="desk.test", seconds=how.pop("seconds", 10))
    given = {"at_once": 4, "lease_seconds": 30, "poll_seconds": 0.02} | how
    mails = MailCarrier(relay)
    made = Sender(mailroom.unit, {"email": mails.carry}, patience, at_end=[mails.close], **given)
    stop = asyncio.Event()
    running = asyncio.create_task(made.run(stop))
    try:
        yield made
    finally:
        stop.set()
        await running


async def settled(mailroom: Mailroom, count: int) -> list[Any]:
    """The delivery events, once there are as many."""
    async with asyncio.timeout(30):
        while True:
            events = [e for e in await mailroom.announced() if ".delivery." in e.type]
            if len(events) >= count:
                return events
            await asyncio.sleep(0.05)
