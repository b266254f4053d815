"""Housekeeping of the engine's tables: inbox partitions, expired answers, figures for operators."""

import asyncio
import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select, text

from shared.contracts import catalog
from shared.messaging import tables
from shared.messaging.commands import forget_expired
from shared.messaging.errors import describe
from shared.messaging.metric_names import INBOX_DAYS_AHEAD, OUTBOX_AGE_SECONDS, OUTBOX_ROWS, REFUSED
from shared.storage.engine import Database
from shared.storage.sessions import Session

log = logging.getLogger(__name__)

DAYS_AHEAD = 14
ALARM_BELOW_DAYS = 3
_SEGMENT = timedelta(days=7)
_SAFETY = timedelta(days=7)


async def keep_house(database: Database) -> None:
    """Works until cancelled: partitions and expired rows every hour, gauges every 5 seconds."""
    turn = 0
    while True:
        try:
            if turn % 720 == 0:
                await tend(database)
            await _measure(database)
        except Exception as error:
            log.warning("housekeeping failed", extra={"error": describe(error)})
        turn += 1
        await asyncio.sleep(5)


async def tend(database: Database) -> None:
    """Makes the inbox's next partitions, drops those that nothing can need, forgets old answers."""
    async with database.writing() as session:
        now = (await session.execute(select(func.now()))).scalar_one()
        await make_partitions(session, now)
        await drop_partitions(session, now)
        await forget_expired(session, now)


async def make_partitions(session: Session, now: datetime) -> None:
    """One inbox partition a day (UTC) for today and the next 14 days."""
    days = [_midnight(now) + timedelta(days=ahead) for ahead in range(DAYS_AHEAD + 1)]
    if await _missing(session, days):
        await session.execute(text("LOCK TABLE inbox IN ACCESS EXCLUSIVE MODE"))
        # Another process may have made them while this one waited for the lock.
        for day in await _missing(session, days):
            await _make_partition(session, _name(day), day)
    INBOX_DAYS_AHEAD.set(DAYS_AHEAD)


async def _missing(session: Session, days: Sequence[datetime]) -> list[datetime]:
    existing = set(await _partitions(session))
    return [day for day in days if _name(day) not in existing]


def _name(day: datetime) -> str:
    return f"inbox_{day:%Y%m%d}"


async def _make_partition(session: Session, name: str, day: datetime) -> None:
    """Rows that went to DEFAULT before their partition existed move into it."""
    low, high = _bound(day), _bound(day + timedelta(days=1))
    await session.execute(text(f"CREATE TABLE {name} (LIKE inbox INCLUDING ALL)"))
    await session.execute(
        text(
            f"WITH moved AS (DELETE FROM inbox_default WHERE event_id >= '{low}' "  # noqa: S608
            f"AND event_id < '{high}' RETURNING *) INSERT INTO {name} SELECT * FROM moved"
        )
    )
    await session.execute(
        text(f"ALTER TABLE inbox ATTACH PARTITION {name} FOR VALUES FROM ('{low}') TO ('{high}')")
    )


async def drop_partitions(session: Session, now: datetime) -> None:
    """Drops a day once its newest claim is older than anything that could be delivered again.

    That is the longest topic retention, one segment (which is deleted only whole), and a week.
    """
    oldest = now - longest_retention() - _SEGMENT - _SAFETY
    for name in await _partitions(session):
        if name == "inbox_default":
            continue
        newest = await session.scalar(text(f"SELECT max(claimed_at) FROM {name}"))  # noqa: S608
        past = datetime.strptime(name, "inbox_%Y%m%d").replace(tzinfo=UTC) < oldest
        if past and (newest is None or newest < oldest):
            await session.execute(text(f"DROP TABLE {name}"))
    await session.execute(
        text("DELETE FROM inbox_default WHERE claimed_at < :oldest"), {"oldest": oldest}
    )


def longest_retention() -> timedelta:
    """The longest time that a topic of the catalog keeps a record (compacted topics: no inbox)."""
    kept = [
        topic.retention_ms
        for topic in catalog.TOPICS.values()
        if topic.retention_ms is not None and not topic.compacted
    ]
    return timedelta(milliseconds=max(kept))


async def _partitions(session: Session) -> list[str]:
    rows = await session.execute(
        text(
            "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid "
            "WHERE i.inhparent = 'inbox'::regclass ORDER BY c.relname"
        )
    )
    return list(rows.scalars())


def _midnight(now: datetime) -> datetime:
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _bound(day: datetime) -> UUID:
    """The smallest UUID whose time prefix is this instant."""
    return UUID(int=int(day.timestamp() * 1000) << 80)


async def _measure(database: Database) -> None:
    outbox = tables.outbox
    async with database.reading() as session:
        rows = await session.scalar(
            text("SELECT greatest(n_live_tup, 0) FROM pg_stat_user_tables WHERE relname = 'outbox'")
        )
        oldest = select(outbox.c.created_at).order_by(outbox.c.id).limit(1).scalar_subquery()
        age = await session.scalar(select(func.extract("epoch", func.now() - oldest)))
        refused = await session.scalar(select(func.count()).select_from(tables.outbox_refused))
    OUTBOX_ROWS.set(rows or 0)
    OUTBOX_AGE_SECONDS.set(float(age or 0))
    REFUSED.set(refused or 0)
