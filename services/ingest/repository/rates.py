"""When accounts with a rate limit may send next, in PostgreSQL: one truth for all senders."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import DateTime, Text, select, update
from sqlalchemy.dialects.postgresql import insert

from services.ingest.tables import delivery_rate as rates
from shared.storage import Session, unnest

_keys = unnest("keys", owner=Text, named=Text, next_free=DateTime(timezone=True))
_ADD = (
    insert(rates)
    .from_select(
        ["tenant", "account", "free_at"],
        select(_keys.c.owner, _keys.c.named, _keys.c.next_free).order_by(
            _keys.c.owner, _keys.c.named
        ),
    )
    .on_conflict_do_nothing()
)
_same = (rates.c.tenant == _keys.c.owner) & (rates.c.account == _keys.c.named)
_LOCK = (
    select(rates.c.tenant, rates.c.account, rates.c.free_at)
    .join(_keys, _same)
    .order_by(rates.c.tenant, rates.c.account)
    .with_for_update(of=rates)
)
_SAVE = update(rates).where(_same).values(free_at=_keys.c.next_free)


async def lock_rates(
    session: Session, accounts: Collection[tuple[str, str]], now: datetime
) -> dict[tuple[str, str], datetime]:
    """When each (tenant, account) may send next; no other sender is told until we commit."""
    given = _columns({key: now for key in accounts})
    await session.execute(_ADD, given)
    rows = await session.execute(_LOCK, given)
    return {(row.tenant, row.account): row.free_at for row in rows}


async def save_rates(session: Session, free_at: Mapping[tuple[str, str], datetime]) -> None:
    """Keeps when each (tenant, account) may send next."""
    await session.execute(_SAVE, _columns(free_at))


def _columns(free_at: Mapping[tuple[str, str], datetime]) -> dict[str, list[object]]:
    return {
        "owner": [tenant for tenant, _ in free_at],
        "named": [account for _, account in free_at],
        "next_free": list(free_at.values()),
    }
