"""Which deliveries are due, and to whom they are leased."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CTE,
    BigInteger,
    DateTime,
    Text,
    Uuid,
    bindparam,
    case,
    literal,
    literal_column,
    select,
    true,
    tuple_,
    update,
)
from sqlalchemy.sql.dml import ReturningUpdate

from services.ingest.domain.deliveries import Delivery
from services.ingest.repository.deliveries import COLUMNS, UNSETTLED, to_delivery
from services.ingest.tables import delivery as deliveries
from shared.storage import Session, unnest

_at = DateTime(timezone=True)
_open = deliveries.c.state.in_(UNSETTLED)
_is_due = _open & (deliveries.c.due_at <= bindparam("now", type_=_at))
_earlier = deliveries.alias("earlier")
_has_its_turn = ~(
    select(literal_column("1"))
    .where(
        _earlier.c.tenant == deliveries.c.tenant,
        _earlier.c.conversation_id == deliveries.c.conversation_id,
        # Added to, a position is found by no index: before the table is first analysed, the
        # planner takes all that is open of a tenant for as few as those of a conversation.
        _earlier.c.position + literal_column("0") < deliveries.c.position,
        _earlier.c.state.in_(UNSETTLED),
    )
    # Keeps it a question that is asked of one delivery after the other: as a join it would be
    # asked of all that a tenant has waiting.
    .offset(literal_column("0"))
    .exists()
)
_key = deliveries.c.tenant, deliveries.c.request_id
_most = bindparam("limit", type_=BigInteger)
_due = (
    select(*_key)
    .where(_is_due, _has_its_turn)
    .order_by(deliveries.c.due_at)
    .limit(_most)
    .with_for_update(skip_locked=True, of=deliveries)
    .cte("due")
)


def _due_elsewhere() -> CTE:
    """As `_due`, without busy accounts, whose backlog is not looked at however long it is."""
    account = deliveries.c.tenant, deliveries.c.account
    first = select(*account).where(_open).order_by(*account).limit(1).subquery()
    # From each account the index leads to the next one, past all that waits in between.
    waiting = select(first).cte("waiting", recursive=True)
    following = (
        select(*account)
        .where(_open, tuple_(*account) > tuple_(*waiting.c))
        .order_by(*account)
        .limit(1)
        .lateral()
    )
    waiting = waiting.union_all(select(following).select_from(waiting.join(following, true())))
    oldest = (
        select(*_key, deliveries.c.due_at)
        .where(_is_due, _has_its_turn, tuple_(*account) == tuple_(*waiting.c))
        .order_by(deliveries.c.due_at)
        .limit(_most)
        .lateral()
    )
    busy = unnest("busy", busy_tenant=Text, busy_account=Text)
    chosen = (
        select(oldest)
        .select_from(waiting.join(oldest, true()))
        .where(tuple_(*waiting.c).not_in(select(busy)))
        .order_by(oldest.c.due_at)
        .limit(_most)
        .subquery()
    )
    taken = select(*_key).where(
        _is_due, tuple_(*_key).in_(select(chosen.c.tenant, chosen.c.request_id))
    )
    return taken.with_for_update(skip_locked=True, of=deliveries).cte("due_elsewhere")


def _lease(due: CTE) -> ReturningUpdate[Any]:
    return (
        update(deliveries)
        .where(deliveries.c.tenant == due.c.tenant, deliveries.c.request_id == due.c.request_id)
        .values(
            state="sending",
            lease=bindparam("new_lease", type_=Uuid),
            due_at=bindparam("until", type_=_at),
            attempts=deliveries.c.attempts + 1,
            # A lease that ran out: whoever held it may have sent the mail before it died.
            unconfirmed=deliveries.c.unconfirmed
            + case((deliveries.c.state == literal("sending"), 1), else_=0),
        )
        .returning(*[deliveries.c[name] for name in COLUMNS])
    )


_LEASE = _lease(_due)
_LEASE_ELSEWHERE = _lease(_due_elsewhere())


async def lease_deliveries(
    session: Session,
    lease: UUID,
    now: datetime,
    until: datetime,
    limit: int,
    *,
    busy: Collection[tuple[str, str]] = (),
) -> list[Delivery]:
    """Takes up to `limit` due deliveries for `lease`, at most one of each conversation.

    Of a conversation only the oldest that is not settled can be taken. One whose lease ran out can
    be taken over; `unconfirmed` then counts the attempt that nobody finished. busy: (tenant,
    account) of which none shall be taken.
    """
    given: dict[str, object] = {"new_lease": lease, "now": now, "until": until, "limit": limit}
    if not busy:
        return [to_delivery(row) for row in await session.execute(_LEASE, given)]
    given["busy_tenant"], given["busy_account"] = map(list, zip(*busy, strict=True))
    return [to_delivery(row) for row in await session.execute(_LEASE_ELSEWHERE, given)]
