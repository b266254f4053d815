"""What the API shows: reads that lock nothing and change nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select

from services.router import tables
from services.router.domain.entries import Entry
from services.router.domain.people import Profile
from services.router.domain.promises import Clock, Suggestion
from services.router.domain.tickets import Ticket
from services.router.repository.agents import PROFILE, profile_of
from services.router.repository.tickets import TICKET
from shared.storage import ReadSession

_tickets, _agents, _conversations = tables.tickets, tables.agents, tables.conversations
_ENTRY: Final = tuple(tables.entries.c[field.name] for field in fields(Entry))
_CLOCK: Final = tuple(tables.clocks.c[field.name] for field in fields(Clock))
_SUGGESTION: Final = tuple(tables.suggestions.c[field.name] for field in fields(Suggestion))


@dataclass(frozen=True, slots=True)
class Filter:
    """Which tickets are asked for; None asks for any."""

    status: str | None = None
    team: str | None = None
    assignee: UUID | None = None
    conversation_id: UUID | None = None


async def ticket_page(
    session: ReadSession, tenant: str, wanted: Filter, before: int | None, limit: int
) -> list[Ticket]:
    """The newest tickets with a number below `before`, the highest number first."""
    query = select(*TICKET).where(_tickets.c.tenant == tenant, *_conditions(wanted))
    if before is not None:
        query = query.where(_tickets.c.number < before)
    if wanted.conversation_id is not None:
        # The ticket that the conversation leads to now; a closed one before it is its `follows`.
        found = select(_conversations.c.ticket_id).where(
            _conversations.c.tenant == tenant,
            _conversations.c.conversation_id == wanted.conversation_id,
        )
        query = query.where(_tickets.c.id == found.scalar_subquery())
    rows = await session.execute(query.order_by(_tickets.c.number.desc()).limit(limit))
    return [Ticket(*row) for row in rows]


async def ticket(session: ReadSession, tenant: str, id: UUID) -> Ticket | None:
    """One ticket by its id."""
    return await _one(session, and_(_tickets.c.tenant == tenant, _tickets.c.id == id))


async def ticket_by_number(session: ReadSession, tenant: str, number: int) -> Ticket | None:
    """One ticket by its number."""
    return await _one(session, and_(_tickets.c.tenant == tenant, _tickets.c.number == number))


async def entries(session: ReadSession, ticket: Ticket) -> list[Entry]:
    """All that was said on the ticket, in order."""
    table = tables.entries
    query = (
        select(*_ENTRY)
        .where(table.c.tenant == ticket.tenant, table.c.ticket_id == ticket.id)
        .order_by(table.c.position)
    )
    return [Entry(*row) for row in await session.execute(query)]


async def clocks(session: ReadSession, ticket: Ticket) -> list[Clock]:
    """The ticket's clocks, as heard from sla: by kind, the latest of a kind last."""
    table = tables.clocks
    query = (
        select(*_CLOCK)
        .where(table.c.tenant == ticket.tenant, table.c.ticket_id == ticket.id)
        .order_by(table.c.kind, table.c.generation)
    )
    return [Clock(*row) for row in await session.execute(query)]


async def suggestion(session: ReadSession, ticket: Ticket) -> Suggestion | None:
    """The articles last suggested for the ticket."""
    table = tables.suggestions
    query = select(*_SUGGESTION).where(
        table.c.tenant == ticket.tenant, table.c.ticket_id == ticket.id
    )
    row = (await session.execute(query)).first()
    return None if row is None else Suggestion(*row)


async def agent_page(
    session: ReadSession, tenant: str, after: UUID | None, limit: int
) -> list[Profile]:
    """A tenant's agents by id, those after `after`."""
    query = select(*PROFILE).where(_agents.c.tenant == tenant)
    if after is not None:
        query = query.where(_agents.c.id > after)
    rows = await session.execute(query.order_by(_agents.c.id).limit(limit))
    return [profile_of(row) for row in rows]


async def agent(session: ReadSession, tenant: str, id: UUID) -> Profile | None:
    """An agent of the tenant; None for an id that is not theirs."""
    query = select(*PROFILE).where(_agents.c.tenant == tenant, _agents.c.id == id)
    row = (await session.execute(query)).first()
    return None if row is None else profile_of(row)


def _conditions(wanted: Filter) -> Sequence[ColumnElement[bool]]:
    asked = {
        _tickets.c.status: wanted.status,
        _tickets.c.team: wanted.team,
        _tickets.c.assignee: wanted.assignee,
    }
    return [column == value for column, value in asked.items() if value is not None]


async def _one(session: ReadSession, condition: ColumnElement[bool]) -> Ticket | None:
    row = (await session.execute(select(*TICKET).where(condition))).first()
    return None if row is None else Ticket(*row)
