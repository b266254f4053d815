"""The inbox's partitions: made ahead, filled from DEFAULT, dropped when nothing can need them."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import text

from shared.messaging import inbox
from shared.messaging.ids import time_of, timer_id
from shared.messaging.maintenance import (
    DAYS_AHEAD,
    drop_partitions,
    longest_retention,
    make_partitions,
    tend,
)
from shared.storage import Database


async def partitions(database: Database) -> list[str]:
    async with database.reading() as session:
        rows = await session.execute(
            text("SELECT inhrelid::regclass::text FROM pg_inherits "
                 "WHERE inhparent = 'inbox'::regclass ORDER BY 1")
        )  # fmt: skip
        return [name for name in rows.scalars() if name != "inbox_default"]


async def count(database: Database, table: str) -> int:
    async with database.reading() as session:
        return int(await session.scalar(text(f"SELECT count(*) FROM {table}")) or 0)


def of_day(day: datetime, number: int) -> UUID:
    return timer_id(day.replace(hour=12), "test", number)


async def test_partitions_are_made_for_today_and_14_days_ahead_and_only_once(
    database: Database,
) -> None:
    today = datetime.now(UTC)
    expected = [f"inbox_{today + timedelta(days=n):%Y%m%d}" for n in range(DAYS_AHEAD + 1)]
    assert await partitions(database) == expected
    await tend(database)
    assert await partitions(database) == expected


async def test_two_processes_may_make_them_at_the_same_time(database: Database) -> None:
    later = datetime.now(UTC) + timedelta(days=40)

    async def make() -> None:
        async with database.writing() as session:
            await make_partitions(session, later)

    await asyncio.gather(make(), make(), make())
    assert f"inbox_{later:%Y%m%d}" in await partitions(database)


async def test_an_id_goes_to_the_partition_of_its_day_and_a_strange_one_to_default(
    database: Database,
) -> None:
    today = datetime.now(UTC)
    strange = UUID("ffffffff-0000-4000-8000-000000000000")
    async with database.writing() as session:
        await inbox.claim(session, "c", [of_day(today, 1), strange])
    assert await count(database, f"inbox_{today:%Y%m%d}") == 1
    assert await count(database, "inbox_default") == 1


async def test_rows_in_default_move_when_their_partition_is_made(database: Database) -> None:
    later = datetime.now(UTC) + timedelta(days=DAYS_AHEAD + 5)
    ids = {of_day(later, n) for n in range(10)}
    async with database.writing() as session:
        await inbox.claim(session, "c", ids)
    assert await count(database, "inbox_default") == 10
    async with database.writing() as session:
        await make_partitions(session, later - timedelta(days=2))
    assert await count(database, "inbox_default") == 0
    assert await count(database, f"inbox_{later:%Y%m%d}") == 10
    async with database.writing() as session:
        assert await inbox.claim(session, "c", ids) == set()


async def test_a_day_is_dropped_only_when_its_newest_claim_is_older_than_any_delivery(
    database: Database,
) -> None:
    long_ago = datetime.now(UTC) - longest_retention() - timedelta(days=40)
    async with database.writing() as session:
        await make_partitions(session, long_ago)
        await inbox.claim(session, "c", [of_day(long_ago, 1)])
        await inbox.claim(session, "c", [of_day(long_ago + timedelta(days=1), 1)])
        day = f"inbox_{long_ago:%Y%m%d}"
        await session.execute(text(f"UPDATE {day} SET claimed_at = :then"), {"then": long_ago})
    async with database.writing() as session:
        await drop_partitions(session, datetime.now(UTC))
    left = await partitions(database)
    # The second day was claimed just now, by a replay: its claim may be needed for long.
    assert day not in left
    assert f"inbox_{long_ago + timedelta(days=1):%Y%m%d}" in left
    assert f"inbox_{datetime.now(UTC):%Y%m%d}" in left


async def test_old_claims_in_default_are_forgotten_and_young_ones_kept(database: Database) -> None:
    strange = [UUID(int=(1 << 128) - 1 - n) for n in range(4)]
    async with database.writing() as session:
        await inbox.claim(session, "c", strange)
        old = datetime.now(UTC) - longest_retention() - timedelta(days=30)
        await session.execute(
            text("UPDATE inbox SET claimed_at = :old WHERE event_id = ANY(:ids)"),
            {"old": old, "ids": strange[:2]},
        )
    await tend(database)
    assert await count(database, "inbox_default") == 2


def test_the_time_of_an_id_is_that_of_its_prefix() -> None:
    at = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    assert time_of(timer_id(at, "x")) == at
