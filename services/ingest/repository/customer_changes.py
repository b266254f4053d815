"""Changes of customers that are locked, in PostgreSQL."""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    DateTime,
    Text,
    Uuid,
    bindparam,
    select,
    update,
)

from services.ingest.domain.customers import Customer, Key
from services.ingest.repository.customers import Named
from services.ingest.tables.customers import customer as customers
from services.ingest.tables.customers import customer_identity as identities
from shared.storage import Session, unnest

_at = DateTime(timezone=True)
_changed = unnest("changed", owner=Text, of=Uuid)
_TOUCH = (
    update(customers)
    .where(customers.c.tenant == _changed.c.owner, customers.c.id == _changed.c.of)
    .values(version=customers.c.version + 1, updated_at=bindparam("now", type_=_at))
)
_called = unnest("called", owner=Text, of=Uuid, to=Text)
_CALL = (
    update(customers)
    .where(
        customers.c.tenant == _called.c.owner,
        customers.c.id == _called.c.of,
        customers.c.name.is_(None),
    )
    .values(name=_called.c.to)
)
_proved = unnest("proved", owner=Text, of=Uuid)
_PROVE = (
    update(identities)
    .where(identities.c.tenant == _proved.c.owner, identities.c.name == _proved.c.of)
    .values(verified=True)
)


async def touch(session: Session, keys: Collection[Key], now: datetime) -> None:
    """Counts the versions of customers up. The caller has locked them."""
    if keys:
        tenants, ids = zip(*sorted(keys), strict=True)
        await session.execute(_TOUCH, {"owner": list(tenants), "of": list(ids), "now": now})


async def call(session: Session, names: Mapping[Key, str]) -> None:
    """Gives names to customers that have none. The caller has locked them."""
    if names:
        owners, of = zip(*names, strict=True)
        given = {"owner": list(owners), "of": list(of), "to": list(names.values())}
        await session.execute(_CALL, given)


async def prove(session: Session, names: Collection[Named]) -> None:
    """Marks identities as verified. The caller has locked their customers."""
    if names:
        owners, of = zip(*sorted(names), strict=True)
        await session.execute(_PROVE, {"owner": list(owners), "of": list(of)})


async def store_facts(session: Session, customer: Customer, now: datetime) -> None:
    """Stores what is known about one customer, and counts its version up. It is locked."""
    await session.execute(
        update(customers)
        .where(customers.c.tenant == customer.tenant, customers.c.id == customer.id)
        .values(
            name=customer.name, plan=customer.plan, value=customer.value,
            language=customer.language, preferred_channel=customer.preferred_channel,
            facts_at=customer.facts_at, version=customers.c.version + 1, updated_at=now,
        )
    )  # fmt: skip


async def store_merge(session: Session, tenant: str, part: UUID, into: UUID) -> None:
    """Makes a root a part of another root. Both are locked."""
    # What was part of it goes along; each keeps what it was merged into itself.
    await session.execute(
        update(customers)
        .where(customers.c.tenant == tenant, customers.c.root_id == part)
        .where((customers.c.id == part) | customers.c.merged_into.is_not(None))
        .values(root_id=into)
    )
    await session.execute(
        update(customers)
        .where(customers.c.tenant == tenant, customers.c.id == part)
        .values(merged_into=into)
    )


async def take_back_merge(session: Session, tenant: str, part: UUID) -> None:
    """Makes a part a root again, with what had been merged into it. Its old root is locked."""
    tree = (
        select(customers.c.id)
        .where(customers.c.tenant == tenant, customers.c.id == part)
        .cte("tree", recursive=True)
    )
    child = customers.alias("child")
    tree = tree.union(
        select(child.c.id).join(tree, child.c.merged_into == tree.c.id)
        .where(child.c.tenant == tenant)
    )  # fmt: skip
    await session.execute(
        update(customers)
        .where(customers.c.tenant == tenant, customers.c.id.in_(select(tree.c.id)))
        .values(root_id=part)
    )
    await session.execute(
        update(customers)
        .where(customers.c.tenant == tenant, customers.c.id == part)
        .values(merged_into=None)
    )
