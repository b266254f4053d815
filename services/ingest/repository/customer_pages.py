"""Customers as lists show them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Text, Uuid, func, or_, select, tuple_

from services.ingest.domain.customers import Key
from services.ingest.tables.customers import customer as customers
from services.ingest.tables.customers import customer_identity as identities
from services.ingest.tables.mail import conversation, message
from shared.storage import ReadSession, unnest

Position = tuple[datetime, UUID]
"""(time, id) of the last one of the page before."""


@dataclass(frozen=True, slots=True)
class Preference:
    """The channel that a customer prefers, its name, and its mail address where one is proved."""

    channel: str
    name: str | None
    address: str | None


_asked = unnest("asked", tenant=Text, id=Uuid)
_head = customers.alias("head")
_part = customers.alias("part")
_address = (
    select(identities.c.value)
    .join(_part, (_part.c.tenant == identities.c.tenant) & (_part.c.id == identities.c.customer_id))
    .where(
        _part.c.tenant == _head.c.tenant,
        (_part.c.id == _head.c.id)
        | ((_part.c.root_id == _head.c.id) & _part.c.merged_into.is_not(None)),
        identities.c.kind == "email",
        identities.c.value.is_not(None),
    )
    .order_by(identities.c.verified.desc(), identities.c.seen_at.desc())
    .limit(1)
    .scalar_subquery()
)
_PREFERENCES = (
    select(
        *[_asked.c.tenant, _asked.c.id, _head.c.preferred_channel, _head.c.name],
        _address.label("address"),
    )
    .join(customers, (customers.c.tenant == _asked.c.tenant) & (customers.c.id == _asked.c.id))
    .join(_head, (_head.c.tenant == customers.c.tenant) & (_head.c.id == customers.c.root_id))
    .where(_head.c.preferred_channel.is_not(None))
)


async def preferences(session: ReadSession, keys: Collection[Key]) -> dict[Key, Preference]:
    """Of those customers that prefer a channel, or are part of one that does."""
    if not keys:
        return {}
    tenants, ids = (list(column) for column in zip(*keys, strict=True))
    rows = await session.execute(_PREFERENCES, {"tenant": tenants, "id": ids})
    return {
        (row.tenant, row.id): Preference(row.preferred_channel, row.name, row.address)
        for row in rows
    }


async def page_of_customers(
    session: ReadSession,
    tenant: str,
    identity: str | None,
    begins: str | None,
    *,
    after: Position | None,
    limit: int,
) -> list[Key]:
    """Keys of customers that are part of none other, oldest first, those beyond `after`.

    identity: a value that one of their identities has. begins: with what a name or an identity of
    theirs begins, upper and lower case alike.
    """
    c, i = customers.c, identities.c
    query = select(c.id).where(c.tenant == tenant, c.merged_into.is_(None), c.erased_at.is_(None))
    owner = customers.alias("owner")
    owners = (
        select(owner.c.root_id)
        .join(identities, (i.tenant == owner.c.tenant) & (i.customer_id == owner.c.id))
        .where(owner.c.tenant == tenant)
    )
    if identity is not None:
        query = query.where(c.id.in_(owners.where(i.value == identity)))
    if begins:
        start = begins.lower()
        named = func.lower(c.name).startswith(start, autoescape=True)
        known = c.id.in_(owners.where(i.value.startswith(start, autoescape=True)))
        query = query.where(or_(named, known))
    if after is not None:
        query = query.where(tuple_(c.created_at, c.id) > tuple_(*after))
    query = query.order_by(c.created_at, c.id).limit(limit)
    return [(tenant, id) for id in await session.scalars(query)]


async def conversations_of(
    session: ReadSession,
    tenant: str,
    ids: Collection[UUID],
    *,
    after: Position | None,
    limit: int,
) -> list[Any]:
    """Conversations in which one of these customers wrote, oldest first, those beyond `after`."""
    c, m = conversation.c, message.c
    mine = select(m.conversation_id).where(m.tenant == tenant, m.customer_id.in_(list(ids)))
    query = select(c.id, c.channel, c.subject, c.opened_at, c.updated_at).where(
        c.tenant == tenant, c.id.in_(mine)
    )
    if after is not None:
        query = query.where(tuple_(c.opened_at, c.id) > tuple_(*after))
    return list(await session.execute(query.order_by(c.opened_at, c.id).limit(limit)))
