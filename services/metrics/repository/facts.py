"""Facts of tickets: one row each."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Text, Uuid, bindparam, delete, insert, select, tuple_, update
from sqlalchemy.dialects.postgresql import JSONB

from services.metrics.domain.tickets import Fact, Place, Step
from services.metrics.tables import fact
from shared.storage import Session, unnest

TicketKey = tuple[str, UUID]
"""Tenant and ticket id."""

_at = DateTime(timezone=True)
_keys = unnest("keys", tenant=Text, ticket_id=Uuid)
_LOCK = (
    select(fact)
    .join(_keys, (fact.c.tenant == _keys.c.tenant) & (fact.c.ticket_id == _keys.c.ticket_id))
    .order_by(fact.c.tenant, fact.c.ticket_id)
    .with_for_update(of=fact)
)
# An UPDATE takes parameters named like its columns for values to set: hence other names. The steps
# travel as text: an array of JSON lists would be taken for an array of more dimensions.
_given = unnest(
    "given", of_tenant=Text, of_ticket=Uuid, new_opened_at=_at, new_resolved_at=_at,
    new_replied_at=_at, new_steps=Text,
)  # fmt: skip
_VALUES = {
    "opened_at": _given.c.new_opened_at,
    "resolved_at": _given.c.new_resolved_at,
    "replied_at": _given.c.new_replied_at,
    "steps": _given.c.new_steps.cast(JSONB),
    "changed_at": bindparam("now", type_=_at),
}
_INSERT = insert(fact).from_select(
    ["tenant", "ticket_id", *_VALUES],
    select(_given.c.of_tenant, _given.c.of_ticket, *_VALUES.values()),
)
_UPDATE = (
    update(fact)
    .values(_VALUES)
    .where(fact.c.tenant == _given.c.of_tenant, fact.c.ticket_id == _given.c.of_ticket)
)
_key = (fact.c.tenant, fact.c.ticket_id)


class Facts:
    """The facts of tickets, in one transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def lock(self, keys: Collection[TicketKey]) -> dict[TicketKey, Fact]:
        """The facts there are, locked in the order of their keys until the transaction ends."""
        ordered = sorted(keys)
        rows = await self._session.execute(
            _LOCK, {"tenant": [key[0] for key in ordered], "ticket_id": [key[1] for key in ordered]}
        )
        return {(row.tenant, row.ticket_id): _fact(row) for row in rows}

    async def save(
        self, facts: Mapping[TicketKey, Fact], known: Collection[TicketKey], now: datetime
    ) -> None:
        """Store facts; those of `known` tickets replace the ones that were locked before.

        Raises a unique violation when a rival has stored a ticket that is not `known`.
        """
        new = {key: fact for key, fact in facts.items() if key not in known}
        old = {key: fact for key, fact in facts.items() if key in known}
        for statement, rows in ((_INSERT, new), (_UPDATE, old)):
            if rows:
                await self._session.execute(statement, _columns(rows) | {"now": now})

    async def forget(self, before: datetime, limit: int) -> int:
        """Delete up to `limit` facts that have not changed since `before`; returns how many."""
        old = select(*_key).where(fact.c.changed_at < before).limit(limit)
        return (await self._session.execute(delete(fact).where(tuple_(*_key).in_(old)))).rowcount


def _columns(facts: Mapping[TicketKey, Fact]) -> dict[str, list[Any]]:
    return {
        "of_tenant": [key[0] for key in facts],
        "of_ticket": [key[1] for key in facts],
        "new_opened_at": [one.opened_at for one in facts.values()],
        "new_resolved_at": [one.resolved_at for one in facts.values()],
        "new_replied_at": [one.replied_at for one in facts.values()],
        "new_steps": [_packed(one.steps) for one in facts.values()],
    }


def _fact(row: Any) -> Fact:
    steps = tuple(_step(packed) for packed in row.steps)
    return Fact(row.opened_at, row.resolved_at, row.replied_at, steps)


def _packed(steps: Sequence[Step]) -> str:
    rows = [(step.sequence, step.at.isoformat(), step.unsolved, *step.place) for step in steps]
    return json.dumps(rows, ensure_ascii=False)


def _step(packed: list[Any]) -> Step:
    sequence, at, unsolved, *place = packed
    return Step(sequence, datetime.fromisoformat(at), unsolved, Place(*place))
