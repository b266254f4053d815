"""Mails that come back, and robots that answer: no ticket, no answer, no loop."""

from email.message import EmailMessage

import pytest

from deploy.local.mail_sink import Mail, MailSink
from tests.ingest.notices import failed, report
from tests.journeys.desk import Desk, Json, entries, eventually, is_acknowledged, mail
from tests.journeys.doors import customer, deliver, heard, nothing_more, ticket_of

pytestmark = pytest.mark.journey


def bounce_of(sent: Mail, recipient: str, status: str, says: str) -> bytes:
    """What the customer's server sends back about one of our mails."""
    given = f"From: help\nSubject: Re\nMessage-ID: {sent.message['Message-ID']}\n"
    return report(failed(recipient, status, says), returned=given)


def away(sent: Mail, sender: str, text: str = "I am back on Monday.") -> bytes:
    """An out-of-office answer to one of our mails, as servers write them."""
    note = EmailMessage()
    note["From"], note["To"] = sender, sent.message["Reply-To"] or sent.message["From"]
    note["Subject"] = f"Automatic reply: {sent.message['Subject']}"
    note["Message-ID"] = f"<away-{sent.number}@customers.example>"
    note["In-Reply-To"] = note["References"] = sent.message["Message-ID"]
    note["Auto-Submitted"] = "auto-replied"
    note.set_content(text)
    return note.as_bytes()


async def test_an_answer_that_comes_back_for_good_fails_at_the_ticket_and_opens_none(
    desk: Desk, mail_sink: MailSink
) -> None:
    address = customer(desk, "gone")
    await deliver(desk, mail(desk.tenant, f"Gone <{address}>", "May I return it?"), address)
    ticket = await desk.ticket(lambda t: t["assignee"] and is_acknowledged(t))
    await desk.act(ticket, "reply", {"text": "Yes, within 30 days."})
    _, answer = await mail_sink.wait_for(address, count=2)
    await desk.ticket(lambda t: [e["delivery"] for e in entries(t, "reply")] == ["sent"])

    await deliver(desk, bounce_of(answer, address, "4.2.2", "452 4.2.2 Mailbox full"))
    [soft] = await heard(desk, "message.bounced")
    assert (soft["hard"], soft["reason"]) == (False, "mailbox-full")
    await deliver(desk, bounce_of(answer, address, "5.1.1", "550 5.1.1 No such user here"))
    failed_ = await desk.ticket(
        lambda t: [e["delivery"] for e in entries(t, "reply")] == ["failed"]
    )
    [reply] = entries(failed_, "reply")
    assert reply["delivery_reason"] == "bounced: unknown-user (5.1.1)"
    told = await desk.topics.read("support.tickets.v1", desk.tenant)
    [said] = [event.data for event in told if event.type == "support.ticket.reply-failed.v1"]
    assert said["ticket"]["id"] == ticket["id"]
    assert (await heard(desk, "message.bounced", 2))[1]["conversation_id"] in ticket[
        "conversation_ids"
    ]
    await nothing_more(desk, mail_sink)
    assert {t["subject"]: t["message_count"] for t in await desk.tickets()} == {
        "A question": 1, "Last": 1,
    }  # fmt: skip
    assert len(mail_sink.mails(address)) == 2


async def test_an_out_of_office_answer_opens_no_ticket_and_is_not_answered(
    desk: Desk, mail_sink: MailSink
) -> None:
    address = customer(desk, "away")
    await deliver(desk, mail(desk.tenant, address, "Can I pay later?"), address)
    ticket = await desk.ticket(is_acknowledged)
    [acknowledgement] = await mail_sink.wait_for(address)
    assert acknowledgement.message["Auto-Submitted"] == "auto-replied"
    await deliver(desk, away(acknowledgement, address), to=_reply_to(acknowledgement))
    [note] = await heard(desk, "message.auto-replied")
    assert [note["conversation_id"]] == ticket["conversation_ids"]
    await nothing_more(desk, mail_sink)
    assert {t["subject"]: t["message_count"] for t in await desk.tickets()} == {
        "A question": 1, "Last": 1,
    }  # fmt: skip
    assert len(mail_sink.mails(address)) == 1


def _reply_to(sent: Mail) -> str:
    return str(sent.message["Reply-To"] or sent.message["From"].addresses[0].addr_spec)


async def test_two_robots_that_answer_each_other_fall_silent(
    desk: Desk, mail_sink: MailSink
) -> None:
    # It answers all that it gets, each time as if it were a person: no header tells.
    address, rounds = customer(desk, "robot"), 8
    await deliver(desk, mail(desk.tenant, address, "Order 1 is late.", Subject="Order 1"), address)
    for number in range(2, rounds + 1):
        answered = await mail_sink.wait_for(address, count=min(number - 1, 1))
        text = f"We got: {answered[-1].message['Subject']}"
        robot = mail(desk.tenant, address, text, In_Reply_To=answered[-1].message["Message-ID"])
        await deliver(desk, robot, address)
    await ticket_of(desk, "Order 1", lambda t: t["message_count"] == rounds)
    await nothing_more(desk, mail_sink)
    assert len(mail_sink.mails(address)) == 1
    assert len(await desk.tickets()) == 2


async def test_a_robot_that_always_begins_anew_is_answered_so_often_in_an_hour_and_no_more(
    desk: Desk, mail_sink: MailSink
) -> None:
    address, budget, mails = customer(desk, "hammer"), 20, 25
    for number in range(mails):
        raw = mail(desk.tenant, address, f"Alert {number}.", Subject=f"Alert {number}")
        await deliver(desk, raw, address)
    all_ = await eventually(desk.tickets, lambda found: len(found) == mails)
    settled = [
        await eventually(lambda i=t["id"]: desk.get("router", f"/v1/tickets/{i}"), _is_settled)  # type: ignore[misc]
        for t in all_
    ]
    outcomes = [entries(t, "acknowledgement")[0]["delivery"] for t in settled]
    assert sorted(outcomes) == ["failed"] * (mails - budget) + ["sent"] * budget
    assert len(mail_sink.mails(address)) == budget


def _is_settled(ticket: Json) -> bool:
    return {entry["delivery"] for entry in entries(ticket, "acknowledgement")} <= {
        "sent", "failed",
    } and bool(entries(ticket, "acknowledgement"))  # fmt: skip
