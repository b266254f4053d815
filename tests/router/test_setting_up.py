"""Tenants, teams and agents, and what their changes mean for tickets, on PostgreSQL."""

from uuid import UUID

import pytest

from services.router.domain.people import UnknownAgent, UnknownTeam
from shared.contracts.tenants import TenantChanged
from tests.router.company import Company
from tests.router.events import START, message, received


async def test_a_team_gets_what_it_takes_by_account_first_then_by_channel(
    company: Company,
) -> None:
    await company.team("chat", "Chat", ("chat", None))
    await company.team("shop", "Shop", ("chat", "shop-chat"), ("email", "shop@demo.example"))
    await company.messages(
        message(1, channel="chat", account="web"),
        message(2, channel="chat", account="shop-chat"),
        message(3, account="shop@demo.example"),
        message(4),
    )
    assert [ticket.team for ticket in await company.tickets()] == [
        "chat",
        "shop",
        "shop",
        "support",
    ]


async def test_a_ticket_from_before_the_first_team_is_worked_by_the_default_team(
    company: Company,
) -> None:
    early = Company(company.service, "early")
    await early.messages(message(1, "early"))
    assert (await early.ticket(1)).queue == ""
    await early.set_up()
    ana = await early.agent(77)
    ticket = await early.ticket(1)
    assert (ticket.team, ticket.assignee) == ("support", ana)


async def test_a_new_default_team_takes_what_waited_for_none(company: Company) -> None:
    early = Company(company.service, "early")
    await early.set_up()
    await early.team("second", "Second")
    ben = await early.agent(78, teams=["second"])
    await company.sql("UPDATE tenants SET default_team = NULL")
    await early.messages(message(1, "early"))
    assert (await early.ticket(1)).assignee is None
    await early.put(default_team="second")
    assert (await early.ticket(1)).assignee == ben


async def test_tenants_and_agents_are_announced_in_full_with_their_versions(
    company: Company,
) -> None:
    await company.agent(1)
    made, with_team = await company.announced("tenant.changed")
    assert [event["ce"]["sequence"] for event in (made, with_team)] == [
        str((1 << 40) + 1), str((1 << 40) + 2),
    ]  # fmt: skip
    assert (with_team["teams"], with_team["default_team"]) == (["support"], "support")
    offline, available = await company.announced("agent.changed")
    assert (offline["availability"], available["availability"]) == ("offline", "available")
    assert available["skills"] == [{"name": "billing", "level": 2}]
    assert available["ce"]["partitionkey"] == available["agent_id"]


async def test_the_present_state_is_announced_again_when_kafka_has_fallen_behind(
    company: Company,
) -> None:
    data = TenantChanged(slug="demo", name="Demo", changed_at=START)
    topic = "support.tenants.v1"
    await company.hear(topic, received(data, "demo", order=2))
    await company.forget_announced()
    await company.hear(topic, received(data, "demo", order=2))
    assert await company.announced() == []
    await company.hear(topic, received(data, "demo", order=1))
    (again,) = await company.announced()
    assert (again["name"], again["teams"]) == ("Demo GmbH", ["support"])
    assert again["ce"]["sequence"] == str((1 << 40) + 2)


async def test_one_who_leaves_gives_up_their_tickets(company: Company) -> None:
    ana = await company.agent(1)
    await company.messages(message(1), message(2))
    await company.reply(await company.ticket(2), then="pending")
    ben = await company.agent(2, capacity={"total": 5})
    await company.forget_announced()
    await company.agent(1, offboarded=True)
    given, waiting = await company.tickets()
    assert (given.assignee, waiting.assignee) == (ben, None)
    agents = await company.agents()
    assert (agents[ana].load, agents[ben].load) == ({}, {"email": 1})
    reasons = {event["reason"] for event in await company.announced("ticket.unassigned")}
    assert reasons == {"Agent 1 has left"}


async def test_teams_and_agents_must_be_known(company: Company) -> None:
    with pytest.raises(UnknownTeam):
        await company.agent(1, teams=["nowhere"])
    with pytest.raises(UnknownTeam):
        await company.put(default_team="nowhere")
    with pytest.raises(UnknownAgent):
        await company.available(UUID(int=99))
    await company.agent(1)
    other = Company(company.service, "other")
    await other.set_up()
    with pytest.raises(UnknownAgent):
        await other.agent(1)
