"""Taking what erased customers said, and who they were, out of tickets and their entries."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select, update

from services.router import tables
from shared.storage import Session

_tickets, _entries, _conversations = tables.tickets, tables.entries, tables.conversations


async def lock_tickets_of(
    session: Session, tenant: str, conversations: Collection[UUID]
) -> list[UUID]:
    """The tickets that these conversations belong to, locked."""
    ids = select(_conversations.c.ticket_id).where(
        _conversations.c.tenant == tenant, _conversations.c.conversation_id.in_(conversations)
    )
    follow = select(_tickets.c.id).where(
        _tickets.c.tenant == tenant,
        _tickets.c.id.in_(ids)
        | _tickets.c.id.in_(
            # A conversation leads to its newest ticket; those before have it in their entries.
            select(_entries.c.ticket_id).where(
                _entries.c.tenant == tenant, _entries.c.conversation_id.in_(conversations)
            )
        ),
    )
    return list(await session.scalars(follow.order_by(_tickets.c.id).with_for_update()))


async def forget_tickets(session: Session, tenant: str, ids: Collection[UUID]) -> None:
    """Empties subject, customer and all that was written on these locked tickets, notes too."""
    mine = _tickets.c.tenant == tenant, _tickets.c.id.in_(ids)
    gone = {"subject": "", "customer_name": None, "customer_address": None}
    await session.execute(update(_tickets).where(*mine).values(gone))
    theirs = _entries.c.tenant == tenant, _entries.c.ticket_id.in_(ids)
    await session.execute(update(_entries).where(*theirs).values(_EMPTY))


async def forget_messages(session: Session, tenant: str, references: Collection[UUID]) -> None:
    """Empties the entries of these messages, in tickets with others."""
    mine = _entries.c.tenant == tenant, _entries.c.reference.in_(references)
    await session.execute(update(_entries).where(*mine).values(_EMPTY))


_EMPTY = {"text": "", "html": None, "delivery_reason": None}
