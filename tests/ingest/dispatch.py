"""A sender at work, and what came of it."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from services.ingest.domain.deliveries import Patience
from services.ingest.mail_out.carrier import MailCarrier
from services.ingest.mail_out.connection import Relay
from services.ingest.mail_out.relays import Relays
from services.ingest.secrets import Secrets
from services.ingest.sender import Sender
from tests.ingest.mailroom import AT, Mailroom, letter, mail

REPLY_KEY = b"a key of the tests"
QUICK = Patience(pause=timedelta(0), longest_pause=timedelta(0))


@dataclass(frozen=True)
class _Folder:
    secrets_folder: Path


_NO_SECRETS = Secrets(_Folder(Path("/nonexistent")))


def secrets_in(folder: Path) -> Secrets:
    """The secrets of a folder."""
    return Secrets(_Folder(folder))


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
    trust = how.pop("trust", ssl.create_default_context())
    relays = Relays(name="desk.test", seconds=how.pop("seconds", 10), connections=4, trust=trust)
    mails = MailCarrier(
        relays, Relay("127.0.0.1", port), mailroom.blobs, how.pop("secrets", _NO_SECRETS),
        attachment_limit=how.pop("attachment_limit", 10_000_000), reply_key=REPLY_KEY,
    )  # fmt: skip
    given = {"at_once": 16, "lease_seconds": 30, "poll_seconds": 0.02} | how
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
