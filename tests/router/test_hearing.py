"""What other services say about tickets: deliveries, clocks and articles, on PostgreSQL."""

from datetime import timedelta
from uuid import UUID

from services.router.repository import views
from shared.contracts.deliveries import (
    DeliveryBounced,
    DeliveryFailed,
    DeliveryNotConfirmed,
    DeliverySent,
)
from shared.contracts.sla import ClockBreached, ClockMet, ClockPaused, ClockResumed, ClockStarted
from shared.contracts.suggestions import ArticlesSuggested, SuggestedArticle
from tests.router.company import Company, kinds
from tests.router.events import START, clock, delivery, message, received


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


async def test_an_answer_that_bounced_has_failed_if_its_address_will_never_work(
    company: Company,
) -> None:
    await company.messages(message(1))
    ticket = await company.reply(await company.ticket(1))
    await company.reply(ticket, "Second")
    first, second = await company.announced("outgoing.requested")
    await company.hear(
        "support.deliveries.v1", delivery(DeliverySent, first), delivery(DeliverySent, second)
    )
    await company.forget_announced()
    notice = {"message_id": UUID(int=7), "attempts": 1}
    await company.hear(
        "support.deliveries.v1",
        delivery(
            DeliveryBounced, first, hard=True, reason="unknown-user", status="5.1.1", **notice
        ),
        delivery(DeliveryBounced, second, hard=False, reason="mailbox-full", **notice),
    )
    said = [entry for entry in await company.entries(ticket) if entry.kind == "reply"]
    assert [entry.delivery for entry in said] == ["failed", "sent"]
    (failed,) = await company.announced()
    assert kinds([failed]) == ["ticket.reply-failed"]
    assert (failed["message_ref"], failed["reason"]) == (
        first["request_id"], "bounced: unknown-user (5.1.1)",
    )  # fmt: skip


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


async def test_a_clock_that_stood_still_is_shown_with_the_instant_at_which_it_is_due_now(
    company: Company,
) -> None:
    await company.messages(message(1))
    ticket = await company.ticket(1)
    later = START + timedelta(hours=3)
    shown = []
    for heard in (
        clock(ClockPaused, ticket.id, order=2),
        clock(ClockResumed, ticket.id, order=3, due_at=later),
    ):
        await company.hear("support.sla.v1", heard)
        async with company.unit.database.reading() as session:
            shown += [(one.state, one.due_at) for one in await views.clocks(session, ticket)]
    assert shown == [("paused", START + timedelta(hours=1)), ("running", later)]


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
