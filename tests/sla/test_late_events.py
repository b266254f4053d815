"""Events that come late, on a real database: what is announced, stored and reported."""

from datetime import datetime, timedelta

from services.sla.domain.compliance import ClosedClock
from services.sla.tables import counted_clock
from shared.contracts.sla import ClockBreached
from shared.contracts.tickets import TicketReplyFailed
from shared.messaging import new_id
from tests.sla.desk import Desk, Promises


async def counted(promises: Promises) -> list[ClosedClock]:
    """What the report has counted."""
    while await promises.count():
        pass
    return [ClosedClock.read(row[-1]) for row in await promises.rows(counted_clock)]


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
