"""Conversations that turn out to be one, and mails that only look as if they belonged."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx

from services.ingest import tables
from services.ingest.domain.reply_tokens import reply_token
from services.ingest.usecases.hear_tickets import hear_tickets
from services.ingest.usecases.read_mail import Reading
from shared.contracts.agents import AgentChanged
from shared.contracts.messages import ConversationMerged, MessageReceived
from shared.contracts.tickets import TicketOpened
from shared.messaging import tables as engine
from shared.storage import Database
from tests.ingest.mailroom import AT, Mailroom, asked, letter, mail, to

KEY = b"0123456789abcdef"
FIRST = letter("<a@x>")
THIRD = letter("<c@x>", "Hello?", reply_to="<b@x>", subject="Re: Invoice")
MISSING = letter("<b@x>", "Any news?", reply_to="<a@x>", subject="Re: Invoice")
ANSWER = letter("<d@x>", "Still there?", reply_to="<c@x>", subject="Re: Invoice")


async def conversations(mailroom: Mailroom) -> list[UUID]:
    """The conversation of each message, in the order in which they were announced."""
    return [event.data.conversation_id for event in await mailroom.announced(MessageReceived)]


async def test_halves_are_merged_when_the_missing_mail_comes_and_the_older_one_lives_on(
    mailroom: Mailroom, client: httpx.AsyncClient, reader: dict[str, str]
) -> None:
    first, third = mail(FIRST), mail(THIRD, at=AT + timedelta(minutes=2))
    missing, answer = mail(MISSING, at=AT + timedelta(minutes=3)), mail(ANSWER)
    for one in (first, third, missing, answer):
        await mailroom.mails(one)
    assert await conversations(mailroom) == [first.uid, third.uid, first.uid, first.uid]
    [event] = await mailroom.announced(ConversationMerged)
    merged = event.data
    assert (merged.conversation_id, merged.merged_id) == (first.uid, third.uid)
    assert (merged.message_id, event.partitionkey) == (missing.uid, str(first.uid))
    order = [event.id for event in await mailroom.announced()]
    [showed] = [
        e for e in await mailroom.announced(MessageReceived) if e.data.message_id == missing.uid
    ]
    assert order.index(event.id) < order.index(showed.id)
    pages = [
        (await client.get(f"/v1/conversations/{id}/messages", headers=reader)).json()["items"]
        for id in (first.uid, third.uid)
    ]
    assert pages[0] == pages[1]
    assert len(pages[0]) == 4


async def test_a_chain_of_merges_leads_to_the_oldest_from_everywhere(
    mailroom: Mailroom, client: httpx.AsyncClient, reader: dict[str, str]
) -> None:
    mails = [
        letter("<e@x>", "5", reply_to="<d@x>"), letter("<c@x>", "3", reply_to="<b@x>"),
        letter("<a@x>", "1"), letter("<d@x>", "4", reply_to="<c@x>"),
        letter("<b@x>", "2", reply_to="<a@x>"),
    ]  # fmt: skip
    events = [mail(raw, at=AT + timedelta(minutes=n)) for n, raw in enumerate(mails)]
    for one in events:
        await mailroom.mails(one)
    rows = {row.id: row.merged_into for row in await mailroom.rows(tables.conversation)}
    oldest = events[0].uid
    assert rows == {oldest: None, events[1].uid: oldest, events[2].uid: oldest}
    for id in rows:
        answer = await client.get(f"/v1/conversations/{id}/messages", headers=reader)
        assert len(answer.json()["items"]) == 5


async def test_halves_in_one_batch_are_merged_as_one_by_one(mailroom: Mailroom) -> None:
    events = [mail(raw) for raw in (FIRST, THIRD, MISSING, ANSWER)]
    await mailroom.mails(*events)
    first, third = events[0].uid, events[1].uid
    older = min(first, third)
    found = await conversations(mailroom)
    assert found == [first, third, older, older]
    assert len(await mailroom.announced(ConversationMerged)) == 1


async def test_rivals_make_one_conversation_of_each_thread_and_lose_no_message(
    mailroom: Mailroom,
) -> None:
    threads = 25
    raws = [
        [
            letter(f"<{name}{n}@x>", name, reply_to=f"<{parent}{n}@x>" if parent else None)
            for n in range(threads)
        ]
        for name, parent in (("a", None), ("b", "a"), ("c", "b"), ("d", "c"))
    ]

    async def parse(raws: list[bytes]) -> None:
        """One parser; a deadlock is tried again, as the engine does."""
        for _ in range(5):
            try:
                return await mailroom.mails(*[mail(raw) for raw in raws])
            except Exception as error:
                if "deadlock" not in str(error):
                    raise
        raise AssertionError("deadlocks without end")

    a, b, c, d = raws
    await asyncio.gather(
        parse(a), parse(list(reversed(c))), parse(d[::2] + b[1::2]), parse(b[::2] + d[1::2])
    )
    assert len(await mailroom.announced(MessageReceived)) == 4 * threads
    rows = await mailroom.rows(tables.conversation)
    alive = {row.id for row in rows if row.merged_into is None}
    assert len(alive) == threads
    into = {row.id: row.merged_into or row.id for row in rows}
    assert set(into.values()) == alive
    messages = await mailroom.rows(tables.message)
    by_thread: dict[str, set[UUID]] = {}
    for message in messages:
        number = message.header_id[2:-3]
        by_thread.setdefault(number, set()).add(into[message.conversation_id])
    assert all(len(found) == 1 for found in by_thread.values())


async def test_a_strangers_new_subject_on_an_old_thread_begins_its_own(mailroom: Mailroom) -> None:
    old = mail(FIRST)
    offer = mail(letter("<o@x>", "Hi", reply_to="<a@x>", subject="Offer", sender="eve@e.example"))
    colleague = mail(letter("<p@x>", "Me too", reply_to="<a@x>", sender="bob@example.com"))
    await mailroom.mails(old)
    await mailroom.mails(offer, colleague)
    assert await conversations(mailroom) == [old.uid, offer.uid, old.uid]


async def test_people_in_copy_take_part(mailroom: Mailroom) -> None:
    old = mail(letter("<a@x>", "Hi", Cc="Carl <Carl@Example.com>, help@demo.example"))
    await mailroom.mails(old)
    [row] = await mailroom.rows(tables.conversation)
    assert sorted(row.participants) == ["ana@example.com", "carl@example.com"]
    new = mail(letter("<n@x>", "And?", reply_to="<a@x>", subject="New", sender="carl@example.com"))
    await mailroom.mails(new)
    assert await conversations(mailroom) == [old.uid, old.uid]


async def test_whom_we_write_to_takes_part_and_nobody_is_forgotten_by_it(
    mailroom: Mailroom,
) -> None:
    old = mail(letter("<a@x>", "Hi", Cc="carl@example.com"))
    await mailroom.mails(old)
    await mailroom.outgoing(asked(old.uid, recipient=to("Dora@Example.com")))
    [row] = await mailroom.rows(tables.conversation)
    assert sorted(row.participants) == ["ana@example.com", "carl@example.com", "dora@example.com"]


async def test_a_reused_message_id_swallows_nothing_and_the_same_mail_twice_is_one(
    mailroom: Mailroom,
) -> None:
    first = mail(letter("<1@broken>", "One"))
    other = mail(letter("<1@broken>", "Two", sender="ben@example.org", subject="Delivery"))
    copy = mail(b"Received: from a relay\r\nDelivered-To: sales@demo.example\r\n"
                + letter("<1@broken>", "One"))  # fmt: skip
    await mailroom.mails(first, other, copy)
    said = [
        (event.data.text, event.data.conversation_id)
        for event in await mailroom.announced(MessageReceived)
    ]
    assert said == [("One", first.uid), ("Two", other.uid)]


async def test_a_signed_reply_address_leads_home_whatever_else_was_lost(
    mailroom: Mailroom, blobs: Any
) -> None:
    room = Mailroom(mailroom.unit, blobs, Reading(reply_key=KEY))
    old = mail(FIRST)
    await room.mails(old)
    token = reply_token(KEY, "demo", old.uid)
    lost = letter("<n@x>", "Here", subject="Something", sender="new@else.example")
    foreign = reply_token(KEY, "other", old.uid)
    await room.mails(
        mail(lost, envelope_to=(f"Help+{token.upper()}@demo.example",)),
        mail(letter("<m@x>", "Forged", subject="Else", sender="eve@e.example",
                    Delivered_To=f"help+{foreign}@demo.example")),
    )  # fmt: skip
    found = await conversations(room)
    assert found[:2] == [old.uid, old.uid]
    assert found[2] != old.uid


async def test_a_ticket_number_counts_from_people_who_are_known_to_its_conversation(
    mailroom: Mailroom,
) -> None:
    old = mail(FIRST)
    await mailroom.mails(old)
    await number(mailroom, 42, old.uid)
    known = letter("<n@x>", "By phone", subject="About [#42]")
    stranger = letter("<m@x>", "Me", subject="About [#42]", sender="eve@e.example")
    await mailroom.mails(mail(known), mail(stranger))
    found = await conversations(mailroom)
    assert found[1] == old.uid
    assert found[2] != old.uid


async def test_a_number_counts_from_the_moment_on_at_which_the_customer_could_be_told_it(
    mailroom: Mailroom,
) -> None:
    """The acknowledgement may be read before ingest comes to the event that opened the ticket."""
    old = mail(FIRST)
    await mailroom.mails(old)
    await mailroom.outgoing(asked(old.uid, kind="acknowledgement", ticket_number=42))
    await mailroom.mails(mail(letter("<n@x>", "By phone", subject="About [#42]")))
    assert await conversations(mailroom) == [old.uid, old.uid]


async def number(mailroom: Mailroom, number: int, conversation: UUID) -> None:
    """A ticket that router has opened."""
    ticket = TicketOpened.model_validate(
        {
            "ticket": {
                "id": UUID(int=number), "number": number, "conversation_ids": [conversation],
                "subject": "Invoice", "status": "new", "priority": "normal", "channel": "email",
                "customer": {"name": None, "address": None}, "opened_at": AT, "updated_at": AT,
                "version": 1, "tier": "L1", "team": "support",
            },
            "at": AT, "message_id": UUID(int=1), "conversation_id": conversation,
        }
    )  # fmt: skip
    request = asked(conversation)
    event = type(request)(request.uid, request.event, ticket, AT)
    async with mailroom.unit.begin() as (session, outbox, now):
        await hear_tickets(session, outbox, [event, event], now)  # type: ignore[list-item]


INNER = (
    "From: Carla Gil <carla@client.example>\r\nTo: agent@demo.example\r\nSubject: Broken lamp\r\n"
    "Message-ID: <lamp@client.example>\r\nDate: Mon, 02 Mar 2026 08:00:00 +0000\r\n\r\n"
    "The lamp came broken.\r\n"
)


def forwarded(sender: str, attached: bool) -> bytes:
    """Carla's mail, forwarded as a file or in the text."""
    head = (
        f"From: {sender}\r\nTo: help@demo.example\r\nSubject: Fwd: Broken lamp\r\n"
        "Message-ID: <fwd@demo.example>\r\nMIME-Version: 1.0\r\n"
    )
    if not attached:
        return (
            f"{head}Content-Type: text/plain; charset=utf-8\r\n\r\nPlease look.\r\n\r\n"
            "---------- Forwarded message ---------\r\n"
            "From: Carla Gil <carla@client.example>\r\nDate: Mon, 2 Mar 2026 at 08:00\r\n"
            "Subject: Broken lamp\r\nTo: <agent@demo.example>\r\n\r\nThe lamp came broken.\r\n"
        ).encode()
    return (
        f'{head}Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n'
        "Content-Type: text/plain\r\n\r\nPlease look.\r\n--b\r\n"
        f"Content-Type: message/rfc822\r\n\r\n{INNER}\r\n--b--\r\n"
    ).encode()


async def test_what_an_agent_forwards_is_its_senders_and_what_a_customer_forwards_is_not(
    mailroom: Mailroom,
) -> None:
    await know_agent(mailroom.unit.database)
    for attached in (True, False):
        agent = mail(forwarded("Max Agent <Max@demo.example>", attached), tenant="demo")
        customer = mail(forwarded("ana@example.com", attached), tenant="demo")
        await mailroom.mails(agent, customer)
    said = [event.data for event in await mailroom.announced(MessageReceived)]
    senders = [one.sender.address for one in said]
    assert senders == ["carla@client.example", "ana@example.com"] * 2
    assert said[0].text.strip() == said[2].text.strip() == "The lamp came broken."
    [row, *_] = [
        r for r in await mailroom.rows(tables.conversation) if r.id == said[0].conversation_id
    ]
    assert row.customer_address == "carla@client.example"
    assert "max@demo.example" in row.participants


async def know_agent(database: Database) -> None:
    """demo has the agent Max."""
    data = AgentChanged.model_validate(
        {
            "agent_id": UUID(int=5),
            "name": "Max",
            "email": "max@demo.example",
            "reason": "hired",
            "changed_at": AT,
        }
    ).model_dump(mode="json")
    async with database.writing() as session:
        await session.execute(
            engine.compacted_state.insert().values(
                topic="support.agents.v1", key=str(UUID(int=5)), tenant="demo", sequence=1,
                type=AgentChanged.TYPE, data=data, folded_at=AT,
            )
        )  # fmt: skip
