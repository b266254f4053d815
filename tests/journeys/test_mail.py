"""A customer's mail, from the door to the figures."""

import pytest

from deploy.local.mail_sink import MailSink
from tests.journeys.desk import Desk, entries, eventually, is_acknowledged, mail

pytestmark = pytest.mark.journey


async def test_a_mail_becomes_a_ticket_that_is_assigned_promised_answered_and_counted(
    desk: Desk, mail_sink: MailSink
) -> None:
    address = f"ada@{desk.tenant}-customers.example"
    question = mail(
        desk.tenant, f"Ada <{address}>", "How do I reset my password?",
        id=f"<question@{desk.tenant}>", Subject="I forgot my password",
    )  # fmt: skip
    await desk.send(question)

    ticket = await desk.ticket(
        lambda t: t["assignee"] and t["suggested_articles"] and is_acknowledged(t)
    )
    assert ticket["subject"] == "I forgot my password"
    assert ticket["assigned_reason"].startswith("least loaded of 1 available in Support")
    assert ticket["suggested_articles"][0]["title"] == "Reset your password"
    clocks = await desk.clocks(ticket, lambda found: len(found) == 2)
    assert {kind: clock["target_seconds"] for kind, clock in clocks.items()} == {
        "first-response": 3600,
        "resolution": 28800,
    }
    assert {clock["outcome"] for clock in clocks.values()} == {"running"}

    await desk.act(ticket, "reply", {"text": "By the sign-in page.", "status": "pending"})
    acknowledgement, answer = await mail_sink.wait_for(address, count=2)
    assert f"It has the number {ticket['number']}." in acknowledgement.message.get_content()
    assert answer.message["In-Reply-To"] == f"<question@{desk.tenant}>"
    assert answer.message["References"].split()[0] == f"<question@{desk.tenant}>"
    assert answer.message["Subject"] == "Re: I forgot my password"
    assert answer.message.get_content().strip() == "By the sign-in page."
    await desk.clocks(ticket, lambda found: found["first-response"]["outcome"] == "met")
    await desk.kpi("first-response-time", lambda total: total["count"] == 1)

    thanks = mail(
        desk.tenant, f"Ada <{address}>", "And which page is that?",
        In_Reply_To=answer.message["Message-ID"], Subject="Re: I forgot my password",
    )  # fmt: skip
    await desk.send(thanks)
    ticket = await desk.ticket(lambda t: t["message_count"] == 2)
    assert ticket["status"] == "open"

    await desk.act(ticket, "resolve")
    await desk.clocks(ticket, lambda found: found["resolution"]["outcome"] == "met")
    await desk.kpi("resolution-time", lambda total: total["count"] == 1)
    await desk.kpi("backlog", lambda total: total["count"] == 0)
    assert len(await desk.tickets()) == 1


async def test_a_reply_that_arrives_before_its_parent_joins_the_same_ticket(desk: Desk) -> None:
    sender, parent = "Ada <ada@customer.example>", f"<parent@{desk.tenant}>"
    reply = mail(desk.tenant, sender, "The second mail.", In_Reply_To=parent, References=parent)
    await desk.send(reply)
    await desk.ticket()
    await desk.send(mail(desk.tenant, sender, "The first mail.", id=parent))

    ticket = await desk.ticket(lambda t: t["message_count"] == 2)
    said = [entry["text"].strip() for entry in entries(ticket, "message")]
    assert said == ["The second mail.", "The first mail."]
    assert len(ticket["conversation_ids"]) == 1


async def test_the_same_mail_twice_is_one_ticket_with_one_acknowledgement(
    desk: Desk, mail_sink: MailSink
) -> None:
    address = f"twice@{desk.tenant}-customers.example"
    once = mail(desk.tenant, f"Twice <{address}>", "Did you get this?")
    again = b"Received: by another relay\n" + once
    first = await desk.send(once)
    assert await desk.send(once) == first
    copy = await desk.send(again)
    assert copy != first
    assert (await desk.message(copy))["id"] == (await desk.message(first))["id"]

    ticket = await desk.ticket(is_acknowledged)
    # A later ticket is acknowledged after all that the copies could have caused.
    other = f"later@{desk.tenant}-customers.example"
    await desk.send(mail(desk.tenant, f"Later <{other}>", "Another question."))
    await mail_sink.wait_for(other)
    [told] = mail_sink.mails(address)
    text = told.message.get_content()
    assert f"It has the number {ticket['number']}." in text
    assert "You will have our answer by " in text
    assert told.message["Auto-Submitted"] == "auto-replied"
    assert [one["message_count"] for one in await desk.tickets()] == [1, 1]


async def test_a_program_that_reports_gets_a_ticket_and_no_acknowledgement(
    desk: Desk, mail_sink: MailSink
) -> None:
    robot, person = (f"{who}@{desk.tenant}-customers.example" for who in ("robot", "person"))
    await desk.send(
        mail(desk.tenant, robot, "Disk full.", Auto_Submitted="auto-generated", Subject="Alert")
    )
    await desk.send(mail(desk.tenant, person, "I am here."))
    await mail_sink.wait_for(person)
    robots = await eventually(
        desk.tickets, lambda found: {one["subject"] for one in found} >= {"Alert"}
    )
    [ticket] = [one for one in robots if one["subject"] == "Alert"]
    shown = await desk.get("router", f"/v1/tickets/{ticket['id']}")
    assert entries(shown, "acknowledgement") == []
    assert mail_sink.mails(robot) == []
