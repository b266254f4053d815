"""The queue of deliveries as people look at it, and as they change it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, literal, select, update

from services.ingest.domain.deliveries import Delivery
from services.ingest.repository.deliveries import UNSETTLED
from services.ingest.tables import delivery as deliveries
from shared.storage import ReadSession, Session

_COLUMNS = [deliveries.c[name] for name in Delivery.__dataclass_fields__]
_WAITING = (
    select(
        deliveries.c.tenant,
        deliveries.c.account,
        func.count().label("count"),
        func.min(deliveries.c.queued_at).label("oldest"),
        func.now().label("now"),
    )
    .where(deliveries.c.state.in_(UNSETTLED))
    .group_by(deliveries.c.tenant, deliveries.c.account)
)


@dataclass(frozen=True, slots=True)
class Placed:
    """A delivery, its place in the list, and when it was settled (None: not yet)."""

    position: int
    delivery: Delivery
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits of an account. seconds: for how long the oldest has."""

    tenant: str
    account: str
    count: int
    seconds: float


async def page_of_deliveries(
    session: ReadSession,
    tenant: str,
    *,
    state: str | None,
    account: str | None,
    before: int | None,
    limit: int,
) -> Sequence[Placed]:
    """A tenant's deliveries, the latest first, those with a position below `before`."""
    query = select(deliveries.c.position, deliveries.c.settled_at, *_COLUMNS)
    query = query.where(deliveries.c.tenant == tenant)
    if state is not None:
        # Written out, so that the plan may use the index of those that are open, or went wrong.
        query = query.where(deliveries.c.state == literal(state, literal_execute=True))
    if account is not None:
        query = query.where(deliveries.c.account == account)
    if before is not None:
        query = query.where(deliveries.c.position < before)
    rows = await session.execute(query.order_by(deliveries.c.position.desc()).limit(limit))
    return [Placed(row[0], Delivery(**_named(row[2:])), row[1]) for row in rows]


async def find_delivery(session: ReadSession, tenant: str, request_id: UUID) -> Placed | None:
    """One delivery of a tenant."""
    query = select(deliveries.c.position, deliveries.c.settled_at, *_COLUMNS).where(
        deliveries.c.tenant == tenant, deliveries.c.request_id == request_id
    )
    row = (await session.execute(query)).first()
    return None if row is None else Placed(row[0], Delivery(**_named(row[2:])), row[1])


async def waiting(session: ReadSession) -> list[Waiting]:
    """What waits, of every account that something waits of."""
    rows = await session.execute(_WAITING)
    return [
        Waiting(row.tenant, row.account, row[2], (row.now - row.oldest).total_seconds())
        for row in rows
    ]


async def lock_delivery(
    session: Session, tenant: str, request_id: UUID, *, wait: bool = True
) -> Delivery | None:
    """One delivery, locked until the transaction ends; wait=False: only looked at."""
    query = select(*_COLUMNS).where(
        deliveries.c.tenant == tenant, deliveries.c.request_id == request_id
    )
    row = (await session.execute(query.with_for_update() if wait else query)).first()
    return None if row is None else Delivery(**_named(row))


async def requeue_delivery(
    session: Session, delivery: Delivery, settled_at: datetime | None
) -> None:
    """Stores a delivery that the caller has locked, as it is given."""
    values = {name: getattr(delivery, name) for name in Delivery.__dataclass_fields__}
    await session.execute(
        update(deliveries)
        .where(
            deliveries.c.tenant == delivery.tenant,
            deliveries.c.request_id == delivery.request_id,
        )
        .values(**values, settled_at=settled_at)
    )


def _named(row: Sequence[Any]) -> dict[str, Any]:
    return dict(zip(Delivery.__dataclass_fields__, row, strict=True))
