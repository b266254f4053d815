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
    """The tickets of these conversations, and those that they follow; locked."""
    newest = select(_conversations.c.ticket_id.label("id")).where(
        _conversations.c.tenant == tenant, _conversations.c.conversation_id.in_(conversations)
    )
    chain = newest.cte("chain", recursive=True)
    chain = chain.union(
        select(_tickets.c.follows)
        .join(chain, _tickets.c.id == chain.c.id)
        .where(_tickets.c.tenant == tenant, _tickets.c.follows.is_not(None))
    )
    query = select(_tickets.c.id).where(
        _tickets.c.tenant == tenant, _tickets.c.id.in_(select(chain.c.id))
    )
    return list(await session.scalars(query.order_by(_tickets.c.id).with_for_update()))


async def forget_customers(session: Session, tenant: str, ids: Collection[UUID]) -> None:
    """Empties who the customer of these locked tickets is, and the subject, in their words."""
    mine = _tickets.c.tenant == tenant, _tickets.c.id.in_(ids)
    gone = {"subject": "", "customer_name": None, "customer_address": None}
    await session.execute(update(_tickets).where(*mine).values(gone))


async def forget_entries(session: Session, tenant: str, ids: Collection[UUID]) -> None:
    """Empties all that was written on these locked tickets: answers and notes."""
    mine = _entries.c.tenant == tenant, _entries.c.ticket_id.in_(ids)
    gone = {"text": "", "html": None, "delivery_reason": None}
    await session.execute(update(_entries).where(*mine).values(gone))
