"""How many chats and transcripts one address may have, and all together; how long queues are."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from services.ingest.repository.chat_queue import Queues
from services.ingest.settings import IngestSettings
from services.ingest.settings.chat import ChatSettings
from services.ingest.usecases.set_up_account import Wanted, set_up_account
from shared.contracts.conversations import ConversationStarted
from shared.messaging import UnitOfWork
from shared.service.process import Process
from shared.testing.access import Access
from tests.ingest.chatroom import Backstage, Visitor, clock_in, replica
from tests.ingest.mailroom import Mailroom, asked

LIMITS = ChatSettings(
    chats_per_address=2, chats_per_account=3, transcripts_per_address=1, transcripts_per_account=9,
    proxies=1, poll=0.2, queue_poll=0.3,
)  # fmt: skip


@pytest.fixture
async def limited(settings: IngestSettings, access: Access, mailroom: Mailroom) -> IngestSettings:
    for tenant in ("demo", "other"):
        await access.know(mailroom.unit.database, tenant)
        await clock_in(mailroom.unit.database, tenant)
    return settings.model_copy(update={"chat": LIMITS, "http_port": 0})


@pytest.fixture
async def api(limited: IngestSettings) -> AsyncIterator[Process]:
    async with replica(limited) as process:
        yield process


async def come(api: Process, address: str, **given: Any) -> Visitor:
    """A visitor whose address a trusted proxy tells."""
    return await Visitor.come(api.port, headers={"X-Forwarded-For": address}, **given)


async def test_one_network_begins_so_many_chats_and_goes_on_with_them(
    api: Process, mailroom: Mailroom
) -> None:
    visitors = [await come(api, f"2001:db8::{number}") for number in range(1, 4)]
    answers = [await visitor.say("m1") for visitor in visitors]
    assert [answer["type"] for answer in answers] == ["ack", "ack", "error"]
    assert answers[-1]["code"] == "too-many"
    assert (await visitors[0].say("m2"))["type"] == "ack"
    other_tab = await come(api, "2001:db8::1", token=visitors[0].token)
    await other_tab.entry(1)
    assert (await other_tab.say("m3"))["type"] == "ack"
    assert len(await mailroom.announced(ConversationStarted)) == 2
    for visitor in (*visitors, other_tab):
        await visitor.close()


async def test_all_addresses_together_begin_so_many_chats_of_an_account(api: Process) -> None:
    visitors = [await come(api, f"198.51.100.{number}") for number in range(1, 5)]
    answers = [await visitor.say("m1") for visitor in visitors]
    assert [answer["type"] for answer in answers] == ["ack", "ack", "ack", "error"]
    elsewhere = await come(api, "198.51.100.4", tenant="other")
    assert (await elsewhere.say("m1"))["type"] == "ack"
    for visitor in (*visitors, elsewhere):
        await visitor.close()


async def test_one_address_is_invited_so_often(api: Process, mailroom: Mailroom) -> None:
    invitations = [{"id": "hello", "rule": "true", "text": "May we help?"}]
    wanted = Wanted(
        "demo", "web", "chat", None, "Web", "internal", {"invitations": invitations}, {}
    )
    async with mailroom.unit.begin() as (session, _outbox, now):
        await set_up_account(session, wanted, lambda _version: None, now)
    visitors = [await come(api, "198.51.100.1") for _ in range(3)]
    for visitor in visitors[:2]:
        await visitor.send("page", page="https://shop.example/")
        await visitor.get("invitation", id="hello")
    await visitors[2].send("page", page="https://shop.example/")
    assert (await visitors[2].say("m1"))["type"] == "ack"
    assert all(frame["type"] != "invitation" for frame in visitors[2].frames)
    for visitor in visitors:
        await visitor.close()


async def test_a_transcript_is_refused_until_somebody_has_answered_and_when_it_is_one_too_many(
    api: Process, unit: UnitOfWork, limited: IngestSettings, mailroom: Mailroom
) -> None:
    alone = await come(api, "198.51.100.1")
    await alone.say("m1", "Buy my pills.")
    await alone.send("transcript", email="victim@example.com")
    assert (await alone.get("error"))["code"] == "not-answered"
    await alone.send("end")
    await alone.entry(2)
    events = await mailroom.announced()
    assert not [event for event in events if event.type.endswith("outgoing.requested.v1")]

    backstage = Backstage(unit, limited)
    visitor = await come(api, "198.51.100.2")
    await visitor.say("m1")
    await backstage.outgoing(asked(visitor.session))
    await visitor.entry(2)
    for email in ("ana@example.com", "victim@example.com"):
        await visitor.send("transcript", email=email)
    assert (await visitor.get("error"))["code"] == "too-many"
    async with unit.database.reading() as session:
        chat = await backstage.desk.stored(session, ("demo", visitor.session))
    assert chat.transcript_to == "ana@example.com"
    for one in (alone, visitor, backstage):
        await one.close()


async def test_the_head_of_a_queue_is_read_and_no_more(api: Process, unit: UnitOfWork) -> None:
    visitors = [await come(api, f"198.51.100.{number}") for number in range(3)]
    for visitor in visitors:
        await visitor.say("m1")
    async with unit.database.reading() as session:
        found = await Queues(session).positions({("demo", "web"), ("other", "web")}, most=2)
    queue = ("demo", "web")
    assert found == {
        ("demo", visitors[0].session): (queue, 1), ("demo", visitors[1].session): (queue, 2),
    }  # fmt: skip
    for visitor in visitors:
        await visitor.close()
