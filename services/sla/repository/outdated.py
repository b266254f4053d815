"""Tickets that were last checked against something that is no longer promised."""

from sqlalchemy import Integer, bindparam, func, select, true, tuple_, union

from services.sla.repository.histories import RUNNING
from services.sla.repository.tickets import TicketKey
from services.sla.tables import calendar, clock, policy_set, ticket
from shared.storage import Session, constant

_latest_set = (
    select(policy_set.c.tenant, func.max(policy_set.c.version).label("version"))
    .group_by(policy_set.c.tenant)
    .subquery()
)
_latest_calendar = (
    select(calendar.c.tenant, calendar.c.id, func.max(calendar.c.version).label("version"))
    .where(calendar.c.document.is_not(None))
    .group_by(calendar.c.tenant, calendar.c.id)
    .subquery()
)
_limit = bindparam("limit", type_=Integer)
_of_sets = (
    select(clock.c.tenant, clock.c.ticket_id)
    .join(
        _latest_set,
        (clock.c.tenant == _latest_set.c.tenant) & (clock.c.set_version < _latest_set.c.version),
    )
    .where(clock.c.outcome == RUNNING)
    .limit(_limit)
)
_of_calendars = (
    select(clock.c.tenant, clock.c.ticket_id)
    .join(
        _latest_calendar,
        (clock.c.tenant == _latest_calendar.c.tenant)
        & (clock.c.calendar == _latest_calendar.c.id)
        & (clock.c.calendar_version < _latest_calendar.c.version),
    )
    .where(clock.c.outcome == RUNNING, clock.c.calendar != constant(""))
    .limit(_limit)
)
# No clock of theirs runs, but something is owed that the new set may promise. Asked by tenant and
# in the order of the index, so that those that know the latest set are not looked at.
_waiting = (
    select(ticket.c.tenant, ticket.c.ticket_id)
    .where(ticket.c.tenant == _latest_set.c.tenant, ticket.c.checked_set < _latest_set.c.version)
    .order_by(ticket.c.tenant, ticket.c.checked_set)
    .limit(_limit)
    .lateral()
)
_of_waiting = select(_waiting).select_from(_latest_set).join(_waiting, true()).limit(_limit)
_found = union(_of_sets, _of_calendars, _of_waiting).subquery()
# What a consumer or a rival holds is left for the next round: who holds it checks it as well.
_OUTDATED = (
    select(ticket.c.tenant, ticket.c.ticket_id)
    .where(tuple_(ticket.c.tenant, ticket.c.ticket_id).in_(select(_found)))
    .order_by(ticket.c.tenant, ticket.c.ticket_id)
    .limit(_limit)
    .with_for_update(skip_locked=True)
)


async def outdated(session: Session, limit: int) -> list[TicketKey]:
    """Up to `limit` of them, locked."""
    return [(tenant, id) for tenant, id in await session.execute(_OUTDATED, {"limit": limit})]
