"""The service on a real database: what ticket events and the passing of time make of its clocks."""

import random
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from services.sla import tables
from services.sla.repository import next_due
from services.sla.usecases.follow_tickets import follow_tickets
from shared.contracts.sla import ClockBreached, ClockMet, ClockStarted
from shared.messaging import Received, UnitOfWork, derived_id, sequence
from tests.sla.desk import Desk, Promises


async def test_an_opened_ticket_starts_both_clocks_and_says_when_they_are_due(
    promises: Promises, now: datetime
) -> None:
    desk = Desk(now)
    await promises.follow(desk.opened())
    first, resolution = await promises.announced()
    assert isinstance(first.data, ClockStarted)
    assert (first.data.kind, first.data.due_at) == ("first-response", desk.at(60))
    assert (resolution.data.kind, resolution.data.due_at) == ("resolution", desk.at(1440))
    assert (first.data.policy, first.data.team) == ("Standard", "billing")
    assert (first.data.generation, first.data.target_seconds) == (sequence(1, 1), 3600)
    assert (first.tenant, first.subject, first.time) == ("demo", str(desk.ticket), now)
    assert [first.sequence, resolution.sequence] == [sequence(1, 1), sequence(2, 1)]
    assert (first.causationid, first.hops) == (str(desk.opened().uid), 1)
    assert first.traceparent == desk.opened().event.traceparent


async def test_only_a_public_reply_by_an_agents_own_hand_stops_the_first_response(
    promises: Promises, now: datetime
) -> None:
    desk = Desk(now)
    await promises.follow(
        desk.opened(),
        desk.replied(2, 1, automatic=True),
        desk.replied(3, 2, public=False),
        desk.replied(4, 3, by="bot"),
        desk.replied(5, 4, by="system"),
    )
    assert len(await promises.announced()) == 2
    await promises.follow(desk.replied(6, 5))
    met = (await promises.announced())[-1].data
    assert isinstance(met, ClockMet)
    assert (met.met_at, met.elapsed_seconds, met.breached) == (desk.at(5), 300, False)


async def test_a_ticket_is_solved_reopened_and_solved_again(
    promises: Promises, now: datetime
) -> None:
    desk = Desk(now)
    await promises.follow(desk.opened(), desk.replied(2, 5), desk.solved(3, 10))
    await promises.follow(desk.moved(4, 20, "solved", "closed"))
    await promises.follow(desk.reopened(5, 30, solved_minute=10), desk.solved(6, 40))
    assert await promises.said() == [
        "first-response started",
        "resolution started",
        "first-response met",
        "resolution met",
        "resolution started",
        "resolution met",
    ]
    announced = await promises.announced()
    assert announced[-1].data.elapsed_seconds == 600
    assert len({event.data.clock_id for event in announced}) == 3


async def test_solving_an_unanswered_ticket_cancels_the_first_response(
    promises: Promises, now: datetime
) -> None:
    desk = Desk(now - timedelta(hours=2))
    await promises.follow(desk.opened(), desk.solved(2, 10))
    assert await promises.fire() == 0
    assert (await promises.said())[2:] == ["first-response cancelled", "resolution met"]


async def test_time_brings_a_warning_and_a_breach_each_once_and_never_early(
    promises: Promises, now: datetime, unit: UnitOfWork
) -> None:
    await promises.follow(Desk(now).opened())
    assert await promises.fire() == 0
    async with unit.database.reading() as session:
        assert await next_due(session) == now + timedelta(minutes=45)
    nearly_due = Desk(now - timedelta(minutes=50))
    await promises.follow(nearly_due.opened())
    assert (await promises.fire(), await promises.fire()) == (1, 0)
    assert (await promises.said())[4:] == ["first-response due-soon"]
    warning = (await promises.announced())[-1]
    assert warning.time == warning.data.at == nearly_due.at(45)


async def test_after_a_downtime_overdue_clocks_are_announced_with_the_instant_they_were_due(
    promises: Promises, now: datetime
) -> None:
    desk = Desk(now - timedelta(days=3))
    await promises.follow(desk.opened())
    assert (await promises.fire(), await promises.fire()) == (2, 0)
    assert sorted((await promises.said())[2:]) == [
        "first-response breached",
        "first-response due-soon",
        "resolution breached",
        "resolution due-soon",
    ]
    announced = await promises.announced()
    assert [event.sequence for event in announced] == [sequence(n, 1) for n in range(1, 7)]
    breach = next(event for event in announced if isinstance(event.data, ClockBreached))
    assert breach.time == breach.data.at == breach.data.due_at == desk.at(60)


async def test_an_answer_in_time_whose_event_comes_late_withdraws_the_breach(
    promises: Promises, now: datetime
) -> None:
    desk = Desk(now - timedelta(minutes=70))
    await promises.follow(desk.opened())
    await promises.fire()
    await promises.follow(desk.replied(2, 59))
    assert (await promises.said())[2:] == [
        "first-response due-soon",
        "first-response breached",
        "first-response breach-withdrawn",
        "first-response met",
    ]
    withdrawn, met = (await promises.announced())[-2:]
    assert (withdrawn.data.met_at, withdrawn.data.at >= now) == (desk.at(59), True)
    assert (met.data.met_at, met.data.breached) == (desk.at(59), False)


async def test_whoever_notices_a_breach_first_announces_it_under_the_same_id(
    promises: Promises, now: datetime
) -> None:
    ticket = UUID("0192f1a0-3c00-8a10-9b20-c0ffee000101")
    by_timer = Desk(now - timedelta(minutes=250), "one", ticket)
    by_reply = Desk(now - timedelta(minutes=250), "two", ticket)
    for desk in (by_timer, by_reply):
        await promises.follow(desk.opened())
    await promises.follow(by_reply.replied(2, 245))
    await promises.fire()
    breaches = [e for e in await promises.announced() if isinstance(e.data, ClockBreached)]
    firsts = {e.tenant: e.id for e in breaches if e.data.kind == "first-response"}
    assert firsts["one"] == firsts["two"]


async def test_two_tenants_may_have_tickets_of_the_same_id(
    promises: Promises, now: datetime
) -> None:
    ticket = UUID("0192f1a0-3c00-8a10-9b20-c0ffee000101")
    demo, other = Desk(now, "demo", ticket), Desk(now, "other", ticket)
    await promises.follow(demo.opened(), other.opened(), demo.replied(2, 1))
    started = [e.data.policy for e in await promises.announced() if e.tenant == "other"]
    assert started == ["default", "default"]
    assert len(await promises.announced()) == 5


async def test_a_clock_that_ran_when_something_else_was_promised_has_its_new_target(
    promises: Promises, now: datetime
) -> None:
    await promises.promise(now - timedelta(minutes=10), 5, 50)
    before = Desk(now - timedelta(minutes=11))
    after = Desk(now - timedelta(minutes=9))
    await promises.follow(before.opened(), after.opened())
    told = [(e.data.target_seconds, e.data.retargets) for e in await promises.announced()]
    assert told == [(300, 1), (3000, 1), (300, 0), (3000, 0)]


async def test_a_ticket_event_without_a_sequence_is_parked_and_harms_no_neighbour(
    promises: Promises, now: datetime, unit: UnitOfWork
) -> None:
    astray, neighbour = Desk(now), Desk(now)
    event = astray.opened(version=0)
    event = event._replace(event=event.event._replace(sequence=None))
    async with unit.begin() as (session, outbox, at):
        await follow_tickets(session, outbox, [event, neighbour.opened()], at)
        assert outbox.refused[event.uid][0] == "missing-attribute"
    assert {e.subject for e in await promises.announced()} == {str(neighbour.ticket)}


def _lives(start: datetime) -> list[Received[Any]]:
    """Tickets with every kind of step, in order."""
    desks = [Desk(start, ticket=derived_id(UUID(int=7), "ticket", n)) for n in range(4)]
    one, two, three, four = desks
    return [
        one.opened(), one.replied(2, 20), one.solved(3, 50), one.reopened(4, 70, 50),
        one.replied(5, 80), one.solved(6, 2000),
        two.opened(by="agent"), two.replied(2, 3), two.solved(3, 1500), two.reopened(4, 1600),
        three.opened(), three.replied(2, 61), three.replied(3, 10), three.solved(4, 70),
        four.opened(), four.solved(2, 30), four.reopened(3, 40),
        four.moved(4, 45, "open", "closed"),
    ]  # fmt: skip


@pytest.mark.parametrize("seed", range(6))
async def test_late_repeated_and_disordered_events_leave_the_same_end_state(
    promises: Promises, now: datetime, unit: UnitOfWork, seed: int
) -> None:
    events = _lives(now - timedelta(days=5))
    for event in events:
        await promises.follow(event)
    steps, clocks = await _state(promises)
    async with unit.begin() as (session, _, _now):
        await session.execute(text("TRUNCATE ticket, ticket_step, clock, outbox"))

    chance = random.Random(seed)
    mixed = events + chance.sample(events, 6)
    chance.shuffle(mixed)
    while mixed:
        size = chance.randint(1, 7)
        await promises.follow(*mixed[:size])
        del mixed[:size]
    assert await _state(promises) == (steps, clocks)


async def _state(promises: Promises) -> tuple[Any, Any]:
    clocks = await promises.rows(tables.clock)
    # What was announced on the way differs: these are about that alone.
    on_the_way = {"stage", "withdrawals"}
    kept = [n for n, name in enumerate(tables.clock.c.keys()) if name not in on_the_way]
    return await promises.rows(tables.ticket_step), [[row[n] for n in kept] for row in clocks]


async def test_the_announcements_are_the_same_however_events_fall_into_batches(
    promises: Promises, now: datetime, unit: UnitOfWork
) -> None:
    events = _lives(now - timedelta(days=5))
    await promises.follow(*events)
    at_once = await _essence(promises)
    for size in (1, 3):
        async with unit.begin() as (session, _, _now):
            await session.execute(text("TRUNCATE ticket, ticket_step, clock, outbox"))
        for place in range(0, len(events), size):
            await promises.follow(*events[place : place + size])
        assert await _essence(promises) == at_once


async def _essence(promises: Promises) -> list[Any]:
    found = [(e.subject, e.sequence, e.id, e.type) for e in await promises.announced()]
    return sorted(found)
