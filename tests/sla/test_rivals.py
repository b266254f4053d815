"""Timers and consumers that meet at the same clocks: nothing twice, nothing lost, no deadlock."""

import asyncio
import random
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from services.sla.usecases.fire_clocks import fire_clocks
from services.sla.usecases.follow_tickets import follow_tickets
from shared.messaging import UnitOfWork, sequence
from tests.sla.desk import Desk, Promises


async def _many(promises: Promises, now: datetime, count: int) -> list[Desk]:
    desks = [Desk(now - timedelta(minutes=70)) for _ in range(count)]
    await promises.follow(*(desk.opened() for desk in desks))
    return desks


async def test_two_rivals_fire_every_clock_once(promises: Promises, now: datetime) -> None:
    await _many(promises, now, 300)

    async def drain() -> int:
        fired = 0
        while got := await promises.fire(limit=20):
            fired += got
        return fired

    assert sum(await asyncio.gather(drain(), drain(), drain())) == 300
    announced = (await promises.announced())[600:]
    assert len(announced) == len({event.id for event in announced}) == 600
    for desk in {event.subject for event in announced}:
        mine = [event.sequence for event in announced if event.subject == desk]
        assert mine == [sequence(3, 1), sequence(4, 1)]


async def test_a_clock_that_is_being_stopped_is_not_fired(
    promises: Promises, now: datetime, unit: UnitOfWork
) -> None:
    [desk] = await _many(promises, now, 1)
    async with unit.begin() as (session, outbox, at):
        await follow_tickets(session, outbox, [desk.replied(2, 30)], at)
        assert await promises.fire() == 0
    assert await promises.fire() == 0
    assert (await promises.said())[2:] == ["first-response met"]


# A row filter that makes the timer's claim wait after its snapshot was taken and before it locks.
_PAUSE = (
    """CREATE FUNCTION pause() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
        IF current_setting('test.pause', true) = 'on' THEN
            PERFORM pg_advisory_xact_lock_shared(4711);
        END IF;
        RETURN true;
    END $$""",
    "CREATE POLICY pausing ON clock USING (pause())",
    "ALTER TABLE clock ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE clock FORCE ROW LEVEL SECURITY",
)


async def test_a_clock_that_stops_between_the_claims_snapshot_and_its_lock_is_not_fired(
    promises: Promises, now: datetime, unit: UnitOfWork
) -> None:
    stopped, _standing = await _many(promises, now, 2)
    async with unit.database.writing() as session:
        for statement in _PAUSE:
            await session.execute(text(statement))
    async with unit.database.writing() as gate:
        await gate.execute(text("SELECT pg_advisory_xact_lock(4711)"))
        firing = asyncio.create_task(_fire_with_a_pause(unit))
        await _until_waiting(unit)
        await promises.follow(stopped.replied(2, 30))
    assert await firing == 1
    assert (await promises.said()).count("first-response breached") == 1


async def _fire_with_a_pause(unit: UnitOfWork) -> int:
    async with unit.begin() as (session, outbox, now):
        await session.execute(text("SET LOCAL test.pause = 'on'"))
        return await fire_clocks(session, outbox, now, 10)


async def _until_waiting(unit: UnitOfWork) -> None:
    async with unit.database.reading() as session:
        waiting = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
        while not (await session.execute(waiting)).scalar_one():
            await asyncio.sleep(0.01)


async def test_consumers_and_timers_on_the_same_tickets_never_deadlock(
    promises: Promises, now: datetime, unit: UnitOfWork
) -> None:
    desks = await _many(promises, now, 60)
    chance = random.Random(1)

    async def consume() -> None:
        for version in range(2, 8):
            some = chance.sample(desks, 40)
            await promises.follow(*(desk.replied(version, version) for desk in some))

    async def tick() -> None:
        for _ in range(12):
            await promises.fire(limit=10)

    await asyncio.gather(consume(), consume(), tick(), tick(), tick())
    async with unit.database.reading() as session:
        found = await session.execute(
            text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        )
        assert found.scalar_one() == 0
    per_ticket: dict[str, list[int]] = {}
    for event in await promises.announced():
        per_ticket.setdefault(event.subject, []).append(event.sequence)
    for numbers in per_ticket.values():
        assert numbers == [sequence(n, 1) for n in range(1, len(numbers) + 1)]


async def test_a_failing_round_of_the_timer_leaves_everything_as_it_was(
    promises: Promises, now: datetime, unit: UnitOfWork
) -> None:
    await _many(promises, now, 3)
    with pytest.raises(ZeroDivisionError):
        await _fail_after_firing(unit)
    assert await promises.fire() == 3


async def _fail_after_firing(unit: UnitOfWork) -> None:
    async with unit.begin() as (session, outbox, now):
        assert await fire_clocks(session, outbox, now, 10) == 3
        raise ZeroDivisionError
