"""What happens to tickets, on PostgreSQL."""

from datetime import timedelta
from uuid import UUID

import pytest

from services.router.domain.lifecycle import ClosedTicket, ForbiddenMove
from services.router.domain.people import UnknownAgent, UnknownTeam
from services.router.domain.tickets import Actor
from services.router.repository import views
from services.router.usecases import working
from shared.contracts.deliveries import DeliveryFailed, DeliveryNotConfirmed, DeliverySent
from shared.contracts.sla import ClockBreached, ClockMet, ClockStarted
from shared.contracts.suggestions import ArticlesSuggested, SuggestedArticle
from shared.contracts.tenants import TenantChanged
from tests.router.company import Company
from tests.router.events import START, clock, conversation, delivery, message, received


def kinds(events: list[dict]) -> list[str]:
    return [event["ce"]["type"].removeprefix("support.").removesuffix(".v1") for event in events]


async def test_a_first_message_opens_a_ticket_and_the_agent_gets_it(company: Company) -> None:
    ana = await company.agent(1)
    await company.forget_announced()
    first = message(1, text="I cannot log in.\nPlease help.")
    await company.messages(first)
    ticket = await company.ticket(1)
    assert (ticket.number, ticket.status, ticket.team) == (1, "new", "support")
    assert ticket.assignee == ana
    assert ticket.assigned_reason == "least loaded of 1 available in Support: 0 of 2 open tickets"
    opened, assigned = await company.announced()
    assert kinds([opened, assigned]) == ["ticket.opened", "ticket.assigned"]
    assert opened["ticket"]["number"] == 1
    assert opened["ticket"]["assignee"] is None
    assert opened["text"] == "I cannot log in.\nPlease help."
    assert opened["at"] == opened["message_at"] == opened["ticket"]["opened_at"]
    assert opened["ce"]["causationid"] == str(first.uid)
    assert [event["ce"]["sequence"] for event in (opened, assigned)] == [
        str((1 << 40) + 1), str((1 << 40) + 2),
    ]  # fmt: skip
    assert assigned["agent_id"] == assigned["ticket"]["assignee"] == str(ana)
    assert assigned["reason"] == ticket.assigned_reason
    assert (await company.agents())[ana].load == {"email": 1}


async def test_a_later_message_is_added_to_its_ticket(company: Company) -> None:
    await company.agent(1)
    await company.messages(message(1))
    await company.messages(message(1, minute=5, text="Still not."))
    ticket = await company.ticket(1)
    assert (ticket.message_count, ticket.version) == (2, 3)
    assert ticket.last_customer_message_at == START + timedelta(minutes=5)
    assert ticket.unanswered_since == START
    assert [entry.text for entry in await company.entries(ticket)] == [
        "I cannot log in.",
        "Still not.",
    ]
    assert kinds(await company.announced())[-1] == "ticket.customer-wrote"


async def test_messages_of_one_new_conversation_in_one_batch_make_one_ticket(
    company: Company,
) -> None:
    await company.messages(message(1), message(2), message(1, minute=1), message(1, minute=2))
    first, second = await company.tickets()
    assert (first.message_count, second.message_count) == (3, 1)
    opened = await company.announced("ticket.opened", "ticket.customer-wrote")
    assert [event["ticket"]["version"] for event in opened] == [1, 1, 2, 3]
    assert [event["ticket"]["number"] for event in opened] == [1, 2, 1, 1]


async def test_numbers_rise_in_the_order_of_arrival_and_for_each_tenant_alone(
    company: Company,
) -> None:
    other = Company(company.service, "other")
    await other.set_up()
    await company.messages(message("b"), message("x", "other"), message("a"))
    await company.messages(message("c"), message("y", "other"))
    assert [(await company.ticket(name)).number for name in "bac"] == [1, 2, 3]
    assert [(await other.ticket(name)).number for name in "xy"] == [1, 2]


async def test_the_same_events_in_other_batches_give_the_same_ids(
    company: Company,
) -> None:
    events = [message(name) for name in (1, 2, 1, 3)]
    await company.messages(*events)
    together = {event["ce"]["id"] for event in await company.announced("ticket.opened")}
    await company.forget_announced()
    await company.sql("TRUNCATE tickets, conversations, entries, ticket_counters, acknowledgements")
    for event in events:
        await company.messages(event)
    alone = {event["ce"]["id"] for event in await company.announced("ticket.opened")}
    assert together == alone


async def test_a_message_to_a_solved_ticket_reopens_it_and_its_agent_has_it_again(
    company: Company,
) -> None:
    ana = await company.agent(1)
    await company.messages(message(1))
    await company.move(await company.ticket(1), "solved")
    assert (await company.agents())[ana].load == {}
    await company.forget_announced()
    await company.messages(message(1, minute=60))
    ticket = await company.ticket(1)
    assert (ticket.status, ticket.assignee, ticket.reopened_count) == ("open", ana, 1)
    assert ticket.assigned_reason == "had it before: 0 of 2 open tickets"
    reopened, wrote, assigned = await company.announced()
    assert kinds([reopened, wrote, assigned]) == [
        "ticket.reopened",
        "ticket.customer-wrote",
        "ticket.assigned",
    ]
    assert reopened["from_status"] == "solved"
    assert reopened["resolved_at"] is not None
    assert wrote["ticket"]["status"] == "open"
    assert (await company.agents())[ana].load == {"email": 1}


async def test_a_reopened_ticket_goes_to_another_where_its_agent_is_away(
    company: Company,
) -> None:
    ana = await company.agent(1)
    await company.messages(message(1))
    await company.move(await company.ticket(1), "solved")
    await company.available(ana, "away")
    ben = await company.agent(2)
    await company.forget_announced()
    await company.messages(message(1, minute=60))
    assert (await company.ticket(1)).assignee == ben
    unassigned, assigned = await company.announced("ticket.unassigned", "ticket.assigned")
    assert unassigned["reason"] == "Agent 1 is not available"
    assert unassigned["ticket"]["assignee"] is None
    assert assigned["agent_id"] == str(ben)


async def test_a_reopened_ticket_waits_where_nobody_has_room(company: Company) -> None:
    await company.agent(1, capacity={"total": 1})
    await company.messages(message(1))
    await company.move(await company.ticket(1), "solved")
    await company.messages(message(2))
    await company.messages(message(1, minute=60))
    ticket = await company.ticket(1)
    assert (ticket.assignee, ticket.queue) == (None, "support")
    assert ticket.waiting_since == START + timedelta(minutes=60)


async def test_a_message_to_a_closed_ticket_begins_one_that_follows_it(company: Company) -> None:
    await company.messages(message(1))
    old = await company.move(await company.ticket(1), "solved")
    old = await company.move(old, "closed")
    await company.messages(message(1, minute=60), message(1, minute=61))
    new = await company.ticket(1)
    assert new.id != old.id
    assert (new.number, new.follows, new.message_count) == (2, old.id, 2)
    await company.messages(message(1, minute=62))
    assert (await company.ticket(1)).message_count == 3


async def test_a_robots_message_reopens_nothing_and_is_only_added(company: Company) -> None:
    await company.messages(message(1))
    await company.move(await company.ticket(1), "solved")
    await company.messages(message(1, minute=60, automatic=True))
    solved = await company.ticket(1)
    assert (solved.status, solved.message_count, solved.unanswered_since) == ("solved", 2, None)
    await company.move(solved, "closed")
    await company.messages(message(1, minute=61, automatic=True))
    closed = await company.ticket(1)
    assert (closed.status, closed.message_count) == ("closed", 3)


async def test_a_customer_who_writes_wakes_a_pending_ticket(company: Company) -> None:
    ana = await company.agent(1)
    await company.messages(message(1))
    await company.reply(await company.ticket(1), then="pending")
    assert (await company.agents())[ana].load == {"email": 1}
    await company.forget_announced()
    await company.messages(message(1, minute=60))
    changed, wrote = await company.announced()
    assert kinds([changed, wrote]) == ["ticket.status-changed", "ticket.customer-wrote"]
    assert (changed["from_status"], changed["to_status"], changed["by"]) == (
        "pending",
        "open",
        "customer",
    )


async def test_a_message_sent_by_us_elsewhere_is_not_the_customers(company: Company) -> None:
    await company.messages(message(1, direction="outbound"))
    assert await company.tickets() == []


async def test_a_chat_ticket_is_called_by_its_first_words(company: Company) -> None:
    await company.messages(message(1, channel="chat", subject=None, text="\n  Hello there\nYou?"))
    assert (await company.ticket(1)).subject == "Hello there"


async def test_a_reply_is_recorded_announced_and_asked_to_be_sent_at_once(
    company: Company,
) -> None:
    ana = await company.agent(1)
    await company.messages(message(1))
    await company.forget_announced()
    by = Actor("agent", ana)
    ticket = await company.reply(await company.ticket(1), "Try again.", "pending", by)
    assert ticket.status == "pending"
    assert ticket.first_replied_at is not None
    assert ticket.unanswered_since is None
    replied, changed, asked = await company.announced()
    assert kinds([replied, changed, asked]) == [
        "ticket.replied",
        "ticket.status-changed",
        "outgoing.requested",
    ]
    assert replied["message_ref"] == asked["request_id"]
    assert replied["answers_message_at"] == "2026-11-02T09:00:00Z"
    assert (replied["by"], replied["by_agent"]) == ("agent", str(ana))
    assert not replied["automatic"]
    assert asked["conversation_id"] == str(conversation(1)) == asked["ce"]["partitionkey"]
    assert (asked["kind"], asked["text"], asked["recipient"]) == ("reply", "Try again.", None)
    said = (await company.entries(ticket))[-1]
    assert (said.kind, said.text, said.delivery) == ("reply", "Try again.", "requested")


async def test_a_reply_opens_a_new_ticket_and_a_closed_one_takes_none(company: Company) -> None:
    await company.messages(message(1))
    ticket = await company.reply(await company.ticket(1))
    assert ticket.status == "open"
    await company.move(await company.move(ticket, "solved"), "closed")
    with pytest.raises(ClosedTicket):
        await company.reply(ticket)
    assert (await company.ticket(1)).reply_count == 1


async def test_a_step_that_the_status_machine_lacks_changes_nothing(company: Company) -> None:
    await company.messages(message(1))
    before = await company.ticket(1)
    with pytest.raises(ForbiddenMove) as refused:
        await company.move(before, "closed")
    assert refused.value.allowed == ["on-hold", "open", "pending", "solved"]
    assert await company.ticket(1) == before


async def test_a_note_is_kept_from_the_customer(company: Company) -> None:
    await company.messages(message(1))
    await company.forget_announced()
    ticket = await company.ticket(1)
    await company.do(ticket, lambda work, it: working.note(work, it, "VIP", Actor("system")))
    (noted,) = await company.announced()
    assert kinds([noted]) == ["ticket.noted"]
    assert "VIP" not in str(noted)
    assert (await company.entries(ticket))[-1].text == "VIP"


async def test_a_delivered_answer_is_marked_and_a_failed_one_is_announced(
    company: Company,
) -> None:
    await company.messages(message(1))
    ticket = await company.reply(await company.ticket(1))
    await company.reply(ticket, "Second")
    await company.reply(ticket, "Third")
    first, second, third = await company.announced("outgoing.requested")
    await company.forget_announced()
    await company.hear(
        "support.deliveries.v1",
        delivery(DeliverySent, first),
        delivery(DeliveryFailed, second, reason="550 no such user"),
        delivery(DeliveryNotConfirmed, third),
    )
    said = [entry for entry in await company.entries(ticket) if entry.kind == "reply"]
    assert [entry.delivery for entry in said] == ["sent", "failed", "not-confirmed"]
    failed, unsure = await company.announced()
    assert kinds([failed, unsure]) == ["ticket.reply-failed"] * 2
    assert failed["message_ref"] == second["request_id"]
    assert failed["reason"] == "550 no such user"
    assert unsure["reason"] == "nobody can say whether it arrived"
    assert failed["ticket"]["version"] + 1 == unsure["ticket"]["version"]
    assert (await company.ticket(1)).version == unsure["ticket"]["version"]


async def test_a_delivery_of_another_tenants_ticket_changes_nothing(company: Company) -> None:
    await company.messages(message(1))
    ticket = await company.reply(await company.ticket(1))
    (asked,) = await company.announced("outgoing.requested")
    await company.hear("support.deliveries.v1", delivery(DeliveryFailed, asked, tenant="other"))
    assert (await company.ticket(1)).version == ticket.version


async def test_the_first_clock_tells_the_customer_the_number_and_the_promised_time(
    company: Company,
) -> None:
    await company.messages(message(1))
    ticket = await company.ticket(1)
    await company.forget_announced()
    await company.hear("support.sla.v1", clock(ClockStarted, ticket.id))
    replied, asked = await company.announced()
    assert kinds([replied, asked]) == ["ticket.replied", "outgoing.requested"]
    assert (replied["automatic"], replied["by"]) == (True, "system")
    assert (asked["kind"], asked["automatic"]) == ("acknowledgement", True)
    assert "number 1." in asked["text"]
    assert "by 2 November 2026, 11:00 (Europe/Berlin)" in asked["text"]
    assert asked["text"].endswith("Demo GmbH\n")
    after = await company.ticket(1)
    assert (after.version, after.first_replied_at, after.unanswered_since) == (
        ticket.version + 1,
        None,
        START,
    )
    assert (await company.entries(after))[-1].kind == "acknowledgement"


async def test_a_customer_is_told_once_whatever_comes_first(company: Company) -> None:
    await company.messages(message(1), message(2))
    first, second = await company.tickets()
    started = clock(ClockStarted, first.id)
    await company.hear("support.sla.v1", started, clock(ClockStarted, first.id, order=2))
    await company.hear("support.sla.v1", clock(ClockStarted, first.id, order=3))
    assert await company.tick() == 0
    await _wait_is_over(company)
    assert await company.tick() == 1
    assert await company.tick() == 0
    await company.hear("support.sla.v1", clock(ClockStarted, second.id))
    told = await company.announced("outgoing.requested")
    assert [event["ticket_id"] for event in told] == [str(first.id), str(second.id)]
    assert "answer by" not in told[1]["text"]


async def _wait_is_over(company: Company) -> None:
    await company.sql("UPDATE acknowledgements SET due_at = now() - interval '1 s'")


async def test_robots_chats_and_other_clocks_bring_no_acknowledgement(company: Company) -> None:
    await company.messages(message(1, automatic=True), message(2, channel="chat"), message(3))
    tickets = await company.tickets()
    await company.hear(
        "support.sla.v1", *[clock(ClockStarted, ticket.id, kind="resolution") for ticket in tickets]
    )
    assert await company.announced("outgoing.requested") == []
    await _wait_is_over(company)
    assert await company.tick() == 1
    (asked,) = await company.announced("outgoing.requested")
    assert asked["ticket_id"] == str(tickets[2].id)


async def test_clocks_are_shown_as_they_stand_whatever_order_they_come_in(
    company: Company,
) -> None:
    await company.messages(message(1))
    ticket = await company.ticket(1)
    met = clock(ClockMet, ticket.id, order=3, met_at=START, elapsed_seconds=0)
    await company.hear("support.sla.v1", met)
    await company.hear(
        "support.sla.v1", clock(ClockStarted, ticket.id), clock(ClockBreached, ticket.id, order=2)
    )
    async with company.unit.database.reading() as session:
        (shown,) = await views.clocks(session, ticket)
    assert (shown.state, shown.met_at) == ("met", START)


async def test_the_latest_suggestion_stays(company: Company) -> None:
    await company.messages(message(1))
    ticket = await company.ticket(1)
    article = SuggestedArticle(
        article_id=UUID(int=7), title="Reset a password", language="en", score=0.5
    )
    for minute, articles in ((2, [article]), (1, [])):
        data = ArticlesSuggested(
            ticket_id=ticket.id, articles=articles, at=START + timedelta(minutes=minute)
        )
        await company.hear("support.suggestions.v1", received(data, ticket.id))
    async with company.unit.database.reading() as session:
        kept = await views.suggestion(session, ticket)
    assert kept is not None
    assert [one["title"] for one in kept.articles] == ["Reset a password"]


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
