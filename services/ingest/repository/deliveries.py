"""Deliveries in PostgreSQL: queued, held by one sender at a time, settled once."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    DateTime,
    Row,
    SmallInteger,
    Text,
    Uuid,
    literal,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from services.ingest.domain.deliveries import SETTLED, Delivery, Verdict
from services.ingest.tables import delivery as deliveries
from shared.storage import ReadSession, Session, constant, unnest

_at = DateTime(timezone=True)
COLUMNS = list(Delivery.__dataclass_fields__)
_given = unnest(
    "given", tenant=Text, request_id=Uuid, conversation_id=Uuid, ticket_id=Uuid, kind=Text,
    channel=Text, account=Text, recipient=Text, requested_by=Text, queued_at=_at, due_at=_at,
    cause_id=Uuid, cause_hops=SmallInteger, cause_traceparent=Text, state=Text,
    attempts=SmallInteger, unconfirmed=SmallInteger, reason=Text, lease=Uuid,
    unsubscribe_url=Text, provider_id=Text, delivered_at=_at,
    read_at=_at, settled_at=_at, place=SmallInteger,
)  # fmt: skip
_INSERT = (
    insert(deliveries)
    .from_select(
        [*COLUMNS, "settled_at"],
        # The requests of one conversation are sent in the order in which they are inserted here.
        select(*[_given.c[name] for name in COLUMNS], _given.c.settled_at).order_by(_given.c.place),
    )
    .on_conflict_do_nothing()
    .returning(deliveries.c.request_id)
)

UNSETTLED = [constant("queued"), constant("sending")]
_verdicts = unnest(
    "verdicts", owner=Text, request=Uuid, holder=Uuid, verdict=Text, why=Text, next_due=_at,
    unknowns=SmallInteger, settled=_at, provider=Text,
)  # fmt: skip
_SETTLE = (
    update(deliveries)
    .where(
        deliveries.c.tenant == _verdicts.c.owner,
        deliveries.c.request_id == _verdicts.c.request,
        deliveries.c.lease == _verdicts.c.holder,
        deliveries.c.state == literal("sending"),
    )
    .values(
        state=_verdicts.c.verdict, reason=_verdicts.c.why, due_at=_verdicts.c.next_due,
        unconfirmed=_verdicts.c.unknowns, settled_at=_verdicts.c.settled, lease=None,
        provider_id=_verdicts.c.provider,
    )
    .returning(deliveries.c.request_id)
)  # fmt: skip
_held = unnest("held", owner=Text, request=Uuid, holder=Uuid, until=_at)
_is_held = (
    (deliveries.c.tenant == _held.c.owner)
    & (deliveries.c.request_id == _held.c.request)
    & (deliveries.c.lease == _held.c.holder)
    & (deliveries.c.state == literal("sending"))
)
_RENEW = (
    update(deliveries)
    .where(_is_held)
    .values(due_at=_held.c.until)
    .returning(deliveries.c.request_id)
)
_PUT_BACK = (
    update(deliveries)
    .where(_is_held)
    .values(state="queued", lease=None, due_at=_held.c.until, attempts=deliveries.c.attempts - 1)
)
_keys = unnest("keys", tenant=Text, id=Uuid)
_FIND = select(*[deliveries.c[name] for name in COLUMNS]).join(
    _keys, (deliveries.c.tenant == _keys.c.tenant) & (deliveries.c.request_id == _keys.c.id)
)


class Deliveries:
    """The deliveries of all tenants."""

    def __init__(self, session: ReadSession) -> None:
        self._session = session

    async def find(self, keys: Collection[tuple[str, UUID]]) -> dict[UUID, Delivery]:
        """The deliveries of these (tenant, request id), by request id."""
        if not keys:
            return {}
        tenants, ids = zip(*keys, strict=True)
        rows = await self._session.execute(_FIND, {"tenant": list(tenants), "id": list(ids)})
        return {row.request_id: to_delivery(row) for row in rows}


async def insert_deliveries(
    session: Session, given: Sequence[Delivery], now: datetime
) -> set[UUID]:
    """Stores the requests that are new, in this order, and returns their ids."""
    if not given:
        return set()
    columns: dict[str, list[object]] = {
        name: [getattr(delivery, name) for delivery in given] for name in COLUMNS
    }
    columns["settled_at"] = [now if delivery.state in SETTLED else None for delivery in given]
    columns["place"] = list(range(len(given)))
    return set((await session.execute(_INSERT, columns)).scalars())


async def renew_leases(session: Session, held: Sequence[Delivery], until: datetime) -> set[UUID]:
    """Makes leases last until then; returns the request ids of those that are still their own."""
    columns = _leases({delivery: until for delivery in held})
    return set((await session.execute(_RENEW, columns)).scalars())


async def put_back(session: Session, later: Mapping[Delivery, datetime]) -> None:
    """Queues leased deliveries again, as if they had not been taken, until each one's time."""
    await session.execute(_PUT_BACK, _leases(later))


def _leases(times: Mapping[Delivery, datetime]) -> dict[str, list[object]]:
    return {
        "owner": [delivery.tenant for delivery in times],
        "request": [delivery.request_id for delivery in times],
        "holder": [delivery.lease for delivery in times],
        "until": list(times.values()),
    }


async def settle_deliveries(
    session: Session, verdicts: Sequence[Verdict], now: datetime
) -> set[UUID]:
    """Stores verdicts where the lease is still the verdict's own; returns those request ids."""
    columns: dict[str, list[object]] = {
        "owner": [verdict.delivery.tenant for verdict in verdicts],
        "request": [verdict.delivery.request_id for verdict in verdicts],
        "holder": [verdict.delivery.lease for verdict in verdicts],
        "verdict": [verdict.state for verdict in verdicts],
        "why": [verdict.reason for verdict in verdicts],
        "next_due": [verdict.due_at for verdict in verdicts],
        "unknowns": [verdict.unconfirmed for verdict in verdicts],
        "settled": [now if verdict.state in SETTLED else None for verdict in verdicts],
        "provider": [verdict.provider_id for verdict in verdicts],
    }
    return set((await session.execute(_SETTLE, columns)).scalars())


def to_delivery(row: Row[Any]) -> Delivery:
    """The delivery in a row that has `COLUMNS`."""
    return Delivery(**{name: getattr(row, name) for name in COLUMNS})
