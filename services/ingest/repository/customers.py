"""Customers and their identities in PostgreSQL; whole batches as one statement.

Whoever needs more than one kind of lock takes them in this order: identities by (tenant, name),
customers by (tenant, id), then names of threads, conversations, messages.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    DateTime,
    Row,
    Text,
    Uuid,
    select,
    tuple_,
)

from services.ingest.domain.customers import Customer, Identity, Key, whole
from services.ingest.tables.customers import customer as customers
from services.ingest.tables.customers import customer_identity as identities
from shared.storage import ReadSession, unnest

Named = tuple[str, UUID]
"""(tenant, name of an identity)."""

_at = DateTime(timezone=True)
_names = unnest("names", tenant=Text, name=Uuid)
_LOOK = (
    select(
        *identities.c["tenant", "name", "customer_id", "verified", "erased_at"],
        identities.c.value.is_(None).label("anonymous"),
        customers.c.root_id,
        customers.c.name.label("called"),
    )
    .join(_names, (identities.c.tenant == _names.c.tenant) & (identities.c.name == _names.c.name))
    .join(
        customers,
        (customers.c.tenant == identities.c.tenant) & (customers.c.id == identities.c.customer_id),
    )
)
_keys = unnest("keys", tenant=Text, id=Uuid)
_LOCK = (
    select(customers)
    .join(_keys, (customers.c.tenant == _keys.c.tenant) & (customers.c.id == _keys.c.id))
    .order_by(customers.c.tenant, customers.c.id)
    .with_for_update(of=customers)
)
_MEMBERS = select(customers).join(
    _keys,
    (customers.c.tenant == _keys.c.tenant)
    & (
        (customers.c.id == _keys.c.id)
        | ((customers.c.root_id == _keys.c.id) & customers.c.merged_into.is_not(None))
    ),
)
_ROOTS = select(*customers.c["tenant", "id", "root_id"]).join(
    _keys, (customers.c.tenant == _keys.c.tenant) & (customers.c.id == _keys.c.id)
)
_THEIRS = (
    select(identities)
    .join(_keys, (identities.c.tenant == _keys.c.tenant) & (identities.c.customer_id == _keys.c.id))
    .where(identities.c.value.is_not(None))
    .order_by(identities.c.seen_at, identities.c.name)
)


@dataclass(frozen=True, slots=True)
class Found:
    """An identity's customer, and what that is part of.

    called: the customer's name. erased_at: of the identity; anonymous: not used again since then.
    """

    customer_id: UUID
    root_id: UUID
    verified: bool
    called: str | None
    erased_at: datetime | None
    anonymous: bool = False


class Customers:
    """The customers of all tenants."""

    def __init__(self, session: ReadSession) -> None:
        self._session = session

    async def look(self, names: Collection[Named]) -> dict[Named, Found]:
        """The customers of those identities that are known."""
        if not names:
            return {}
        rows = await self._session.execute(_LOOK, _named(names))
        # By position: this runs for every message, and names of columns cost more than all else.
        return {
            (row[0], row[1]): Found(row[2], row[6], row[3], row[7], row[4], row[5]) for row in rows
        }

    async def roots(self, keys: Collection[Key]) -> dict[Key, UUID]:
        """What each customer is part of, itself where it is none's; without those unknown."""
        if not keys:
            return {}
        rows = await self._session.execute(_ROOTS, _split(keys))
        return {(row.tenant, row.id): row.root_id for row in rows}

    async def whole(self, keys: Collection[Key]) -> dict[Key, Customer]:
        """The customers as they are with all that was merged into them; keys: of roots."""
        if not keys:
            return {}
        rows = (await self._session.execute(_MEMBERS, _split(keys))).all()
        known = await self._identities({(row.tenant, row.id) for row in rows})
        members: defaultdict[Key, list[Customer]] = defaultdict(list)
        for row in rows:
            key = row.tenant, row.id
            members[(row.tenant, row.root_id) if key not in keys else key].append(
                _customer(row, tuple(known.get(key, ())))
            )
        return {key: whole(some, key[1]) for key, some in members.items()}

    async def lock(self, keys: Collection[Key]) -> dict[Key, Customer]:
        """Those of the customers that there are, each by itself, locked, sorted."""
        if not keys:
            return {}
        rows = await self._session.execute(_LOCK, _split(keys))
        return {(row.tenant, row.id): _customer(row, ()) for row in rows}

    async def _identities(self, keys: Collection[Key]) -> dict[Key, list[Identity]]:
        found: defaultdict[Key, list[Identity]] = defaultdict(list)
        for row in await self._session.execute(_THEIRS, _split(keys)):
            one = Identity(row.kind, row.value, row.network, row.account, row.verified)
            found[row.tenant, row.customer_id].append(one)
        return found


async def ids_after(session: ReadSession, after: str | None, limit: int) -> list[Key]:
    """The (tenant, id) of all customers in order, those beyond `after`: `tenant/id`."""
    query = select(customers.c.tenant, customers.c.id)
    if after is not None:
        tenant, _, id = after.partition("/")
        query = query.where(tuple_(customers.c.tenant, customers.c.id) > tuple_(tenant, UUID(id)))
    query = query.order_by(customers.c.tenant, customers.c.id).limit(limit)
    return [(row.tenant, row.id) for row in await session.execute(query)]


def _named(names: Collection[Named]) -> dict[str, list[Any]]:
    tenants, given = zip(*names, strict=True)
    return {"tenant": list(tenants), "name": list(given)}


def _split(keys: Collection[Key]) -> dict[str, list[Any]]:
    tenants, ids = zip(*sorted(keys), strict=True)
    return {"tenant": list(tenants), "id": list(ids)}


_PLAIN = ("tenant", "id", "root_id", "version", "name", "plan", "value", "language",
          "preferred_channel", "merged_into", "facts_at", "erased_at", "created_at",
          "updated_at")  # fmt: skip


def _customer(row: Row[Any], known: tuple[Identity, ...]) -> Customer:
    return Customer(identities=known, **{name: getattr(row, name) for name in _PLAIN})
