"""What others bring about in a chat: agents, bots, silence, invitations, adapters."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from deploy.local.valkey import Valkey
from services.ingest.chat.hearing import chat_consumers, idle_chats
from services.ingest.settings import IngestSettings
from services.ingest.settings.chat import ChatSettings, RedisSettings
from services.ingest.tables import chat_entry, chat_session
from services.ingest.usecases.set_up_account import Wanted, set_up_account
from shared import contracts
from shared.contracts.conversations import (
    ConversationAbandoned,
    ConversationEnded,
    ConversationHandedOver,
    ConversationInvited,
    ConversationStarted,
)
from shared.contracts.inbound import InboundChatSessionEnded
from shared.contracts.outgoing import OutgoingRequested
from shared.contracts.tickets import TicketAssigned, TicketUnassigned
from shared.messaging import Received, UnitOfWork
from shared.service.process import Process
from shared.storage import BlobStore
from shared.testing.access import Access
from tests.ingest.chatroom import Backstage, Visitor, clock_in, replica
from tests.ingest.mailroom import AT, Mailroom, asked, chat, received

EXAMPLES = Path(str(contracts.__file__)).parent / "examples"
RULE = "page.contains('/pricing') && agents_available > 0"


@pytest.fixture
async def spoken(
    settings: IngestSettings, valkey: Valkey, access: Access, mailroom: Mailroom
) -> IngestSettings:
    """Settings of a replica; demo has the chats web, and shop with a bot and an invitation."""
    await access.know(mailroom.unit.database, "demo")
    asked_for = {
        "bot": True, "greeting": "Good day.",
        "invitations": [{"id": "pricing", "rule": RULE, "text": "May we help?"}],
    }  # fmt: skip
    async with mailroom.unit.begin() as (session, _outbox, now):
        wanted = Wanted("demo", "shop", "chat", None, "Shop", "internal", asked_for, {})
        await set_up_account(session, wanted, lambda _version: None, now)
    changed = {
        "redis": RedisSettings(url=valkey.url), "http_port": 0,
        "chat": ChatSettings(poll=0.2, queue_poll=0.3, idle=1),
    }  # fmt: skip
    return settings.model_copy(update=changed)


@pytest.fixture
async def api(spoken: IngestSettings) -> AsyncIterator[Process]:
    async with replica(spoken) as process:
        yield process


@pytest.fixture
async def backstage(unit: UnitOfWork, spoken: IngestSettings) -> AsyncIterator[Backstage]:
    made = Backstage(unit, spoken)
    yield made
    await made.close()


async def test_the_visitor_sees_who_joins_and_leaves(
    api: Process, backstage: Backstage, mailroom: Mailroom
) -> None:
    mia = await clock_in(mailroom.unit.database, "demo", name="Mia")
    visitor = await Visitor.come(api.port)
    await visitor.say("m1")
    await backstage.tickets(_moved(TicketAssigned, "to-anna", visitor.session, mia))
    joined = await visitor.entry(2)
    assert (joined["kind"], joined["author"]) == ("joined", "Mia")
    await backstage.outgoing(asked(visitor.session))
    assert (await visitor.entry(3))["author"] == "Mia"
    await backstage.tickets(_moved(TicketUnassigned, "anna-goes-home", visitor.session, mia))
    assert (await visitor.entry(4))["kind"] == "left"
    await visitor.close()


async def test_a_ticket_that_is_no_chat_changes_nothing(
    backstage: Backstage, mailroom: Mailroom
) -> None:
    await backstage.tickets(_moved(TicketAssigned, "to-anna", uuid4(), uuid4()))
    assert await mailroom.announced() == []


def test_only_tickets_that_may_be_of_a_chat_are_heard_of(blobs: BlobStore) -> None:
    _, tickets = chat_consumers(blobs, _nobody)
    assert tickets.only is not None
    assigned = _moved(TicketAssigned, "to-anna", uuid4(), uuid4()).data
    by_chat, by_mail = _of(assigned, channel="chat"), _of(assigned, channel="email")
    assert tickets.only(by_chat)
    assert not tickets.only(by_mail)
    # A merged ticket has the chat as its second conversation.
    assert tickets.only(_of(by_mail, conversation_ids=[uuid4(), uuid4()]))


async def test_the_bot_answers_first_and_hands_over(
    api: Process, backstage: Backstage, mailroom: Mailroom
) -> None:
    visitor = await Visitor.come(api.port, account="shop")
    assert visitor.welcome["greeting"] == "Good day."
    await visitor.say("m1")
    [started] = await mailroom.announced(ConversationStarted)
    assert started.data.held_by == "bot"
    await backstage.outgoing(asked(visitor.session, "I do not know.", kind="bot", hand_over=True))
    assert (await visitor.entry(2))["kind"] == "bot"
    assert (await visitor.entry(3))["kind"] == "handed-over"
    assert (await visitor.get("queue"))["position"] == 1
    [handed] = await mailroom.announced(ConversationHandedOver)
    assert handed.data.by == "bot"
    await visitor.close()


async def test_an_invitation_is_shown_where_its_rule_holds_and_announced(
    api: Process, mailroom: Mailroom
) -> None:
    await clock_in(mailroom.unit.database, "demo")
    visitor = await Visitor.come(api.port, account="shop")
    await visitor.send("page", page="https://shop.example/about")
    await visitor.send("page", page="https://shop.example/pricing", time_on_page=40)
    assert (await visitor.get("invitation"))["text"] == "May we help?"
    await visitor.send("invitation", id="pricing", outcome="accepted")
    await visitor.say("m1")
    invited = await mailroom.announced(ConversationInvited)
    assert [event.data.outcome for event in invited] == ["shown", "accepted"]
    [started] = await mailroom.announced(ConversationStarted)
    assert started.data.invitation == "pricing"
    await visitor.close()


async def test_silence_ends_a_session_and_later_it_is_forgotten(
    api: Process, backstage: Backstage, mailroom: Mailroom
) -> None:
    visitor = await Visitor.come(api.port)
    await visitor.say("m1")
    timer = idle_chats(backstage.desk.take)
    async with mailroom.unit.begin() as (session, outbox, now):
        due = await timer.next_due(session)
        assert due is not None
        assert await timer.fire(session, outbox, due, 10) == 1
    assert (await visitor.entry(2))["kind"] == "ended"
    assert len(await mailroom.announced(ConversationAbandoned)) == 1
    [ended] = await mailroom.announced(ConversationEnded)
    assert ended.data.reason == "idle"
    async with mailroom.unit.begin() as (session, outbox, now):
        due = await timer.next_due(session)
        assert due is not None
        assert (due - now).days >= 29
        assert await timer.fire(session, outbox, due, 10) == 1
    assert await mailroom.rows(chat_session) == []
    assert await mailroom.rows(chat_entry) == []
    await visitor.close()


async def test_an_answer_after_the_end_waits_for_the_visitor_and_is_mailed(
    api: Process, backstage: Backstage, mailroom: Mailroom
) -> None:
    visitor = await Visitor.come(api.port, email="ana@example.com")
    await visitor.say("m1")
    await visitor.send("end")
    await visitor.entry(2)
    await visitor.close()
    await backstage.outgoing(asked(visitor.session, "Here it is."))
    [copy] = await mailroom.announced(OutgoingRequested)
    assert (copy.data.channel, copy.data.recipient.address) == ("email", "ana@example.com")
    back = await Visitor.come(api.port, token=visitor.token, cursor=2)
    assert back.welcome["state"] == "ended"
    assert (await back.entry(3))["text"] == "Here it is."
    await back.close()


async def test_an_adapters_session_that_ends_ends_its_conversation(
    backstage: Backstage, mailroom: Mailroom
) -> None:
    said = chat("web-1", 1)
    hear = chat_consumers(mailroom.blobs, backstage.desk.take)[0]
    assert hear.prepare is not None
    ended = received(
        InboundChatSessionEnded(session_id="web-1", ended_at=AT), "web-1:end", key="web-1",
        source="/channels/web",
    )  # fmt: skip
    unheard = received(
        InboundChatSessionEnded(session_id="web-2", ended_at=AT), "web-2:end", key="web-2",
        source="/channels/web",
    )  # fmt: skip
    given = await hear.prepare([said, ended, unheard])
    async with mailroom.unit.begin() as (session, outbox, now):
        await hear.handle(session, outbox, given, now)
    [event] = await mailroom.announced(ConversationEnded)
    assert event.data.conversation_id == said.uid
    assert event.data.reason == "adapter-ended"


def _of(moved: TicketAssigned, **fields: Any) -> TicketAssigned:
    return moved.model_copy(update={"ticket": moved.ticket.model_copy(update=fields)})


async def _nobody(*_: Any) -> None:
    """Takes what nobody shall see."""


def _moved(kind: Any, example: str, conversation: UUID, agent: UUID) -> Received[Any]:
    data = json.loads((EXAMPLES / kind.TYPE / f"{example}.json").read_text())["data"]
    data["ticket"]["conversation_ids"] = [str(conversation)]
    data["agent_id"] = str(agent)
    made = kind.model_validate(data)
    return received(made, str(uuid4()), key=str(made.ticket.id), source="/deskstream/router")
