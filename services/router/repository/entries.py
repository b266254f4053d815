"""What was said on tickets: customers' messages by reference, answers, acknowledgements, notes."""

from collections.abc import Collection
from dataclasses import fields
from typing import Final
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from services.router import tables
from services.router.domain.entries import Delivery, Entry
from services.router.repository.columns import columns, given, same, taken
from shared.storage import Session

_entries = tables.entries
_FIELDS: Final = tuple(field.name for field in fields(Entry))
ENTRY: Final = tuple(_entries.c[name] for name in _FIELDS)
"""The columns that make a domain Entry, in the order of its fields."""

_new = given(_entries, _FIELDS)
_INSERT = insert(_entries).from_select(_FIELDS, select(*taken(_new, _FIELDS)))

_KEY = ("tenant", "ticket_id", "reference")
_OUTCOME = ("delivery", "delivered_at", "delivery_reason")
_outcome = given(_entries, (*_KEY, *_OUTCOME))
_SETTLE = (
    update(_entries)
    .where(same(_entries, _outcome, *_KEY))
    .values(dict(zip(_OUTCOME, taken(_outcome, _OUTCOME), strict=True)))
    .returning(_entries.c.reference, _entries.c.kind)
)


class Entries:
    """The entries table, inside one transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def add(self, entries: Collection[Entry]) -> None:
        """Stores new entries of locked tickets."""
        await self._session.execute(_INSERT, columns(_FIELDS, entries))

    async def settle(self, deliveries: Collection[Delivery]) -> dict[UUID, str]:
        """Stores what became of answers; returns the kinds of those that exist, by request id."""
        rows = await self._session.execute(_SETTLE, columns((*_KEY, *_OUTCOME), deliveries))
        return {reference: kind for reference, kind in rows}
