"""Events that come late, on a real database: what is announced, stored and reported."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from services.sla import tables
from services.sla.domain.clocks import Stage
from services.sla.domain.compliance import ClosedClock
from services.sla.domain.policy import Kind, Policy
from services.sla.usecases.save_policy import lock_policy, save_policy
from shared.contracts.sla import ClockBreached
from shared.contracts.tickets import (
    TicketOpened,
    TicketReplied,
    TicketReplyFailed,
    TicketStatusChanged,
)
from shared.messaging import Received, UnitOfWork, new_id, sequence
from tests.sla.desk import Desk, Promises


async def counted(promises: Promises) -> list[ClosedClock]:
    """What the report has counted."""
    while await promises.count():
        pass
    return [ClosedClock.read(row[-1]) for row in await promises.rows(tables.counted_clock)]


async def test_a_breach_after_a_withdrawn_one_is_another_event_and_is_counted(
    promises: Promises, now: datetime
) -> None:
    desk, ref = Desk(now - timedelta(minutes=200)), new_id()
    await promises.follow(desk.opened())
    await promises.fire()
    await promises.follow(desk.replied(2, 58, message_ref=ref))
    await promises.follow(desk._event(TicketReplyFailed, 3, 65, message_ref=ref))
    assert (await promises.fire(), await promises.fire()) == (1, 0)
    assert (await promises.said())[2:] == [
        "first-response due-soon", "first-response breached", "first-response breach-withdrawn",
        "first-response met", "first-response resumed", "first-response breached",
    ]  # fmt: skip
    breaches = [one for one in await promises.announced() if isinstance(one.data, ClockBreached)]
    assert [one.time for one in breaches] == [desk.at(60), desk.at(60)]
    assert breaches[0].id != breaches[1].id
    assert [one.breached for one in await counted(promises)] == [True]


async def test_a_clock_that_begins_after_all_does_not_announce_its_breach_under_the_same_id(
    promises: Promises, now: datetime, unit: UnitOfWork
) -> None:
    queue = Policy("queue", "Queue", 0, targets={"normal": {Kind.ASSIGNMENT: 20}})
    async with unit.begin() as (session, _, _now):
        before = await lock_policy(session, "demo")
        since = now - timedelta(days=30)
        await save_policy(session, "demo", before, before.followed_by([queue], since))
    desk = Desk(now - timedelta(minutes=300))

    def assigned(version: int, minute: float, agent: str | None) -> Received[Any]:
        ticket_is = {"assignee": agent, "status": "open"}
        statuses = {"from_status": "open", "to_status": "open"}
        return desk._event(TicketStatusChanged, version, minute, ticket_is, **statuses)

    agent = str(new_id())
    opened = desk._event(TicketOpened, 1, 0, {"assignee": agent}, by="customer")
    await promises.follow(opened, assigned(4, 40, None))
    await promises.fire()
    await promises.follow(assigned(2, 10, None))
    assert [row[-2] for row in await promises.rows(tables.ticket)] == [
        [["assignment", sequence(4, 1), [Stage.WITHDRAWN], 1]]
    ]
    await promises.follow(assigned(3, 15, agent))
    await promises.fire()
    mine = [one for one in await promises.announced() if one.data.generation == sequence(4, 1)]
    assert [one.type.split(".")[2] for one in mine] == [
        "started", "due-soon", "breached", "breach-withdrawn", "cancelled", "started", "breached",
    ]  # fmt: skip
    assert len({one.id for one in mine}) == len(mine)
    assert [row[-2] for row in await promises.rows(tables.ticket)] == [None]


@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1), (1, 2, 0)])
async def test_the_report_says_where_the_time_went_in_whatever_order_that_came_to_light(
    promises: Promises, now: datetime, order: tuple[int, ...]
) -> None:
    desk = Desk(now - timedelta(minutes=200))
    theirs = {"team": "b", "status": "open", "assignee": str(new_id())}
    statuses = {"from_status": "new", "to_status": "open"}
    events = [
        desk._event(TicketOpened, 1, 0, {"team": "a", "status": "new"}, by="customer"),
        desk._event(TicketStatusChanged, 2, 10, theirs, **statuses),
        desk._event(TicketReplied, 3, 100, theirs, by="agent"),
    ]
    for place in order:
        await promises.follow(events[place])
    [entry] = await counted(promises)
    assert entry.places == {"unassigned": 600, "waiting for b": 5400}
