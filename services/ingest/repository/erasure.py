"""Forgetting customers in PostgreSQL: what is theirs, and what is left of it afterwards.

What stays of a message or a raw mail is its id and its hash: that keeps it from being taken in
again. Locks: customers, then conversations, then the rest, see `repository.customers`.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    delete,
    exists,
    func,
    literal,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from services.ingest.domain.customers import Key
from services.ingest.tables.customers import customer as customers
from services.ingest.tables.customers import customer_identity as identities
from services.ingest.tables.customers import erasure, erasure_conversation
from services.ingest.tables.mail import conversation, delivery, message
from shared.storage import ReadSession, Session


@dataclass(frozen=True, slots=True)
class Part:
    """A conversation that an erased customer was part of; whole: alone with us."""

    tenant: str
    conversation_id: UUID
    customer_id: UUID
    whole: bool


async def forget_identities(
    session: Session, tenant: str, ids: Collection[UUID], now: datetime
) -> list[str]:
    """Empties customers and their identities, which are locked; returns what the values were."""
    mine = identities.c.tenant == tenant, identities.c.customer_id.in_(ids)
    values = select(identities.c.value).where(*mine, identities.c.value.is_not(None))
    found = list(await session.scalars(values))
    await session.execute(
        update(identities)
        .where(*mine)
        .values(value=None, network=None, account=None, erased_at=now)
    )
    await session.execute(
        update(customers)
        .where(customers.c.tenant == tenant, customers.c.id.in_(ids))
        .values(
            name=None, plan=None, value=None, language=None, preferred_channel=None,
            erased_at=now, updated_at=now, version=customers.c.version + 1,
        )
    )  # fmt: skip
    return [value for value in found if value]


async def queue_erasure(
    session: Session, tenant: str, ids: Collection[UUID], now: datetime, due_at: datetime
) -> None:
    """Notes that these customers are to be forgotten."""
    rows = [
        {"tenant": tenant, "customer_id": id, "requested_at": now, "due_at": due_at}
        for id in sorted(ids)
    ]
    await session.execute(insert(erasure).on_conflict_do_nothing(), rows)


async def find_parts(
    session: ReadSession, tenant: str, ids: Collection[UUID], addresses: Collection[str]
) -> dict[UUID, bool]:
    """The conversations in which customers wrote, or to whose addresses we did; whether alone."""
    wrote = select(message.c.conversation_id).where(
        message.c.tenant == tenant, message.c.customer_id.in_(ids), _has_words()
    )
    sent = select(delivery.c.conversation_id).where(
        delivery.c.tenant == tenant, func.lower(delivery.c.recipient).in_(addresses)
    )
    others = exists().where(
        message.c.tenant == tenant,
        message.c.conversation_id == conversation.c.id,
        message.c.direction == "inbound",
        message.c.customer_id.is_not(None),
        message.c.customer_id.not_in(ids),
    )
    query = select(conversation.c.id, ~others).where(
        conversation.c.tenant == tenant, conversation.c.id.in_(wrote.union(sent))
    )
    return {id: alone for id, alone in await session.execute(query)}


async def messages_of(
    session: ReadSession, tenant: str, ids: Collection[UUID], conversations: Collection[UUID]
) -> list[UUID]:
    """The customers' own messages in these conversations."""
    query = select(message.c.id).where(
        message.c.tenant == tenant,
        message.c.customer_id.in_(ids),
        message.c.conversation_id.in_(conversations),
    )
    return list(await session.scalars(query))


async def queue_parts(session: Session, parts: Sequence[Part]) -> None:
    """Notes the conversations that are to be gone through."""
    if parts:
        rows = [
            {"tenant": one.tenant, "conversation_id": one.conversation_id,
             "customer_id": one.customer_id, "whole": one.whole}
            for one in parts
        ]  # fmt: skip
        await session.execute(insert(erasure_conversation).on_conflict_do_nothing(), rows)


async def take_parts(session: Session, limit: int) -> list[Part]:
    """Conversations to go through, taken off the list; rivals pass them over."""
    table = erasure_conversation
    due = (
        select(table.c.tenant, table.c.conversation_id, table.c.customer_id)
        .order_by(table.c.tenant, table.c.conversation_id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    taken = delete(table).where(
        tuple_(table.c.tenant, table.c.conversation_id, table.c.customer_id).in_(due)
    )
    rows = await session.execute(taken.returning(*table.c))
    return [Part(row.tenant, row.conversation_id, row.customer_id, row.whole) for row in rows]


async def finished(session: Session, before: datetime, limit: int) -> list[Key]:
    """Erasures asked for before `before` of which no conversation is left, locked."""
    left = exists().where(
        erasure_conversation.c.tenant == erasure.c.tenant,
        erasure_conversation.c.customer_id == erasure.c.customer_id,
    )
    query = (
        select(erasure.c.tenant, erasure.c.customer_id)
        .where(erasure.c.done_at.is_(None), erasure.c.requested_at <= before, ~left)
        .order_by(erasure.c.requested_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [(row.tenant, row.customer_id) for row in await session.execute(query)]


async def mark_done(session: Session, keys: Collection[Key], now: datetime) -> None:
    """Notes that nothing is left of these customers."""
    mine = tuple_(erasure.c.tenant, erasure.c.customer_id).in_(list(keys))
    await session.execute(update(erasure).where(mine).values(done_at=now))


async def next_erasure(session: ReadSession, grace: timedelta) -> datetime | None:
    """When there is something to do: at once for conversations, after `grace` for the last look."""
    waiting = await session.scalar(select(literal(1)).select_from(erasure_conversation).limit(1))
    oldest = select(func.min(erasure.c.requested_at)).where(erasure.c.done_at.is_(None))
    asked: datetime | None = await session.scalar(oldest)
    if asked is None:
        return None
    return asked if waiting else asked + grace


async def led_by(
    session: ReadSession, tenant: str, conversations: Collection[UUID], values: Collection[str]
) -> list[UUID]:
    """Those of the conversations whose customer has one of these addresses."""
    c = conversation.c
    query = select(c.id).where(
        c.tenant == tenant, c.id.in_(conversations), func.lower(c.customer_address).in_(values)
    )
    return list(await session.scalars(query))


def _has_words() -> Any:
    m = message.c
    return or_(m.text != "", m.sender_address.is_not(None), m.sender_name.is_not(None),
               m.details.is_not(None), m.subject.is_not(None))  # fmt: skip
