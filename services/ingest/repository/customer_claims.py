"""New customers and new identities in PostgreSQL, each made once."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    Boolean,
    DateTime,
    Text,
    Uuid,
    bindparam,
    literal,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from services.ingest.domain.customers import Customer, Identity
from services.ingest.repository.customers import Named
from services.ingest.tables.customers import customer as customers
from services.ingest.tables.customers import customer_identity as identities
from shared.storage import Session, unnest

_at = DateTime(timezone=True)
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
