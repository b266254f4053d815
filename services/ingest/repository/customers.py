"""Customers and their identities in PostgreSQL; whole batches as one statement.

Whoever needs more than one kind of lock takes them in this order: identities by (tenant, name),
customers by (tenant, id), then names of threads, conversations, messages.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    Boolean,
    DateTime,
    Row,
    Text,
    Uuid,
    bindparam,
    literal,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from services.ingest.domain.customers import Customer, Identity, Key, whole
from services.ingest.tables.customers import customer as customers
from services.ingest.tables.customers import customer_identity as identities
from shared.storage import ReadSession, Session, unnest

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
_NEW: Final = ["tenant", "name", "customer_id", "kind", "value", "network", "account", "verified"]
_given = unnest(
    "given", tenant=Text, name=Uuid, customer_id=Uuid, kind=Text, value=Text, network=Text,
    account=Text, verified=Boolean,
)  # fmt: skip
_CLAIM = (
    insert(identities)
    .from_select(
        [*_NEW, "seen_at"],
        select(*[_given.c[name] for name in _NEW], bindparam("now", type_=_at)).order_by(
            _given.c.tenant, _given.c.name
        ),
    )
    .on_conflict_do_nothing()
    .returning(identities.c.tenant, identities.c.name)
)
_made = unnest("made", tenant=Text, id=Uuid, called=Text, language=Text)
_OPEN = insert(customers).from_select(
    ["tenant", "id", "root_id", "version", "name", "language", "created_at", "updated_at"],
    select(
        *[_made.c.tenant, _made.c.id, _made.c.id.label("root_id"), literal(1), _made.c.called],
        _made.c.language,
        *[bindparam("now", type_=_at), bindparam("now", type_=_at)],
    ).order_by(_made.c.tenant, _made.c.id),
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
_anew = unnest(
    "anew", owner=Text, of=Uuid, customer=Uuid, said=Text, proof=Boolean, kind=Text, net=Text,
    via=Text,
)  # fmt: skip
_RENEW = (
    update(identities)
    .where(
        identities.c.tenant == _anew.c.owner,
        identities.c.name == _anew.c.of,
        identities.c.value.is_(None),
    )
    .values(
        customer_id=_anew.c.customer, value=_anew.c.said, verified=_anew.c.proof,
        kind=_anew.c.kind, network=_anew.c.net, account=_anew.c.via,
    )
    .returning(identities.c.tenant, identities.c.name)
)  # fmt: skip


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
        return {
            (row.tenant, row.name): Found(
                row.customer_id,
                row.root_id,
                row.verified,
                row.called,
                row.erased_at,
                row.anonymous,
            )
            for row in rows
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


async def claim(
    session: Session, given: Mapping[Named, tuple[Identity, UUID]], now: datetime
) -> set[Named]:
    """Makes identities for these customers, sorted; the names of those that were new.

    A rival that makes one of them in this moment is waited for.
    """
    columns: dict[str, list[Any]] = {
        "tenant": [name[0] for name in given],
        "name": [name[1] for name in given],
        "customer_id": [id for _, id in given.values()],
        **{
            field: [getattr(one, field) for one, _ in given.values()]
            for field in ("kind", "value", "network", "account", "verified")
        },
    }
    rows = await session.execute(_CLAIM, columns | {"now": now})
    return {(row.tenant, row.name) for row in rows}


async def open_customers(session: Session, opened: Sequence[Customer], now: datetime) -> None:
    """Stores customers that are new, each with its name and language."""
    columns: dict[str, Any] = {
        "tenant": [one.tenant for one in opened],
        "id": [one.id for one in opened],
        "called": [one.name for one in opened],
        "language": [one.language for one in opened],
    }
    await session.execute(_OPEN, columns | {"now": now})


async def renew(session: Session, given: Mapping[Named, tuple[Identity, UUID]]) -> set[Named]:
    """Gives erased identities, whose owners have written again, to new customers.

    Returns those that no rival has given away before.
    """
    columns = {
        "owner": [name[0] for name in given], "of": [name[1] for name in given],
        "customer": [id for _, id in given.values()],
        "said": [one.value for one, _ in given.values()],
        "proof": [one.verified for one, _ in given.values()],
        "kind": [one.kind for one, _ in given.values()],
        "net": [one.network for one, _ in given.values()],
        "via": [one.account for one, _ in given.values()],
    }  # fmt: skip
    rows = await session.execute(_RENEW, columns)
    return {(row.tenant, row.name) for row in rows}


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


async def ids_after(session: ReadSession, after: str | None, limit: int) -> list[Key]:
    """The (tenant, id) of all customers in order, those beyond `after`: `tenant/id`."""
    query = select(customers.c.tenant, customers.c.id)
    if after is not None:
        tenant, _, id = after.partition("/")
        query = query.where(tuple_(customers.c.tenant, customers.c.id) > tuple_(tenant, UUID(id)))
    query = query.order_by(customers.c.tenant, customers.c.id).limit(limit)
    return [(row.tenant, row.id) for row in await session.execute(query)]


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


__all__ = ["Customers", "Found", "Named", "call", "claim", "ids_after", "open_customers", "prove",
           "renew", "store_facts", "store_merge", "take_back_merge", "touch"]  # fmt: skip
