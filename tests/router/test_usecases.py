"""Customers write and agents answer: what becomes of their tickets, on PostgreSQL."""

from datetime import timedelta

import pytest

from services.router.domain.lifecycle import ClosedTicket, ForbiddenMove
from services.router.domain.tickets import Actor
from services.router.usecases import working
from tests.router.company import Company, kinds
from tests.router.events import START, conversation, message


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


async def test_a_ticket_is_due_when_its_customer_wants_to_hear_from_us(company: Company) -> None:
    first, last = START + timedelta(hours=3), START + timedelta(hours=5)
    await company.messages(message(1, channel="voice", wished_at=first))
    assert (await company.ticket(1)).due_at == first
    await company.messages(message(1, minute=5, wished_at=last), message(1, minute=6))
    assert (await company.ticket(1)).due_at == last
    *_, wrote = await company.announced("ticket.customer-wrote")
    assert wrote["ticket"]["due_at"] == last.isoformat().replace("+00:00", "Z")


async def test_a_public_complaint_goes_out_before_what_waited_longer(company: Company) -> None:
    await company.messages(message(1), message(2, channel="social", urgent=True))
    assert [one.priority for one in await company.tickets()] == ["normal", "high"]
    await company.agent(1, capacity={"total": 1})
    assert [one.assignee is not None for one in await company.tickets()] == [False, True]


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
