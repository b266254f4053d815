"""Tickets whose customer has not been told the number yet; the ticket's lock guards its row."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, bindparam, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from services.router import tables
from services.router.domain.tickets import Ticket
from services.router.repository.columns import columns, given, same, taken
from services.router.repository.tickets import TICKET
from shared.storage import ReadSession, Session

_pending, _tickets = tables.acknowledgements, tables.tickets
_FIELDS = ("tenant", "ticket_id", "due_at")
_KEY = ("tenant", "ticket_id")

_new = given(_pending, _FIELDS)
_ADD = insert(_pending).from_select(_FIELDS, select(*taken(_new, _FIELDS)))

_of_ticket = and_(_tickets.c.tenant == _pending.c.tenant, _tickets.c.id == _pending.c.ticket_id)
_asked = given(_pending, _KEY)
_LOCK = (
    select(*TICKET)
    .join(_pending, _of_ticket)
    .join(_asked, same(_pending, _asked, *_KEY))
    .order_by(_tickets.c.tenant, _tickets.c.id)
    .with_for_update(of=_tickets)
)
_LOCK_DUE = (
    select(_pending.c.due_at, *TICKET)
    .join(_pending, _of_ticket)
    .where(_pending.c.due_at <= bindparam("now"))
    .order_by(_pending.c.due_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_REMOVE = delete(_pending).where(same(_pending, _asked, *_KEY)).returning(_pending.c.ticket_id)
_NEXT = select(func.min(_pending.c.due_at))


@dataclass(frozen=True, slots=True)
class Pending:
    """A ticket to be acknowledged at `due_at` at the latest."""

    tenant: str
    ticket_id: UUID
    due_at: datetime


class Acknowledgements:
    """The acknowledgements table, inside one transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def add(self, pending: Collection[Pending]) -> None:
        """Plans the acknowledgements of new tickets."""
        await self._session.execute(_ADD, columns(_FIELDS, pending))

    async def lock_tickets(self, keys: Collection[tuple[str, UUID]]) -> dict[UUID, Ticket]:
        """Locks those of the tickets (tenant, id) that have not been acknowledged."""
        rows = await self._session.execute(_LOCK, _bound(keys))
        return {ticket.id: ticket for ticket in (Ticket(*row) for row in rows)}

    async def lock_due(self, now: datetime, most: int) -> list[tuple[datetime, Ticket]]:
        """Locks up to `most` tickets whose time has come, with that time, the earliest first.

        What somebody else has locked is passed over: it is theirs, or comes next time.
        """
        rows = await self._session.execute(_LOCK_DUE, {"now": now, "most": most})
        return [(due_at, Ticket(*values)) for due_at, *values in rows]

    async def remove(self, keys: Collection[tuple[str, UUID]]) -> set[UUID]:
        """Ends the plans of locked tickets; returns the tickets that still had one."""
        rows = await self._session.execute(_REMOVE, _bound(keys))
        return set(rows.scalars())


async def next_due(session: ReadSession) -> datetime | None:
    """When the next acknowledgement must go out at the latest; None when none is planned."""
    due: datetime | None = await session.scalar(_NEXT)
    return due


def _bound(keys: Collection[tuple[str, UUID]]) -> dict[str, list[object]]:
    return {
        "g_tenant": [tenant for tenant, _ in keys],
        "g_ticket_id": [ticket_id for _, ticket_id in keys],
    }
