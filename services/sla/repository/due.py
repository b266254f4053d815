"""The timer's work list: clocks whose warning or breach has come due."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import chain

from sqlalchemy import (
    BigInteger,
    DateTime,
    Integer,
    SmallInteger,
    Text,
    Uuid,
    bindparam,
    exists,
    func,
    or_,
    select,
    update,
)

from services.sla import tables
from services.sla.domain.clocks import Clock
from services.sla.domain.compliance import ClockId, ClosedClock
from services.sla.domain.reading import UNHEARD_FOR, UNREAD_FOR
from services.sla.domain.ticket import Ticket
from services.sla.repository.decisions import KEEP, decision_lists
from services.sla.repository.rows import CLOCK_COLUMNS, clock_of, lists, stage_rows
from services.sla.repository.tickets import TicketKey
from shared.storage import ReadSession, Session, unnest

_clock, _ticket, _reading = tables.clock, tables.ticket, tables.reading
# Ticket and clock are both locked, in this order, and read again under the lock: a clock that was
# stopped a moment ago no longer matches. What another transaction holds is left for the next round,
# so that the timer never waits for a lock and cannot be part of a deadlock.
_now = bindparam("now", type_=DateTime(timezone=True))
# As Reading.spell has it; asked in the same statement, since it is asked in every round.
_behind = exists().where(
    _reading.c.topic == bindparam("topic", type_=Text),
    or_(
        _reading.c.oldest_unread_at < _now - UNREAD_FOR, _reading.c.updated_at < _now - UNHEARD_FOR
    ),
)
_CLAIM = (
    select(*CLOCK_COLUMNS, _ticket.c.version, _behind)
    .join_from(
        _ticket, _clock,
        (_ticket.c.tenant == _clock.c.tenant) & (_ticket.c.ticket_id == _clock.c.ticket_id),
    )
    .where(_clock.c.next_at <= _now)
    .order_by(_clock.c.next_at)
    .limit(bindparam("limit", type_=Integer))
    .with_for_update(skip_locked=True, of=(_ticket, _clock))
)  # fmt: skip
# In an UPDATE a parameter may not be called like a column.
_given = unnest(
    "given", of_tenant=Text, of_ticket=Uuid, of_kind=Text, of_generation=BigInteger,
    to_stage=SmallInteger, to_next=DateTime(timezone=True), to_version=BigInteger,
)  # fmt: skip
_moved = select(_given).cte("moved")
_latest = (
    select(_moved.c.of_tenant, _moved.c.of_ticket, func.max(_moved.c.to_version).label("version"))
    .group_by(_moved.c.of_tenant, _moved.c.of_ticket)
    .subquery("latest")
)
_counted = (
    update(_ticket)
    .values(version=_latest.c.version)
    .where(_ticket.c.tenant == _latest.c.of_tenant, _ticket.c.ticket_id == _latest.c.of_ticket)
    .cte("counted")
)
_MOVE = (
    update(_clock)
    .values(
        stage=_moved.c.to_stage,
        next_at=_moved.c.to_next,
    )
    .where(
        _clock.c.tenant == _moved.c.of_tenant, _clock.c.ticket_id == _moved.c.of_ticket,
        _clock.c.kind == _moved.c.of_kind, _clock.c.generation == _moved.c.of_generation,
    )
    .add_cte(_counted)
)  # fmt: skip
_MOVE_AND_KEEP = _MOVE.add_cte(KEEP.cte("kept"))
_NEXT = select(func.min(_clock.c.next_at)).where(_clock.c.next_at.is_not(None))


async def claim(
    session: Session, now: datetime, limit: int, topic: str
) -> tuple[list[tuple[Ticket, Clock]], bool]:
    """The longest due clocks, each locked together with its ticket.

    And whether the reading of a partition of the topic is behind.
    """
    tickets: dict[TicketKey, Ticket] = {}
    claimed, behind = [], False
    for row in await session.execute(_CLAIM, {"now": now, "limit": limit, "topic": topic}):
        tenant, id, *_, version, behind = row
        if (ticket := tickets.get((tenant, id))) is None:
            ticket = tickets[tenant, id] = Ticket(tenant, id, version)
        claimed.append((ticket, clock_of(row)))
    return claimed, behind


async def move(
    session: Session, tickets: Iterable[Ticket], decided: Mapping[ClockId, ClosedClock]
) -> None:
    """Stores how far claimed clocks have come, what was announced of their tickets, and what that
    has decided: in one statement, since there is one in every round.
    """
    given = lists(_given.c.keys(), chain.from_iterable(map(stage_rows, tickets)))
    if decided:
        await session.execute(_MOVE_AND_KEEP, given | decision_lists(decided))
    else:
        await session.execute(_MOVE, given)


async def next_due(session: ReadSession) -> datetime | None:
    """When the next clock has something to announce; None when none has."""
    found: datetime | None = await session.scalar(_NEXT)
    return found
