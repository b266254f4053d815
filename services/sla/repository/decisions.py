"""Decisions about promises, from when they are taken until the report has counted them."""

from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import (
    BigInteger,
    Integer,
    Text,
    Uuid,
    bindparam,
    cast,
    delete,
    func,
    insert,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB

from services.sla.domain.compliance import ClockId, ClosedClock
from services.sla.repository.rows import lists
from services.sla.tables import decision
from shared.storage import Session, unnest

_encode = msgspec.json.Encoder().encode
_KEY = ("tenant", "ticket_id", "kind", "generation")
# Not called like the columns: KEEP is also part of an UPDATE, where a parameter may not be.
_decided = unnest(
    "decided", owner=Text, ticket=Uuid, promised=Text, started=BigInteger, closed=Text
)
KEEP = insert(decision).from_select(
    [*_KEY, "entry"],
    select(
        _decided.c.owner, _decided.c.ticket, _decided.c.promised, _decided.c.started,
        cast(_decided.c.closed, JSONB),
    ),
)  # fmt: skip
_ONE_AT_A_TIME = select(func.pg_try_advisory_xact_lock(0x534C41, 1))
_oldest = select(decision.c.id).order_by(decision.c.id).limit(bindparam("limit", type_=Integer))
_taken = (
    delete(decision)
    .where(decision.c.id.in_(_oldest.scalar_subquery()))
    .returning(decision.c.id, *(decision.c[name] for name in _KEY), decision.c.entry)
    .cte("taken")
)
_TAKE = select(_taken).order_by(_taken.c.id)


async def keep_decisions(session: Session, decided: Mapping[ClockId, ClosedClock | None]) -> None:
    """Keeps what clocks were decided to be. Their tickets are locked by the caller."""
    await session.execute(KEEP, decision_lists(decided))


def decision_lists(decided: Mapping[ClockId, ClosedClock | None]) -> dict[str, list[Any]]:
    """The parameters of KEEP."""
    rows = ((*id, _written(closed)) for id, closed in decided.items())
    return lists(_decided.c.keys(), rows)


async def take_decisions(
    session: Session, limit: int
) -> tuple[int, dict[ClockId, ClosedClock | None]]:
    """Takes up to `limit`, the oldest first: how many, and the last of each clock.

    One transaction does so at a time: two could count the decisions about a clock in the wrong
    order. The others find nothing.
    """
    if not await session.scalar(_ONE_AT_A_TIME):
        return 0, {}
    rows = (await session.execute(_TAKE, {"limit": limit})).all()
    return len(rows), {
        (tenant, ticket, kind, generation): ClosedClock.read(entry) if entry else None
        for _, tenant, ticket, kind, generation, entry in rows
    }


def _written(closed: ClosedClock | None) -> Any:
    return None if closed is None else _encode(closed.written()).decode()
