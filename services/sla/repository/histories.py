"""Histories of many tickets, page by page, for folding them under other promises."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    DateTime,
    Integer,
    Text,
    Uuid,
    bindparam,
    func,
    select,
)

from services.sla.domain.clocks import Outcome
from services.sla.domain.history import Step
from services.sla.repository.rows import STEP_COLUMNS, step_of
from services.sla.tables import clock, ticket_step
from shared.storage import ReadSession, constant, unnest

NEWEST = UUID(int=2**128 - 1)
"""Before the first page: ids begin with their time, so the newest tickets come first."""

RUNNING = constant(Outcome.RUNNING)

Histories = dict[UUID, list[Step]]

_tenant, _limit = bindparam("of_tenant", type_=Text), bindparam("limit", type_=Integer)
_below = bindparam("below", type_=Uuid)
_OPEN = (
    select(clock.c.ticket_id)
    .where(
        clock.c.tenant == _tenant,
        clock.c.ticket_id < _below,
        clock.c.outcome == RUNNING,
    )
    .group_by(clock.c.ticket_id)
    .order_by(clock.c.ticket_id.desc())
    .limit(_limit)
)
_RECENT = (
    select(ticket_step.c.ticket_id)
    .where(ticket_step.c.tenant == _tenant, ticket_step.c.ticket_id < _below)
    .group_by(ticket_step.c.ticket_id)
    .having(func.min(ticket_step.c.at) >= bindparam("since", type_=DateTime(timezone=True)))
    .order_by(ticket_step.c.ticket_id.desc())
    .limit(_limit)
)
_ids = unnest("given", ticket_id=Uuid)
_STEPS = select(*STEP_COLUMNS).join_from(
    _ids, ticket_step,
    (ticket_step.c.tenant == _tenant) & (ticket_step.c.ticket_id == _ids.c.ticket_id),
)  # fmt: skip


async def open_tickets(session: ReadSession, tenant: str, below: UUID, limit: int) -> Histories:
    """Tickets with a running clock, the newest first, those below an id."""
    return await _page(session, tenant, _OPEN, {"below": below, "limit": limit})


async def recent_tickets(
    session: ReadSession, tenant: str, below: UUID, limit: int, since: datetime
) -> Histories:
    """Tickets that began at `since` or later, the newest first, those below an id."""
    asked = {"below": below, "limit": limit, "since": since}
    return await _page(session, tenant, _RECENT, asked)


async def history(session: ReadSession, tenant: str, id: UUID) -> list[Step]:
    """Everything that happened to one ticket, as far as it is known; empty if nothing is."""
    asked = {"of_tenant": tenant, "ticket_id": [id]}
    return [step_of(row) for row in await session.execute(_STEPS, asked)]


async def _page(session: ReadSession, tenant: str, query: Any, asked: dict[str, Any]) -> Histories:
    ids: Sequence[UUID] = (
        (await session.execute(query, {"of_tenant": tenant, **asked})).scalars().all()
    )
    found: Histories = {id: [] for id in ids}
    for row in await session.execute(_STEPS, {"of_tenant": tenant, "ticket_id": list(ids)}):
        found[row.ticket_id].append(step_of(row))
    return found
