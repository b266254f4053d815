"""Who gets which ticket, on PostgreSQL."""

import pytest
from sqlalchemy import event

from tests.router.company import Company
from tests.router.events import message


async def test_tickets_go_round_among_the_least_loaded(company: Company) -> None:
    agents = [await company.agent(number, capacity={"total": 3}) for number in (1, 2, 3)]
    await company.messages(*[message(name) for name in range(7)])
    given = [ticket.assignee for ticket in await company.tickets()]
    assert given == [*agents, *agents, agents[0]]


async def test_an_urgent_ticket_goes_before_older_ones(company: Company) -> None:
    ana = await company.agent(1, capacity={"total": 1})
    await company.messages(*[message(name, minute=name) for name in (1, 2, 3)])
    await company.sql("UPDATE tickets SET priority = 'urgent' WHERE number = 3")
    await company.move(await company.ticket(1), "solved")
    assert (await company.ticket(3)).assignee == ana
    reason = (await company.ticket(3)).assigned_reason
    assert reason.startswith("first with room in Support after ")
    assert reason.endswith(" in the queue: 0 of 1 open tickets")
    await company.move(await company.ticket(3), "solved")
    assert (await company.ticket(2)).assignee == ana


async def test_who_is_full_on_one_channel_still_gets_others(company: Company) -> None:
    ana = await company.agent(1, capacity={"total": 5, "chat": 1})
    chats = [message(name, channel="chat") for name in (1, 2)]
    await company.messages(*chats, message(3))
    assert [ticket.assignee for ticket in await company.tickets()] == [ana, None, ana]
    await company.move(await company.ticket(3), "solved")
    assert (await company.ticket(2)).assignee is None
    await company.move(await company.ticket(1), "solved")
    assert (await company.ticket(2)).assignee == ana


async def test_who_comes_to_work_gets_what_waits_up_to_their_capacity(company: Company) -> None:
    ana = await company.agent(1, capacity={"total": 2}, availability="offline")
    await company.messages(*[message(name) for name in range(4)])
    await company.available(ana)
    assert [ticket.assignee for ticket in await company.tickets()] == [ana, ana, None, None]
    await company.agent(1, capacity={"total": 3})
    assert [ticket.assignee for ticket in await company.tickets()] == [ana, ana, ana, None]


async def test_who_joins_a_team_gets_what_waits_there(company: Company) -> None:
    await company.team("chat", "Chat", ("chat", None))
    ana = await company.agent(1)
    await company.messages(message(1, channel="chat"))
    assert (await company.ticket(1)).assignee is None
    await company.agent(1, teams=["support", "chat"])
    assert (await company.ticket(1)).assignee == ana


async def test_a_freed_agent_of_two_teams_takes_who_waits_longest_in_either(
    company: Company,
) -> None:
    await company.team("chat", "Chat", ("chat", None))
    ana = await company.agent(1, capacity={"total": 1}, teams=["support", "chat"])
    await company.messages(message(1))
    await company.messages(message(3, minute=3), message(2, minute=2, channel="chat"))
    await company.move(await company.ticket(1), "solved")
    assert [(await company.ticket(name)).assignee for name in (2, 3)] == [ana, None]


async def test_opening_five_hundred_tickets_takes_as_many_statements_as_opening_five(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(1, 21):
        await company.agent(number, capacity={"total": 100})
    counted: list[str] = []
    engine = company.unit.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", lambda *given: counted.append(given[2]))
    await company.messages(*[message(f"a{name}") for name in range(5)])
    few = len(counted)
    counted.clear()
    await company.messages(*[message(f"b{name}") for name in range(500)])
    assert len(counted) == few
    assert few <= 14
    counted.clear()
    await company.messages(*[message(f"b{name}", minute=1) for name in range(500)])
    assert len(counted) <= 7
