"""A chat session, from an adapter's events to an answer."""

import pytest

from tests.journeys.desk import Desk, entries
from tests.journeys.topics import chat

pytestmark = pytest.mark.journey
SAID = ("Hello?", "The report stays empty.", "こんにちは")


async def test_a_chat_session_of_several_messages_is_one_ticket_in_their_order(desk: Desk) -> None:
    session = f"session-{desk.tenant}"
    said = [chat(desk.tenant, session, n, text) for n, text in enumerate(SAID)]
    # The adapter was not sure whether its first message arrived, and sends it again.
    await desk.topics.send("support.inbound.chat.v1", [*said, said[0]])

    ticket = await desk.ticket(lambda t: t["message_count"] == len(SAID) and t["assignee"])
    assert ticket["channel"] == "chat"
    assert [entry["text"] for entry in entries(ticket, "message")] == list(SAID)
    assert len(await desk.tickets()) == 1

    await desk.act(ticket, "reply", {"text": "Which report?"})
    await desk.ticket(lambda t: [e["delivery"] for e in entries(t, "reply")] == ["sent"])
    [conversation] = ticket["conversation_ids"]
    shown = await desk.get("ingest", f"/v1/conversations/{conversation}/messages")
    assert [one["text"] for one in shown["items"]] == [*SAID, "Which report?"]
