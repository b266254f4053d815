"""What is published while clocks run, on a real database."""

from datetime import datetime, timedelta

from sqlalchemy import text

from services.sla.usecases.save_policy import lock_policy, save_policy
from shared.contracts.sla import ClockRetargeted
from shared.messaging import UnitOfWork
from tests.sla.desk import Desk, Promises


async def test_running_clocks_are_given_what_was_published_since_they_were_last_checked(
    promises: Promises, now: datetime
) -> None:
    desk, ended = Desk(now - timedelta(minutes=20)), Desk(now - timedelta(minutes=20))
    await promises.follow(desk.opened(), ended.opened(), ended.replied(2, 1), ended.solved(3, 2))
    assert await promises.recheck() == 0
    await promises.promise(now - timedelta(minutes=5), 30, 1440)
    assert (await promises.recheck(), await promises.recheck()) == (1, 0)
    told = [
        event for event in await promises.announced() if isinstance(event.data, ClockRetargeted)
    ]
    assert [(one.subject, one.data.kind, one.data.due_at) for one in told] == [
        (str(desk.ticket), "first-response", desk.at(30))
    ]
    assert (told[0].data.retargets, told[0].data.policy_version) == (1, 2)


async def test_a_clock_of_before_this_version_goes_on_to_count(
    promises: Promises, now: datetime, unit: UnitOfWork
) -> None:
    desk = Desk(now - timedelta(minutes=70))
    await promises.follow(desk.opened())
    async with unit.begin() as (session, _outbox, _now):
        await session.execute(text("UPDATE ticket_step SET facts = NULL"))
        await session.execute(
            text("UPDATE clock SET set_version = 0, facts = '{}', warn_seconds = NULL")
        )
    await promises.recheck()
    await promises.follow(desk.replied(2, 50))
    assert (await promises.said())[2:] == ["first-response met"]


async def test_a_ticket_that_waits_for_its_customer_pauses_and_resumes_its_resolution(
    promises: Promises, now: datetime
) -> None:
    desk = Desk(now)
    await promises.follow(desk.opened())
    await promises.follow(desk.moved(2, 1, "open", "pending"))
    event = desk.moved(3, 2, "pending", "open")
    await promises.follow(event)
    assert (await promises.said())[2:] == ["resolution paused", "resolution resumed"]
    assert (await promises.announced())[-1].data.due_at == desk.at(1441)


async def test_a_kind_that_was_not_promised_starts_as_soon_as_a_set_that_promises_it_is_published(
    promises: Promises, now: datetime, unit: UnitOfWork
) -> None:
    async with unit.begin() as (session, _, _now):
        before = await lock_policy(session, "demo")
        since = now - timedelta(days=1)
        await save_policy(session, "demo", before, before.followed_by([], since))
    desk, ended = Desk(now - timedelta(minutes=20)), Desk(now - timedelta(minutes=20))
    await promises.follow(desk.opened(), ended.opened(), ended.solved(2, 2))
    assert await promises.recheck() == 0
    await promises.promise(now - timedelta(minutes=5), 30, 1440)
    assert (await promises.recheck(), await promises.recheck()) == (1, 0)
    started = [(one.subject, one.data.kind, one.data.due_at) for one in await promises.announced()]
    assert started == [
        (str(desk.ticket), "first-response", desk.at(30)),
        (str(desk.ticket), "resolution", desk.at(1440)),
    ]
