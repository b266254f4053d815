"""A visitor's chat: what is acked is stored and announced, once, and every socket sees it."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from deploy.local.valkey import Valkey
from services.ingest.settings import IngestSettings
from services.ingest.settings.chat import ChatSettings, RedisSettings
from services.ingest.tables import message
from shared.contracts.conversations import (
    ConversationAnswered,
    ConversationEnded,
    ConversationQueued,
    ConversationStarted,
)
from shared.contracts.deliveries import DeliveryRead
from shared.contracts.inbound import InboundChatMessageSent
from shared.messaging import Received, UnitOfWork
from shared.messaging.ids import inbound_ids
from shared.service.process import Process
from shared.testing.access import Access
from tests.ingest.chatroom import Backstage, Visitor, clock_in, replica
from tests.ingest.mailroom import AT, Mailroom, asked


@pytest.fixture
async def chatty(
    settings: IngestSettings, valkey: Valkey, access: Access, mailroom: Mailroom
) -> IngestSettings:
    """The settings of replicas that talk by Valkey; demo has an agent who is in."""
    await access.know(mailroom.unit.database, "demo")
    await clock_in(mailroom.unit.database, "demo")
    await access.know(mailroom.unit.database, "other")
    return settings.model_copy(
        update={
            "redis": RedisSettings(url=valkey.url),
            "chat": ChatSettings(poll=0.2, calm_poll=0.5, queue_poll=0.3, patience=5),
            "http_port": 0,
        }
    )


@pytest.fixture
async def api(chatty: IngestSettings) -> AsyncIterator[Process]:
    async with replica(chatty) as process:
        yield process


@pytest.fixture
async def backstage(unit: UnitOfWork, chatty: IngestSettings) -> AsyncIterator[Backstage]:
    made = Backstage(unit, chatty)
    yield made
    await made.close()


async def test_a_message_is_acked_once_it_is_announced(api: Process, mailroom: Mailroom) -> None:
    visitor = await Visitor.come(api.port, name="Ana", email="ana@example.com", language="en")
    ack = await visitor.say("m1", "Where is my invoice?")
    assert ack["seq"] == 1
    [event] = await mailroom.announced(InboundChatMessageSent)
    assert event.source == "/channels/web"
    assert event.data.text == "Where is my invoice?"
    assert event.data.visitor.email == "ana@example.com"
    assert event.subject == str(visitor.session)
    await visitor.close()


async def test_the_session_is_the_conversation(api: Process, mailroom: Mailroom) -> None:
    visitor = await Visitor.come(api.port)
    await visitor.say("m1")
    [event] = await mailroom.announced(InboundChatMessageSent)
    uid, _ = inbound_ids(AT, "demo", event.source, event.id)
    await mailroom.chats(Received(uid, event, event.data, AT))
    [started] = await mailroom.announced(ConversationStarted)
    assert started.data.conversation_id == visitor.session
    messages = await mailroom.rows(message)
    assert [row.conversation_id for row in messages] == [visitor.session]
    await visitor.close()


async def test_the_same_client_id_again_is_the_same_message(
    api: Process, mailroom: Mailroom
) -> None:
    visitor = await Visitor.come(api.port)
    first, again = await visitor.say("m1"), await visitor.say("m1")
    assert (first["seq"], first["at"]) == (again["seq"], again["at"])
    assert len(await mailroom.announced(InboundChatMessageSent)) == 1
    await visitor.close()


async def test_an_answer_is_pushed_stored_and_announced_as_sent(
    api: Process, mailroom: Mailroom, backstage: Backstage
) -> None:
    visitor = await Visitor.come(api.port)
    await visitor.say("m1")
    await backstage.outgoing(asked(visitor.session, "It is on its way.", ticket_id=uuid4()))
    entry = await visitor.entry(2)
    assert (entry["kind"], entry["text"]) == ("reply", "It is on its way.")
    assert len(await mailroom.announced(ConversationAnswered)) == 1
    await visitor.close()


async def test_reading_an_answer_announces_delivery_read_once(
    api: Process, mailroom: Mailroom, backstage: Backstage
) -> None:
    visitor = await Visitor.come(api.port)
    other = await Visitor.come(api.port, token=visitor.token)
    await visitor.say("m1")
    request = asked(visitor.session)
    await backstage.outgoing(request)
    await visitor.entry(2)
    await visitor.send("read", seq=2)
    await visitor.send("read", seq=2)
    await other.get("read", who="visitor", seq=2)
    await visitor.say("m2")
    reads = await mailroom.announced(DeliveryRead)
    assert [event.data.request_id for event in reads] == [request.data.request_id]
    await visitor.close()
    await other.close()


async def test_two_sockets_of_a_session_see_the_same_and_typing_reaches_the_other(
    api: Process,
) -> None:
    one = await Visitor.come(api.port)
    two = await Visitor.come(api.port, token=one.token)
    await one.say("m1", "from one")
    assert (await two.entry(1))["text"] == "from one"
    await two.say("m2", "from two")
    assert (await one.entry(2))["text"] == "from two"
    await one.send("typing")
    assert (await two.get("typing"))["who"] == "visitor"
    await one.close()
    await two.close()


async def test_after_a_reconnect_everything_missed_comes_in_order(
    api: Process, backstage: Backstage
) -> None:
    visitor = await Visitor.come(api.port)
    await visitor.say("m1")
    await visitor.close()
    for number in range(150):
        await backstage.outgoing(asked(visitor.session, f"answer {number}"))
    back = await Visitor.come(api.port, token=visitor.token, cursor=1)
    await back.entry(151)
    assert [entry["seq"] for entry in back.entries] == list(range(2, 152))
    await back.close()


async def test_a_visitor_is_told_the_place_in_the_queue(api: Process, mailroom: Mailroom) -> None:
    first, second = await Visitor.come(api.port), await Visitor.come(api.port)
    await first.say("m1")
    await second.say("m1")
    assert (await first.get("queue"))["position"] == 1
    assert (await second.get("queue", position=2))["expected_seconds"] is None
    await first.send("end")
    await second.get("queue", position=1)
    queued = await mailroom.announced(ConversationQueued)
    assert [event.data.position for event in queued] == [1, 2]
    await first.close()
    await second.close()


async def test_ending_mails_the_transcript_where_it_was_asked_for(
    api: Process, mailroom: Mailroom, backstage: Backstage
) -> None:
    visitor = await Visitor.come(api.port)
    await visitor.say("m1", "Where is my invoice?")
    await backstage.outgoing(asked(visitor.session, "It is on its way."))
    await visitor.entry(2)
    await visitor.send("transcript", email="ana@example.com")
    await visitor.send("end")
    assert (await visitor.entry(3))["kind"] == "ended"
    [ended] = await mailroom.announced(ConversationEnded)
    assert ended.data.reason == "visitor-left"
    assert ended.data.transcript_to == "ana@example.com"
    outgoing = [e for e in await mailroom.announced() if e.type.endswith("outgoing.requested.v1")]
    assert "Where is my invoice?" in outgoing[0].data.text
    assert (await visitor.say("m2"))["code"] == "ended"
    await visitor.close()


async def test_nobody_in_means_a_form_whose_message_has_an_address(
    api: Process, mailroom: Mailroom, access: Access, chatty: IngestSettings
) -> None:
    visitor = await Visitor.come(api.port, tenant="other")
    offline = await visitor.get("offline")
    assert offline["fields"][0] == {"name": "email", "required": True}
    await visitor.send("leave", id="m1", email="ana@example.com", text="Please call me.")
    await visitor.get("ack", id="m1")
    [event] = await mailroom.announced(InboundChatMessageSent)
    assert event.data.visitor.email == "ana@example.com"
    [started] = await mailroom.announced(ConversationStarted)
    assert started.data.offline
    await visitor.close()
