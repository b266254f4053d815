"""Mails through the SMTP door: spam, two halves of a thread, a ticket's number."""

from typing import Any

import pytest

from deploy.local.mail_sink import MailSink
from tests.journeys.desk import Desk, Json, entries, eventually, is_acknowledged, mail
from tests.journeys.doors import customer, deliver, heard, nothing_more, ticket_of

pytestmark = pytest.mark.journey


async def test_spam_is_held_until_somebody_lets_it_go(desk: Desk, mail_sink: MailSink) -> None:
    address = customer(desk, "prize")
    mailbox = {
        "kind": "email", "name": "Help", "address": f"help@{desk.tenant}.example",
        "settings": {"spam": {"rule": "subject.contains('prize')"}},
    }  # fmt: skip
    await desk.do("ingest", "PUT", "/v1/channels/mail", mailbox)
    raw = mail(desk.tenant, address, "Is this the prize desk?", Subject="A prize question")
    await deliver(desk, raw, address)
    held: list[Json] = await eventually(lambda: _held(desk), lambda found: found)
    assert [one["subject"] for one in held] == ["A prize question"]
    await nothing_more(desk, mail_sink)
    assert [t["subject"] for t in await desk.tickets()] == ["Last"]
    assert mail_sink.mails(address) == []

    await desk.do("ingest", "POST", f"/v1/quarantine/{held[0]['id']}/release")
    ticket = await ticket_of(desk, "A prize question", is_acknowledged)
    assert ticket["customer"]["address"] == address
    assert len(await mail_sink.wait_for(address)) == 1
    assert await _held(desk) == []


async def _held(desk: Desk) -> list[Any]:
    return list((await desk.get("ingest", "/v1/quarantine"))["items"])


async def test_when_two_halves_of_a_thread_become_one_no_message_is_lost(
    desk: Desk, mail_sink: MailSink
) -> None:
    address, cut = customer(desk, "halves"), "Re: The invoice"
    first, middle = f"<first@{desk.tenant}>", f"<middle@{desk.tenant}>"
    last = f"<last@{desk.tenant}>"
    await deliver(
        desk, mail(desk.tenant, address, "First.", id=first, Subject="The invoice"), address
    )
    one = await desk.ticket(is_acknowledged)
    tail = mail(desk.tenant, address, "Last.", id=last, Subject=cut, In_Reply_To=middle)
    await deliver(desk, tail, address)
    two = await ticket_of(desk, cut, is_acknowledged)
    assert one["conversation_ids"] != two["conversation_ids"]

    missing = mail(desk.tenant, address, "Middle.", id=middle, Subject=cut, In_Reply_To=first)
    await deliver(desk, missing, address)
    [merged] = await heard(desk, "conversation.merged")
    assert [merged["conversation_id"]] == one["conversation_ids"]
    assert [merged["merged_id"]] == two["conversation_ids"]
    one = await ticket_of(desk, "The invoice", lambda t: t["message_count"] == 2)
    for id in (merged["conversation_id"], merged["merged_id"]):
        shown = (await desk.get("ingest", f"/v1/conversations/{id}/messages"))["items"]
        said = [item["text"].strip() for item in shown if item["direction"] == "inbound"]
        assert sorted(said) == ["First.", "Last.", "Middle."]

    # Both tickets can still be answered, and each answer joins the one conversation.
    for ticket in (one, two):
        await desk.act(ticket, "reply", {"text": f"About {ticket['number']}."})
        await ticket_of(
            desk, ticket["subject"],
            lambda t: [e["delivery"] for e in entries(t, "reply")] == ["sent"],
        )  # fmt: skip
    answers = (await mail_sink.wait_for(address, count=4))[2:]
    said = [answer.message.get_content().strip() for answer in answers]
    assert said == [f"About {one['number']}.", f"About {two['number']}."]
    back = mail(
        desk.tenant, address, "Thanks for both.", Subject=cut,
        In_Reply_To=answers[1].message["Message-ID"],
    )  # fmt: skip
    await deliver(desk, back, address)
    await ticket_of(desk, "The invoice", lambda t: t["message_count"] == 3)
    assert len(await desk.tickets()) == 2
    assert await desk.parked("router") == []


async def test_a_number_in_the_subject_joins_its_ticket_for_who_takes_part_and_for_nobody_else(
    desk: Desk, mail_sink: MailSink
) -> None:
    address, stranger = customer(desk, "ada"), customer(desk, "eve")
    await deliver(desk, mail(desk.tenant, address, "It is broken."), address)
    ticket = await desk.ticket(is_acknowledged)
    subject = f"my broken chair [#{ticket['number']}]"
    again = mail(desk.tenant, address, "A photograph follows.", Subject=subject)
    await deliver(desk, again, address)
    joined = await ticket_of(desk, "A question", lambda t: t["message_count"] == 2)
    assert joined["conversation_ids"] == ticket["conversation_ids"]

    await deliver(desk, mail(desk.tenant, stranger, "Me too!", Subject=subject), stranger)
    other = await ticket_of(desk, subject, is_acknowledged)
    assert other["customer"]["address"] == stranger
    assert len(await desk.tickets()) == 2
