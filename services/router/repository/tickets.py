"""Tickets: locked by who knows them, numbered, made and saved."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ARRAY, Integer, Select, Text, Uuid, literal, select, true, update
from sqlalchemy.dialects.postgresql import array, insert

from services.router import tables
from services.router.domain.tickets import ACTIVE, Ticket
from services.router.repository.columns import columns, given, same, taken
from shared.storage import Session, unnest

FIELDS: Final = tuple(field.name for field in fields(Ticket))
TICKET: Final = tuple(tables.tickets.c[name] for name in FIELDS)
"""The columns that make a domain Ticket, in the order of its fields."""

_LISTS = ("conversation_ids", "tags")
_SCALARS = tuple(name for name in FIELDS if name not in _LISTS)
_FIXED = frozenset({"tenant", "id", "number", "channel", "opened_at", "follows"})
_MUTABLE = tuple(name for name in _SCALARS if name not in _FIXED)
_KEY = ("tenant", "id")

_tickets, _counters = tables.tickets, tables.ticket_counters

# An array of arrays cannot be unnested by rows; a new ticket has one conversation and no tags.
_new = given(_tickets, _SCALARS, conversation=Uuid)
_INSERT = insert(_tickets).from_select(
    [*_LISTS, *_SCALARS],
    select(array([_new.c.conversation]), literal([], ARRAY(Text)), *taken(_new, _SCALARS)),
)

_saved = given(_tickets, (*_KEY, *_MUTABLE))
_SAVE = (
    update(_tickets)
    .where(same(_tickets, _saved, *_KEY))
    .values(dict(zip(_MUTABLE, taken(_saved, _MUTABLE), strict=True)))
)

_key = given(_tickets, _KEY)
_OF_KEYS = (
    select(*TICKET)
    .join(_key, same(_tickets, _key, *_KEY))
    .order_by(_tickets.c.tenant, _tickets.c.id)
    .with_for_update(of=_tickets)
)

_ask = unnest("ask", tenant=Text, queue=Text, channel=Text, most=Integer)
_first = (
    select(*TICKET)
    .where(_tickets.c.tenant == _ask.c.tenant, _tickets.c.queue == _ask.c.queue)
    .where(_tickets.c.channel == _ask.c.channel)
    .order_by(_tickets.c.rank, _tickets.c.waiting_since, _tickets.c.number)
    .limit(_ask.c.most)
    .with_for_update(skip_locked=True)
    .lateral("first")
)
_WAITING = select(*_first.c).select_from(_ask.join(_first, true()))

_count = given(_counters, ("tenant", "last_number"))
_insert_count = insert(_counters)
_NUMBER = (
    _insert_count.from_select(
        ["tenant", "last_number"],
        select(*taken(_count, ("tenant", "last_number"))).order_by(_count.c.g_tenant),
    )
    .on_conflict_do_update(
        index_elements=["tenant"],
        set_={"last_number": _counters.c.last_number + _insert_count.excluded.last_number},
    )
    .returning(_counters.c.tenant, _counters.c.last_number)
)


@dataclass(frozen=True, slots=True)
class Ask:
    """The first `most` tickets of one channel in one queue."""

    tenant: str
    queue: str
    channel: str
    most: int


class Tickets:
    """The tickets table, inside one transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def lock(self, keys: Collection[tuple[str, UUID]]) -> dict[UUID, Ticket]:
        """Locks and returns those of the tickets (tenant, id) that exist, by id."""
        if not keys:
            return {}
        tenants, ids = zip(*sorted(set(keys)), strict=True)
        return await self._by_id(_OF_KEYS, {"g_tenant": list(tenants), "g_id": list(ids)})

    async def lock_held_by(self, tenant: str, agent_id: UUID) -> dict[UUID, Ticket]:
        """Locks and returns the active tickets that an agent has."""
        query = (
            select(*TICKET)
            .where(_tickets.c.tenant == tenant, _tickets.c.assignee == agent_id)
            .where(_tickets.c.status.in_(sorted(ACTIVE)))
            .order_by(_tickets.c.id)
            .with_for_update()
        )
        return await self._by_id(query)

    async def lock_waiting(self, asks: Collection[Ask]) -> dict[UUID, Ticket]:
        """Locks the first tickets of those queues, passing over any that somebody has locked.

        Tickets are locked before queues, and the caller has the queues: waiting here could be for
        ever. Whoever has a waiting ticket locked comes for the queue next and hands it out then.
        """
        bound = columns(("tenant", "queue", "channel", "most"), asks, prefix="")
        return await self._by_id(_WAITING, bound)

    async def number(self, opened: Sequence[Ticket]) -> None:
        """Gives new tickets their numbers: unique and rising within each tenant."""
        wanted: dict[str, int] = {}
        for ticket in opened:
            wanted[ticket.tenant] = wanted.get(ticket.tenant, 0) + 1
        rows = await self._session.execute(
            _NUMBER, {"g_tenant": list(wanted), "g_last_number": list(wanted.values())}
        )
        next_number = {tenant: last - wanted[tenant] + 1 for tenant, last in rows}
        for ticket in opened:
            ticket.number = next_number[ticket.tenant]
            next_number[ticket.tenant] += 1

    async def insert(self, opened: Iterable[Ticket]) -> None:
        """Stores new tickets, each with its one conversation."""
        rows = list(opened)
        conversations = [ticket.conversation_ids[0] for ticket in rows]
        await self._session.execute(
            _INSERT, columns(_SCALARS, rows) | {"conversation": conversations}
        )

    async def save(self, changed: Iterable[Ticket]) -> None:
        """Stores the present state of locked tickets."""
        rows = list(changed)
        if rows:
            await self._session.execute(_SAVE, columns((*_KEY, *_MUTABLE), rows))

    async def _by_id(
        self, query: Select[Any], parameters: Mapping[str, Any] | None = None
    ) -> dict[UUID, Ticket]:
        rows = await self._session.execute(query, parameters)
        return {ticket.id: ticket for ticket in (Ticket(*row) for row in rows)}
