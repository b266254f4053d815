"""Live chat, from the visitor's socket through Kafka and router to the transcript by mail."""

from typing import Any

import pytest

from deploy.local.mail_sink import MailSink
from tests.ingest.chatroom import Visitor
from tests.journeys.desk import Desk, Json, entries, eventually

pytestmark = pytest.mark.journey


async def come(desk: Desk, account: str = "website", **hello: Any) -> Visitor:
    """A visitor's socket at the company's chat."""
    port = int(desk.suite.addresses["ingest"].rpartition(":")[2])
    return await Visitor.come(port, tenant=desk.tenant, account=account, **hello)


async def set_availability(desk: Desk, availability: str) -> None:
    """The company's only agent comes or goes."""
    [agent] = (await desk.get("router", "/v1/agents"))["items"]
    path = f"/v1/agents/{agent['id']}/availability"
    await desk.do("router", "POST", path, {"availability": availability})


def replies_sent(count: int) -> Any:
    """Whether the visitor has been given that many answers."""

    def holds(ticket: Json) -> bool:
        return [entry["delivery"] for entry in entries(ticket, "reply")] == ["sent"] * count

    return holds


async def told(desk: Desk, type: str) -> list[Json]:
    """What was announced of the company's conversations, of one type."""
    seen = await desk.topics.read("support.messages.v1", desk.tenant)
    return [event.data for event in seen if event.type == f"support.conversation.{type}.v1"]


async def test_a_visitor_waits_is_answered_misses_nothing_and_is_mailed_the_transcript(
    desk: Desk, mail_sink: MailSink
) -> None:
    address = f"ana@{desk.tenant}-visitors.example"
    await set_availability(desk, "away")
    visitor = await come(desk, name="Ana", email=address, language="en")
    await visitor.say("m1", "The export is empty.")
    place = await visitor.get("queue")
    assert (place["position"], place["expected_seconds"]) == (1, None)
    await set_availability(desk, "available")
    joined = await visitor.get("entry", kind="joined")
    assert joined["author"] == "Amina"

    ticket = await desk.ticket(lambda t: t["assignee"])
    assert ticket["channel"] == "chat"
    assert ticket["customer"] == {"name": "Ana", "address": address}
    assert ticket["conversation_ids"] == [str(visitor.session)]
    await desk.act(ticket, "reply", {"text": "Which export is it?"})
    first = await visitor.get("entry", kind="reply")
    assert (first["text"], first["author"]) == ("Which export is it?", "Amina")
    await visitor.close()

    await desk.act(ticket, "reply", {"text": "Never mind: it is mended."})
    await desk.ticket(replies_sent(2))
    again = await come(desk, token=visitor.token, cursor=first["seq"])
    missed = await again.get("entry", kind="reply")
    assert (missed["seq"], missed["text"]) == (first["seq"] + 1, "Never mind: it is mended.")
    await again.say("m2", "Thank you!")
    await desk.ticket(lambda t: t["message_count"] == 2)
    await again.send("transcript", email=address)
    await again.send("end")
    await again.get("entry", kind="ended")
    await again.close()

    [transcript] = await mail_sink.wait_for(address)
    lines = transcript.message.get_content().splitlines()
    said = [line.partition(": ")[2] for line in lines if ": " in line]
    assert said == [
        "The export is empty.", "Which export is it?", "Never mind: it is mended.", "Thank you!",
    ]  # fmt: skip
    [answered] = await told(desk, "answered")
    assert answered["by"] == ticket["assignee"]
    [ended] = await eventually(lambda: told(desk, "ended"), lambda found: found)
    assert ended["conversation_id"] == str(visitor.session)
    assert (ended["by"], ended["messages"], ended["replies"]) == ("visitor", 2, 2)
    [ticket] = await desk.tickets()
    assert ticket["message_count"] == 2
    assert await desk.parked("router") == []


async def test_an_answer_after_the_visitor_has_gone_comes_by_mail_and_the_talk_goes_on_there(
    desk: Desk, mail_sink: MailSink
) -> None:
    address = f"leo@{desk.tenant}-visitors.example"
    visitor = await come(desk, name="Leo", email=address)
    await visitor.say("m1", "Can I move my booking?")
    ticket = await desk.ticket(lambda t: t["assignee"])
    await visitor.send("end")
    await visitor.get("entry", kind="ended")
    await visitor.close()

    await desk.act(ticket, "reply", {"text": "Yes: to which day?"})
    [mailed] = await mail_sink.wait_for(address)
    assert mailed.message.get_content().strip() == "Yes: to which day?"
    ticket = await desk.ticket(replies_sent(1))
    assert await desk.parked("router") == []

    answer = (
        f"From: Leo <{address}>\nTo: help@{desk.tenant}.example\n"
        f"Message-ID: <friday@{desk.tenant}>\nSubject: Re: your chat\n"
        f"In-Reply-To: {mailed.message['Message-ID']}\n\nTo Friday, please.\n"
    )
    await desk.send(answer.encode())
    ticket = await desk.ticket(lambda t: t["message_count"] == 2)
    await desk.act(ticket, "reply", {"text": "Done: Friday."})
    await desk.ticket(replies_sent(2))
    last = f"last@{desk.tenant}-visitors.example"
    await desk.send(
        f"From: {last}\nTo: help@{desk.tenant}.example\nSubject: Hello\n\nHello.\n".encode()
    )
    await mail_sink.wait_for(last)
    texts = [mail.message.get_content().strip() for mail in mail_sink.mails(address)]
    assert texts == ["Yes: to which day?", "Done: Friday."]


async def test_what_a_bot_talks_of_is_no_ticket_until_it_hands_over_to_people(desk: Desk) -> None:
    account = {"kind": "chat", "name": "Helper", "settings": {"bot": True}}
    await desk.do("ingest", "PUT", "/v1/channels/helper", account)
    visitor = await come(desk, "helper", name="Mo")
    assert visitor.welcome["state"] == "open"
    await visitor.say("m1", "Where is my parcel?")
    await visitor.say("m2", "It was due on Monday.")
    path = f"/v1/conversations/{visitor.session}/messages"
    await eventually(lambda: _texts(desk, path), lambda texts: len(texts) == 2)
    assert await desk.tickets() == []

    await visitor.send("person")
    await visitor.get("entry", kind="handed-over")
    ticket = await desk.ticket(lambda t: t["assignee"])
    assert ticket["conversation_ids"] == [str(visitor.session)]
    await visitor.get("entry", kind="joined")
    await desk.act(ticket, "reply", {"text": "I look for it."})
    await visitor.get("entry", kind="reply")
    await visitor.say("m3", "Thank you.")
    await desk.ticket(lambda t: t["message_count"] == 2)
    await visitor.close()


async def _texts(desk: Desk, path: str) -> list[str]:
    url = f"{desk.suite.addresses['ingest']}{path}"
    answer = await desk.client.get(url, headers=desk.headers)
    return [one["text"] for one in answer.json()["items"]] if answer.is_success else []
