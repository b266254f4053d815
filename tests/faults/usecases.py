"""What the specimen does with its inputs: state and an event for each, timers, and an intake."""

import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Identity,
    Integer,
    Table,
    Text,
    Uuid,
    bindparam,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert

from shared.contracts.inbound import InboundChatMessageSent
from shared.contracts.messages import MessageReceived
from shared.contracts.outgoing import OutgoingRequested
from shared.contracts.payload import Party
from shared.contracts.sla import ClockBreached
from shared.messaging import Cause, Outbox, Received, Timer, new_id, timer_cause
from shared.storage import ReadSession, Session, new_metadata, unnest
from shared.testing.records import SENT_AT

metadata = new_metadata()

entity = Table(
    "entity", metadata, Column("key", Text, primary_key=True), Column("version", Integer)
)
message = Table(
    "message", metadata,
    Column("n", BigInteger, Identity(), primary_key=True),
    # Deliberately not unique: an event that is applied twice must show.
    Column("uid", Uuid), Column("key", Text), Column("version", Integer), Column("text", Text),
)  # fmt: skip
accepted = Table(
    "accepted", metadata,
    Column("client_id", Text, primary_key=True), Column("uid", Uuid), Column("session", Text),
)  # fmt: skip
timer = Table(
    "timer", metadata,
    Column("id", Uuid, primary_key=True), Column("due_at", DateTime(timezone=True)),
    Column("fired", Integer, server_default="0"),
)  # fmt: skip
step = Table("step", metadata, Column("name", Text, primary_key=True), Column("n", Integer))
note = Table(
    "note", metadata, Column("id", Uuid, primary_key=True), Column("text", Text),
    Column("version", Integer),
)  # fmt: skip

_e = unnest("e", key=Text, more=Integer)
_count = upsert(entity).from_select(
    ["key", "version"], select(_e.c.key, _e.c.more).order_by(_e.c.key)
)
_COUNT = _count.on_conflict_do_update(
    index_elements=["key"], set_={"version": entity.c.version + _count.excluded.version}
).returning(entity.c.key, entity.c.version)
_m = unnest("m", uid=Uuid, key=Text, version=Integer, text=Text)
_KEEP = insert(message).from_select(["uid", "key", "version", "text"], select(_m))

Chat = Received[InboundChatMessageSent]
NAMES = uuid.UUID("5b1cf3a2-56a1-4d0f-9a52-2b4d5ff0c1a7")


def conversation(key: str) -> UUID:
    """The conversation of a session: what the announced events are keyed by."""
    return uuid.uuid5(NAMES, key)


async def write(session: Session, outbox: Outbox, received: Sequence[Chat], now: datetime) -> None:
    """Counts each session up, keeps each message with its version, announces each message.

    A text that begins with "raise" raises.
    """
    more = Counter(event.data.session_id for event in received)
    keys = sorted(more)
    counted = await session.execute(_COUNT, {"key": keys, "more": [more[key] for key in keys]})
    version = {key: after - more[key] for key, after in counted}
    rows = []
    for event in received:
        if event.data.text.startswith("raise"):
            raise ValueError("the use case does not like this text")
        key = event.data.session_id
        version[key] += 1
        rows.append((event.uid, key, version[key], event.data.text))
        _announce(outbox, event, version[key], now)
    columns = zip(*rows, strict=True)
    await session.execute(
        _KEEP, dict(zip(("uid", "key", "version", "text"), map(list, columns), strict=True))
    )


def _announce(outbox: Outbox, event: Chat, version: int, now: datetime) -> None:
    talk = conversation(event.data.session_id)
    outbox.add(
        MessageReceived(
            message_id=event.uid, conversation_id=talk, channel="chat", account="web",
            sender=Party(), text=event.data.text[:100], received_at=now,
        ),
        tenant=event.tenant, key=str(talk), cause=event.cause, sequence=outbox.sequence(version),
    )  # fmt: skip


# -- timers -----------------------------------------------------------------------------------

_DUE = (
    select(timer.c.id)
    .where(timer.c.fired == 0, timer.c.due_at <= bindparam("now"))
    .order_by(timer.c.due_at, timer.c.id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_FIRE = (
    update(timer)
    .where(timer.c.id.in_(_DUE.scalar_subquery()))
    .values(fired=timer.c.fired + 1)
    .returning(timer.c.id, timer.c.due_at)
)


def make_timer(tenant: str, limit: int) -> Timer:
    """Fires each row of `timer` once and announces it."""

    async def fire(session: Session, outbox: Outbox, now: datetime, most: int) -> int:
        due = (await session.execute(_FIRE, {"now": now, "most": most})).all()
        for uid, due_at in sorted(due):
            outbox.add(
                ClockBreached(
                    clock_id=uid, ticket_id=uid, kind="resolution", policy="p", target_seconds=1,
                    started_at=due_at - timedelta(seconds=1), due_at=due_at, generation=1,
                    at=due_at,
                ),
                tenant=tenant, key=str(uid), cause=timer_cause(due_at, "specimen", uid.hex, 1),
            )  # fmt: skip
        return len(due)

    async def next_due(session: ReadSession) -> datetime | None:
        query = select(func.min(timer.c.due_at)).where(timer.c.fired == 0)
        found: datetime | None = await session.scalar(query)
        return found

    return Timer("specimen", fire, next_due, limit)


# -- intake -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Contact:
    """What a client hands in: the same client_id again is the same contact."""

    tenant: str
    client_id: str
    session: str
    text: str


_a = unnest("a", client_id=Text, uid=Uuid, session=Text)
_ACCEPT = (
    upsert(accepted)
    .from_select(
        ["client_id", "uid", "session"],
        select(_a.c.client_id, _a.c.uid, _a.c.session).order_by(_a.c.client_id),
    )
    .on_conflict_do_nothing()
    .returning(accepted.c.client_id)
)


async def accept(
    session: Session, outbox: Outbox, contacts: Sequence[Contact], now: datetime
) -> Sequence[UUID]:
    """Stores and announces each contact once; a repeat gets the id that the first one got."""
    if any(contact.text.startswith("raise") for contact in contacts):
        raise ValueError("the intake does not like this text")
    first = {contact.client_id: contact for contact in reversed(contacts)}
    ids = {client_id: new_id() for client_id in first}
    new = set(
        await session.scalars(
            _ACCEPT,
            {
                "client_id": list(first),
                "uid": [ids[client_id] for client_id in first],
                "session": [contact.session for contact in first.values()],
            },
        )
    )
    known = await session.execute(
        select(accepted.c.client_id, accepted.c.uid).where(accepted.c.client_id.in_(list(first)))
    )
    stored = {client_id: uid for client_id, uid in known}
    for contact in contacts:
        if contact.client_id in new:
            new.discard(contact.client_id)
            outbox.add(
                InboundChatMessageSent(
                    session_id=contact.session, message_id=contact.client_id, text=contact.text,
                    sent_at=SENT_AT,
                ),
                tenant=contact.tenant, key=contact.session, cause=Cause(stored[contact.client_id]),
            )  # fmt: skip
    return [stored[contact.client_id] for contact in contacts]


# -- two rows, one key ------------------------------------------------------------------------


async def request_outgoing(
    session: Session, outbox: Outbox, *, row: str, talk: UUID, tenant: str, text: str
) -> UUID:
    """Counts a row of its own up and asks for something to be sent on a conversation.

    The topic's key is the conversation, which is not the row that is locked here.
    """
    await session.execute(_COUNT, {"key": [row], "more": [1]})
    return outbox.add(
        OutgoingRequested(
            request_id=new_id(), conversation_id=talk, kind="reply", text=text,
            requested_by="specimen", requested_at=SENT_AT,
        ),
        tenant=tenant, key=str(talk), cause=Cause(new_id()),
    )  # fmt: skip
