"""What is known of tickets: locked, loaded and saved for a whole batch at once."""

from collections.abc import Collection, Iterable
from itertools import chain
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    Integer,
    SmallInteger,
    Text,
    Uuid,
    cast,
    delete,
    literal,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, insert

from services.sla.domain.ticket import Ticket
from services.sla.repository.rows import (
    CLOCK_COLUMNS,
    STEP_COLUMNS,
    clock_of,
    clock_rows,
    gone_json,
    gone_of,
    gone_rows,
    lists,
    step_of,
    step_rows,
)
from services.sla.tables import clock, ticket, ticket_step
from shared.storage import ReadSession, Session, unnest

TicketKey = tuple[str, UUID]
"""Tenant and ticket id."""

_at = DateTime(timezone=True)
_keys = unnest("given", tenant=Text, ticket_id=Uuid)

_new = insert(ticket).from_select(
    ["tenant", "ticket_id", "version"],
    select(_keys.c.tenant, _keys.c.ticket_id, literal(0)).order_by(
        _keys.c.tenant, _keys.c.ticket_id
    ),
)
# An update that changes nothing locks a row that exists, in the order given: new tickets and known
# ones in one statement, whoever else makes them at the same time.
_LOCK = _new.on_conflict_do_update(
    index_elements=["tenant", "ticket_id"], set_={"version": ticket.c.version}
).returning(
    ticket.c.tenant, ticket.c.ticket_id, ticket.c.version, ticket.c.checked_set, ticket.c.gone
)  # fmt: skip

_VERSION = select(ticket.c.version).join_from(
    _keys, ticket,
    (ticket.c.tenant == _keys.c.tenant) & (ticket.c.ticket_id == _keys.c.ticket_id),
)  # fmt: skip
_STEPS = select(*STEP_COLUMNS).join_from(
    _keys, ticket_step,
    (ticket_step.c.tenant == _keys.c.tenant) & (ticket_step.c.ticket_id == _keys.c.ticket_id),
)  # fmt: skip
_CLOCKS = select(*CLOCK_COLUMNS).join_from(
    _keys, clock,
    (clock.c.tenant == _keys.c.tenant) & (clock.c.ticket_id == _keys.c.ticket_id),
)  # fmt: skip

_KEY = ("tenant", "ticket_id", "kind", "generation")


def _typed(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """JSON travels as text."""
    return cast(column, JSONB).label("facts") if column.key == "facts" else column


_steps = unnest(
    "given", tenant=Text, ticket_id=Uuid, sequence=BigInteger, what=Text, at=_at, priority=Text,
    team=Text, facts=Text, ref=Uuid,
)  # fmt: skip
_ADD_STEPS = insert(ticket_step).from_select(_steps.c.keys(), select(*map(_typed, _steps.c)))
_clocks = unnest(
    "given", tenant=Text, ticket_id=Uuid, kind=Text, generation=BigInteger, policy=Text,
    priority=Text, team=Text, target_seconds=Integer, started_at=_at, due_soon_at=_at, due_at=_at,
    outcome=Text, ended_at=_at, stage=SmallInteger, retargets=Integer, retargeted_at=_at,
    paused_at=_at, elapsed_seconds=Integer, policy_id=Text, set_version=Integer, calendar=Text,
    calendar_version=Integer, warn_seconds=Integer, past=Text, withdrawals=Integer,
    facts=Text, next_at=_at,
)  # fmt: skip
_put = insert(clock).from_select(_clocks.c.keys(), select(*map(_typed, _clocks.c)))
_PUT_CLOCKS = _put.on_conflict_do_update(
    index_elements=list(_KEY),
    set_={name: _put.excluded[name] for name in _clocks.c.keys() if name not in _KEY},  # noqa: SIM118
)
_gone = unnest("given", tenant=Text, ticket_id=Uuid, kind=Text, generation=BigInteger)
_DROP = delete(clock).where(*(clock.c[name] == _gone.c[name] for name in _KEY))
# In an UPDATE a parameter may not be called like a column.
_versions = unnest(
    "given", of_tenant=Text, of_ticket=Uuid, to_version=BigInteger, to_set=Integer, to_gone=Text
)  # fmt: skip
_SET_VERSIONS = (
    update(ticket)
    .values(
        version=_versions.c.to_version,
        checked_set=_versions.c.to_set,
        gone=cast(_versions.c.to_gone, JSONB),
    )
    .where(ticket.c.tenant == _versions.c.of_tenant, ticket.c.ticket_id == _versions.c.of_ticket)
)


class Tickets:
    """The tickets of all tenants, for changing them in the transaction of `session`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def lock(self, keys: Collection[TicketKey]) -> dict[TicketKey, Ticket]:
        """The tickets with their histories and clocks, locked; unknown ones are made, empty."""
        given = lists(_keys.c.keys(), sorted(keys))
        locked = await self._session.execute(_LOCK, given)
        tickets = {
            (tenant, id): Ticket(
                tenant, id, version, checked_set=checked, gone_announced=gone_of(gone)
            )
            for tenant, id, version, checked, gone in locked
        }
        for row in await self._session.execute(_STEPS, given):
            step = step_of(row)
            tickets[row.tenant, row.ticket_id].history[step.place] = step
        for row in await self._session.execute(_CLOCKS, given):
            found, owner = clock_of(row), tickets[row.tenant, row.ticket_id]
            owner.clocks[found.key] = found
            if found.decided:
                owner.decided_clocks.add(found.key)
        return tickets

    async def save(self, tickets: Iterable[Ticket]) -> None:
        """Stores what the history of locked tickets has changed."""
        tickets = list(tickets)
        grown = [each for each in tickets if each.new_steps]
        moved = [each for each in tickets if each.moved_clocks]
        if gone := [row for each in tickets for row in gone_rows(each)]:
            await self._session.execute(_DROP, lists(_gone.c.keys(), gone))
        if grown:
            rows = chain.from_iterable(map(step_rows, grown))
            await self._session.execute(_ADD_STEPS, lists(_steps.c.keys(), rows))
        if moved:
            rows = chain.from_iterable(map(clock_rows, moved))
            await self._session.execute(_PUT_CLOCKS, lists(_clocks.c.keys(), rows))
        if moved or gone or any(each.waits_for_set() != each.checked_set for each in tickets):
            versions = [
                (each.tenant, each.id, each.version, each.waits_for_set(), gone_json(each))
                for each in tickets
            ]
            await self._session.execute(_SET_VERSIONS, lists(_versions.c.keys(), versions))


async def find(session: ReadSession, tenant: str, id: UUID) -> Ticket | None:
    """A ticket with its clocks and without its history; None if it is not known."""
    given = {"tenant": [tenant], "ticket_id": [id]}
    version = await session.scalar(_VERSION, given)
    if version is None:
        return None
    clocks = [clock_of(row) for row in await session.execute(_CLOCKS, given)]
    return Ticket(tenant, id, version, clocks={each.key: each for each in clocks})
