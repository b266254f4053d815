"""The tickets that customers may name in a subject, and their conversations."""

from collections.abc import Collection, Mapping
from uuid import UUID

from sqlalchemy import BigInteger, Text, Uuid, select
from sqlalchemy.dialects.postgresql import insert

from services.ingest.tables import ticket_number as numbers
from shared.storage import ReadSession, Session, unnest

Key = tuple[str, int]
"""(tenant, ticket number)."""

_given = unnest("given", tenant=Text, number=BigInteger, conversation_id=Uuid)
_KEEP = (
    insert(numbers)
    .from_select(
        ["tenant", "number", "conversation_id"],
        select(_given).order_by(_given.c.tenant, _given.c.number),
    )
    .on_conflict_do_nothing()
)
_keys = unnest("keys", tenant=Text, number=BigInteger)
_FIND = select(numbers).join(
    _keys, (numbers.c.tenant == _keys.c.tenant) & (numbers.c.number == _keys.c.number)
)


class TicketNumbers:
    """The tickets of all tenants by number."""

    def __init__(self, session: ReadSession) -> None:
        self._session = session

    async def find(self, keys: Collection[Key]) -> dict[Key, UUID]:
        """The conversation that each of those tickets was opened by, or first answered in."""
        if not keys:
            return {}
        tenants, given = zip(*keys, strict=True)
        rows = await self._session.execute(_FIND, {"tenant": list(tenants), "number": list(given)})
        return {(row.tenant, row.number): row.conversation_id for row in rows}


async def keep_ticket_numbers(session: Session, given: Mapping[Key, UUID]) -> None:
    """Remembers tickets; one that is known already stays as it is."""
    if given:
        columns = {
            "tenant": [tenant for tenant, _ in given],
            "number": [number for _, number in given],
            "conversation_id": list(given.values()),
        }
        await session.execute(_KEEP, columns)
