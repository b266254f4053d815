"""Messages find their conversation: in every order, side by side, and by session."""

import asyncio
from itertools import permutations

import pytest

from services.ingest import tables
from services.ingest.usecases.keep_messages import keep
from shared.contracts.messages import MessageReceived
from shared.messaging import derived_id, sequence
from shared.messaging.outbox import Outbox
from tests.ingest.mailroom import Mailroom, chat, letter, mail

THREAD = (
    letter("<a@x>"),
    letter("<b@x>", "Any news?", reply_to="<a@x>", references="<a@x>"),
    letter("<c@x>", "Hello?", reply_to="<b@x>", references="<a@x> <b@x>"),
)


@pytest.mark.parametrize("order", list(permutations(range(3))))
@pytest.mark.parametrize("together", [True, False])
async def test_a_thread_is_one_conversation_in_whatever_order_it_comes(
    mailroom: Mailroom, order: tuple[int, ...], together: bool
) -> None:
    events = [mail(THREAD[number]) for number in order]
    for batch in [events] if together else [[event] for event in events]:
        await mailroom.mails(*batch)
    announced = await mailroom.announced()
    assert {event.data.conversation_id for event in announced} == {events[0].uid}
    assert [event.sequence for event in announced] == [sequence(n, 1) for n in (1, 2, 3)]
    [conversation] = await mailroom.rows(tables.conversation)
    assert (conversation.version, conversation.customer_address) == (3, "ana@example.com")


async def test_two_parsers_at_once_make_one_conversation_of_one_thread(mailroom: Mailroom) -> None:
    threads = 40
    starts = [letter(f"<{n}@x>") for n in range(threads)]
    replies = [letter(f"<re-{n}@x>", "More", reply_to=f"<{n}@x>") for n in range(threads)]
    await asyncio.gather(
        mailroom.mails(*[mail(raw) for raw in starts]),
        mailroom.mails(*[mail(raw) for raw in reversed(replies)]),
        mailroom.mails(*[mail(raw) for raw in [*replies[::2], *starts[::2]]]),
    )
    announced = await mailroom.announced()
    assert len(announced) == 2 * threads
    assert len({event.data.conversation_id for event in announced}) == threads
    assert len(await mailroom.rows(tables.conversation)) == threads
    sequences = sorted(event.sequence or 0 for event in announced)
    assert sequences == [sequence(1, 1)] * threads + [sequence(2, 1)] * threads


async def test_another_batch_split_gives_the_same_ids(mailroom: Mailroom) -> None:
    events = [mail(raw) for raw in THREAD] + [mail(letter("<d@x>", "Else"))]
    await mailroom.mails(*events[:1])
    await mailroom.mails(*events[1:])
    split = {(event.id, event.partitionkey) for event in await mailroom.announced()}
    # The other tenant is an untouched database for the same mails.
    others = [mail(raw, tenant="other") for raw in THREAD] + [
        mail(letter("<d@x>", "Else"), tenant="other")
    ]
    await mailroom.mails(*others)
    whole = [e for e in await mailroom.announced() if e.tenant == "other"]
    assert [e.id for e in whole] == [
        str(derived_id(other.uid, MessageReceived.TYPE)) for other in others
    ]
    assert split == {
        (str(derived_id(event.uid, MessageReceived.TYPE)), str(opened))
        for event, opened in zip(events, [events[0].uid] * 3 + [events[3].uid], strict=True)
    }


async def test_threads_do_not_cross_tenants(mailroom: Mailroom) -> None:
    await mailroom.mails(mail(THREAD[0]), mail(THREAD[1], tenant="other"))
    first, second = await mailroom.announced()
    assert first.data.conversation_id != second.data.conversation_id


async def test_a_chat_session_is_one_conversation_and_a_repeat_says_nothing_new(
    mailroom: Mailroom,
) -> None:
    await mailroom.chats(chat("s1", 1, "Hi"), chat("s2", 1), chat("s1", 2, "there"))
    await mailroom.chats(chat("s1", 2, "there", event_id="sent-again"), chat("s1", 3, "?"))
    announced = await mailroom.announced()
    texts = [event.data.text for event in announced if event.partitionkey == _first(announced)]
    assert texts == ["Hi", "there", "?"]
    assert len(announced) == 4
    assert len(await mailroom.rows(tables.conversation)) == 2
    said = announced[0].data
    assert (said.channel, said.account, said.subject) == ("chat", "web", None)
    assert (said.sender.name, said.sender.address) == ("Ana", "ana@example.com")
    assert (said.language, said.raw_id, said.message_id_header) == ("en", None, None)


async def test_the_same_session_name_elsewhere_is_another_conversation(mailroom: Mailroom) -> None:
    await mailroom.chats(chat("s1", 1), chat("s1", 1, tenant="other"))
    first, second = await mailroom.announced()
    assert first.data.conversation_id != second.data.conversation_id


async def test_nothing_is_kept_of_an_empty_batch(mailroom: Mailroom) -> None:
    async with mailroom.unit.begin() as (session, outbox, _now):
        kept = await keep(session, outbox, [])
        assert isinstance(outbox, Outbox)
    assert (kept.new, kept.ids) == ([], {})


def _first(announced: list) -> str | None:  # type: ignore[type-arg]
    found: str | None = announced[0].partitionkey
    return found
