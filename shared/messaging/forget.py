"""What people wrote leaves the engine's tables: events that wait, parked records, stored answers.

For erasure (DESIGN §5): the text goes, and with it the event that nobody has been told of yet.
"""

from collections.abc import Collection
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    LargeBinary,
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


async def forget_keys(session: Session, keys: Collection[str]) -> None:
    """Removes waiting events under these Kafka keys, and the bytes of records parked under them."""
    if not keys:
        return
    given = {"keys": [key.encode() for key in sorted(keys)]}
    for table in (tables.outbox, tables.outbox_refused):
        await session.execute(delete(table).where(table.c.key == func.any(_keys)), given)
    await session.execute(_blanked().where(tables.parked.c.key == func.any(_keys)), given)


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
        theirs = table.c.headers.contains(f'["ce_tenant","{tenant}"]', autoescape=True)
        await session.execute(delete(table).where(theirs, _names(table.c.payload)), given)
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
