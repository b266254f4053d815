"""What people wrote leaves the engine's tables: events that wait, parked records, stored answers.

For erasure (DESIGN §5): the text goes, and with it the event that nobody has been told of yet.
"""

from collections.abc import Collection
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    LargeBinary,
    Table,
    Text,
    Update,
    bindparam,
    delete,
    exists,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY

from shared.messaging import tables
from shared.storage.sessions import Session

ERASED: Final = "erased"
"""The detail of a parked record whose bytes are gone."""

_keys = bindparam("keys", type_=ARRAY(LargeBinary))
_patterns = select(
    func.unnest(bindparam("patterns", type_=ARRAY(Text)), type_=Text).label("it")
).subquery("given")


async def forget_keys(session: Session, tenant: str, keys: Collection[str]) -> None:
    """Removes a tenant's waiting events under these Kafka keys, and the bytes of parked records.

    A key may be another tenant's too, such as a telephone number: what is theirs stays. A parked
    record that says of no tenant is emptied: it can be applied for nobody.
    """
    if not keys:
        return
    given = {"keys": [key.encode() for key in sorted(keys)]}
    for table in (tables.outbox, tables.outbox_refused):
        named = table.c.key == func.any(_keys)
        await session.execute(delete(table).where(_is_of(table, tenant), named), given)
    parked = tables.parked
    theirs = or_(parked.c.tenant == tenant, parked.c.tenant.is_(None))
    await session.execute(_blanked().where(theirs, parked.c.key == func.any(_keys)), given)


async def forget_values(session: Session, tenant: str, values: Collection[str]) -> None:
    """Removes what names one of these values, such as a mail address, in a tenant's records.

    Waiting events, the bytes of parked records, answers kept for Idempotency-Keys; upper and lower
    case are one. A longer address that contains one of them is somebody else's and stays. It reads
    them all: they are few, or short-lived.
    """
    if not values:
        return
    given = {"patterns": [_pattern(value) for value in sorted(values)]}
    for table in (tables.outbox, tables.outbox_refused):
        named = _names(table.c.payload)
        await session.execute(delete(table).where(_is_of(table, tenant), named), given)
    parked = tables.parked
    named = or_(_names(parked.c.value), _names(parked.c.key))
    await session.execute(_blanked().where(parked.c.tenant == tenant, named), given)
    answers = tables.idempotency_key
    query = delete(answers).where(answers.c.tenant == tenant, _names(answers.c.body))
    await session.execute(query, given)


async def forget_states(session: Session, topic: str, keys: Collection[str]) -> None:
    """Empties the latest state of these keys of a compacted topic."""
    state = tables.compacted_state
    query = update(state).where(state.c.topic == topic, state.c.key.in_(sorted(keys)))
    await session.execute(query.values(data={}))


def _is_of(outbox: Table, tenant: str) -> ColumnElement[bool]:
    """Whether a waiting event is the tenant's, as its headers say."""
    return outbox.c.headers.contains(f'["ce_tenant","{tenant}"]', autoescape=True)


def _names(column: ColumnElement[Any]) -> ColumnElement[bool]:
    # Bytes beyond ASCII become \ooo, so that whatever was parked can be searched as text.
    plain = func.lower(func.encode(column, "escape"))
    return exists().where(plain.op("~")(_patterns.c.it))


def _pattern(value: str) -> str:
    """A regular expression of PostgreSQL that finds `value` as a whole in `encode(…, 'escape')`.

    A line break before it counts as a limit, also as JSON writes one (a backslash and a letter).
    """
    octets = value.lower().encode("utf-8", "surrogatepass")
    plain = "".join(_escaped(octet) for octet in octets)
    before = r"(?:(?<![a-z0-9._%+@-])|(?<=\\\\[bfnrt]))"
    return f"{before}{plain}(?![a-z0-9_@-]|\\.[a-z0-9])"


def _escaped(octet: int) -> str:
    """One byte as `encode` writes it, each character of that as a regular expression."""
    if octet == 0 or octet > 127:
        return rf"\\{octet:03o}"
    character = chr(octet)
    if character == "\\":
        return r"\\\\"
    return character if character.isalnum() else f"\\{character}"


def _blanked() -> Update:
    return update(tables.parked).values(value=None, headers=[], detail=ERASED)
