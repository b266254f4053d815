"""Mails, chats and requests to feed ingest with, and ingest as its consumers drive it."""

import base64
import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Table, select

from services.ingest.usecases.accept_mail import NoAccount, OfferedMail, accept_mails
from services.ingest.usecases.queue_outgoing import queue_outgoing
from services.ingest.usecases.read_mail import MailReader, Reading
from services.ingest.usecases.receive_chat import ChatReader, receive_chats
from services.ingest.usecases.receive_mail import receive_mails
from services.ingest.usecases.set_up_account import Wanted, set_up_account
from shared.contracts.envelope import Event, Payload, from_record
from shared.contracts.inbound import ChatVisitor, InboundChatMessageSent, InboundEmailReceived
from shared.contracts.outgoing import OutgoingRequested
from shared.contracts.payload import BlobRef, Party
from shared.messaging import Received, UnitOfWork, new_id, tables
from shared.messaging.ids import inbound_ids
from shared.storage import BlobStore

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def letter(
    message_id: str | None = "<1@example.com>",
    text: str = "Where is my invoice?",
    *,
    sender: str = "Ana <ana@example.com>",
    subject: str = "Invoice",
    reply_to: str | None = None,
    references: str | None = None,
    **headers: str,
) -> bytes:
    """A raw mail; `headers` by their names with _ for -."""
    lines = [f"From: {sender}", "To: help@demo.example", f"Subject: {subject}"]
    lines += [f"Message-ID: {message_id}"] if message_id else []
    lines += [f"In-Reply-To: {reply_to}"] if reply_to else []
    lines += [f"References: {references}"] if references else []
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    lines += ["MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8", "", text, ""]
    return "\r\n".join(lines).encode()


def mail(
    raw: bytes,
    *,
    tenant: str = "demo",
    source: str = "/channels/mail",
    at: datetime = AT,
    envelope_to: tuple[str, ...] = (),
) -> Received[Any]:
    """A mail as an adapter announces it."""
    digest = hashlib.sha256(raw).hexdigest()
    data = InboundEmailReceived(
        raw=base64.b64encode(raw).decode(), received_at=at, envelope_to=envelope_to
    )
    return received(data, digest, key=digest, tenant=tenant, source=source, at=at)


def mail_by_blob(raw: bytes, key: str, *, sha256: str | None = None) -> Received[Any]:
    """A mail that an adapter has put into the blob store under `key`."""
    digest = sha256 or hashlib.sha256(raw).hexdigest()
    data = InboundEmailReceived(blob=BlobRef(key=key, size=len(raw), sha256=digest), received_at=AT)
    return received(data, f"{digest}-{key}", key=digest)


def chat(
    session: str,
    number: int,
    text: str = "Hello",
    *,
    tenant: str = "demo",
    source: str = "/channels/web",
    event_id: str | None = None,
    at: datetime = AT,
) -> Received[Any]:
    """A visitor's chat message as an adapter announces it."""
    data = InboundChatMessageSent(
        session_id=session, message_id=f"m{number}", text=text, sent_at=at, language="en",
        visitor=ChatVisitor(name="Ana", email="ana@example.com"),
    )  # fmt: skip
    event_id = event_id or f"{session}-{number}"
    return received(data, event_id, key=session, tenant=tenant, source=source, at=at)


def asked(conversation: UUID, text: str = "It is on its way.", **what: Any) -> Received[Any]:
    """A request to say something in a conversation."""
    given: dict[str, Any] = {
        "request_id": new_id(), "kind": "reply", "requested_by": "agent-1", "requested_at": AT,
    } | what  # fmt: skip
    data = OutgoingRequested(conversation_id=conversation, text=text, **given)
    event = _event(data, str(data.request_id), str(conversation), "demo", "/deskstream/router", AT)
    return Received(new_id(), event, data, AT)


def to(address: str, name: str | None = None) -> Party:
    """Somebody to write to."""
    return Party(name=name, address=address)


def received(
    data: Payload,
    event_id: str,
    *,
    key: str,
    tenant: str = "demo",
    source: str = "/channels/mail",
    at: datetime = AT,
) -> Received[Any]:
    """An event from outside as the engine hands it over."""
    uid, _claim = inbound_ids(at, tenant, source, event_id)
    return Received(uid, _event(data, event_id, key, tenant, source, at), data, at)


def _event(
    data: Payload, event_id: str, key: str, tenant: str, source: str, at: datetime
) -> Event[Payload]:
    return Event(
        id=event_id, type=data.TYPE, source=source, subject=key, time=at, tenant=tenant, data=data,
        partitionkey=key, traceparent=TRACE,
    )  # fmt: skip


class Mailroom:
    """ingest's use cases, each call one transaction as the engine would make it."""

    def __init__(self, unit: UnitOfWork, blobs: BlobStore, reading: Reading | None = None) -> None:
        self.unit = unit
        self.blobs = blobs
        self.refused: dict[UUID, tuple[str, str]] = {}
        self._reader = MailReader(blobs, reading)

    async def open_accounts(self, tenant: str) -> None:
        """Makes the e-mail account `mail` and the chat `web`."""
        async with self.unit.begin() as (session, _outbox, now):
            for id, kind, address in (
                ("mail", "email", f"help@{tenant}.example"),
                ("web", "chat", None),
            ):
                wanted = Wanted(tenant, id, kind, address, "Help")  # type: ignore[arg-type]
                await set_up_account(session, wanted, lambda _version: None, now)

    async def accept(
        self, *raws: bytes, tenant: str = "demo", account: str | None = None
    ) -> list[UUID | NoAccount]:
        """Hands mails in together, as HTTP does."""
        offered = [
            OfferedMail(
                tenant, account, new_id(), hashlib.sha256(raw).digest(), len(raw), raw, None, TRACE
            )
            for raw in raws
        ]
        async with self.unit.begin() as (session, outbox, now):
            return await accept_mails(session, outbox, offered, now)

    async def mails(self, *received: Received[Any]) -> None:
        """Consumes a batch of support.inbound.email.v1."""
        read = await self._reader.read(received)
        async with self.unit.begin() as (session, outbox, now):
            await receive_mails(session, outbox, read, now)
            self.refused |= outbox.refused

    async def chats(self, *received: Received[Any]) -> None:
        """Consumes a batch of support.inbound.chat.v1."""
        read = await ChatReader(self.blobs).read(received)
        async with self.unit.begin() as (session, outbox, now):
            await receive_chats(session, outbox, read, now)
            self.refused |= outbox.refused

    async def outgoing(self, *received: Received[Any]) -> None:
        """Consumes a batch of support.outgoing.v1."""
        async with self.unit.begin() as (session, outbox, now):
            await queue_outgoing(session, outbox, received, now, mail_domain="desk.test")

    async def announced(self, kind: type[Payload] | None = None) -> list[Event[Any]]:
        """What lies in the outbox, oldest first; customers only where they are asked for."""
        query = select(tables.outbox.c["key", "headers", "payload"]).order_by(tables.outbox.c.id)
        async with self.unit.database.reading() as session:
            rows = (await session.execute(query)).all()
        events = [
            from_record(row.key, [(n, v.encode()) for n, v in json.loads(row.headers)], row.payload)
            for row in rows
        ]
        if kind is None:
            return [event for event in events if not event.type.startswith("support.customer.")]
        return [event for event in events if event.type == kind.TYPE]

    async def relayed(self) -> list[Received[Any]]:
        """Takes what was announced on support.inbound.* out of the outbox, as Kafka gives it."""
        events = await self.announced(InboundEmailReceived)
        async with self.unit.database.writing() as session:
            await session.execute(tables.outbox.delete())
        found = []
        for event in events:
            uid, _claim = inbound_ids(AT, event.tenant, event.source, event.id)
            found.append(Received(uid, event, event.data, event.time))
        return found

    async def rows(self, table: Table) -> Sequence[Any]:
        """All rows of a table."""
        async with self.unit.database.reading() as session:
            return (await session.execute(select(table))).all()
