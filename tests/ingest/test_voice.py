"""Telephone calls: steps in any order, who is believed, what a call becomes."""

import itertools
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.account_settings import settings_of
from services.ingest.domain.voice import e164, fold, told
from services.ingest.tables import call as calls
from services.ingest.usecases.receive_voice import (
    STEPS,
    Patience,
    StepReader,
    receive_calls,
)
from services.ingest.usecases.set_up_account import Wanted, set_up_account
from services.ingest.usecases.tell_calls import tell_calls
from shared.contracts.inbound_voice import InboundVoiceEnded, Recording
from shared.contracts.messages import MessageReceived
from shared.contracts.payload import BlobRef
from shared.messaging import Received, tables
from shared.messaging.ids import inbound_ids
from tests.ingest import networks
from tests.ingest.mailroom import AT, Mailroom, received

URL = "/v1/voice/demo/phone"
SETTINGS = {"region": "DE", "timezone": "Europe/Berlin"}


def at(seconds: float) -> str:
    return (AT + timedelta(seconds=seconds)).isoformat()


def event(kind: str, seconds: float = 0, call_id: str = "c1", **more: Any) -> dict[str, Any]:
    return {"event": kind, "call_id": call_id, "at": at(seconds)} | more


ANSWERED = [
    event("call", 0, caller="030 1234567", caller_name="Jo", called="+49 30 555019000"),
    event("answered", 35, by="ext-1"),
    event("transferred", 100, by="ext-2"),
    event("hung-up", 285, recording={"url": "https://pbx.example/r/1"}),
]


class Exchange:
    """The webhook's consumer and the timer of calls, called by hand."""

    def __init__(self, mailroom: Mailroom) -> None:
        self.mailroom = mailroom
        self._reader = StepReader(mailroom.blobs)

    async def open(self, **settings: Any) -> None:
        async with self.mailroom.unit.begin() as (session, _outbox, now):
            wanted = Wanted(
                "demo", "phone", "voice", "+4930555019000", "Larkspur",
                settings=settings_of("voice", SETTINGS | settings),
                secrets={"signing-secret": "env:INGEST_SECRET_DEMO__SIGNING"},
            )  # fmt: skip
            await set_up_account(session, wanted, lambda _version: None, now)

    async def consume(self, *events: Received[Any]) -> None:
        """Takes announced steps from the outbox, or these, as one batch."""
        taken = list(events)
        if not taken:
            announced = [e for kind in STEPS for e in await self.mailroom.announced(kind)]
            async with self.mailroom.unit.database.writing() as session:
                topic = tables.outbox.c.topic == "support.inbound.voice.v1"
                await session.execute(tables.outbox.delete().where(topic))
            for one in announced:
                uid, _claim = inbound_ids(AT, one.tenant, one.source, one.id)
                taken.append(Received(uid, one, one.data, AT))
        taken = list({one.uid: one for one in taken}.values())
        read = await self._reader.read(taken)
        async with self.mailroom.unit.begin() as (session, outbox, now):
            await receive_calls(session, outbox, read, now, patience=Patience())
            self.mailroom.refused |= outbox.refused

    async def tell(self) -> list[MessageReceived]:
        """Lets all that waits be due; the messages so far."""
        async with self.mailroom.unit.database.writing() as session:
            due = calls.c.due_at.is_not(None)
            await session.execute(calls.update().where(due).values(due_at=AT))
        async with self.mailroom.unit.begin() as (session, outbox, now):
            await tell_calls(session, outbox, now, 100)
        return [one.data for one in await self.mailroom.announced(MessageReceived)]


@pytest.fixture
async def line(mailroom: Mailroom, monkeypatch: pytest.MonkeyPatch) -> Exchange:
    """demo's telephone system."""
    for name, value in networks.environment().items():
        monkeypatch.setenv(name, value)
    made = Exchange(mailroom)
    await made.open()
    return made


async def send(client: httpx.AsyncClient, body: Any, **headers: str) -> httpx.Response:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return await client.post(
        URL, content=raw, headers=headers or networks.signature("webhook", raw)
    )


async def test_an_answered_call_is_one_message_with_its_lengths(
    client: httpx.AsyncClient, line: Exchange
) -> None:
    answer = await send(client, {"events": ANSWERED})
    assert (answer.status_code, answer.json()) == (200, {"events": 4})
    await line.consume()
    [message] = await line.tell()
    assert message.text == (
        "Call, talked 4 min 10 s, waited 35 s\nCalled: +49 30 555019000\nAnswered by: ext-2\n"
        "Recording: https://pbx.example/r/1"
    )
    assert (message.channel, message.sender.name, message.sender.address) == (
        "voice", "Jo", "+49301234567",
    )  # fmt: skip
    assert message.call is not None
    assert (message.call.outcome, message.call.waiting_seconds, message.call.talking_seconds) == (
        "answered", 35, 250,
    )  # fmt: skip
    assert message.call.recording_url == "https://pbx.example/r/1"
    assert message.thread_id == "c1"


async def test_steps_in_any_order_and_repeated_come_to_the_same(
    client: httpx.AsyncClient, line: Exchange
) -> None:
    stories = list(itertools.permutations(ANSWERED))[::5]
    for number, story in enumerate(stories):
        for step in [*story, story[0], story[-1]]:
            assert (await send(client, step | {"call_id": f"c{number}"})).status_code == 200
            if number % 2:
                await line.consume()
    await line.consume()
    messages = await line.tell()
    assert len(messages) == len(stories)
    assert len({message.text for message in messages}) == 1
    assert len({message.conversation_id for message in messages}) == len(stories)


async def test_a_missed_call_its_message_and_its_callback_are_one_conversation_a_day(
    client: httpx.AsyncClient, line: Exchange
) -> None:
    wish = (AT + timedelta(hours=5)).isoformat()
    voicemail = {"url": "https://pbx.example/v/2", "seconds": 21}
    for step in (
        event("call", 0, "a", caller="+49301234567"), event("missed", 12, "a"),
        event("voicemail", 60, "b", caller="030/1234567", recording=voicemail),
        event("callback-requested", 90, "w", number="030 1234567", wished_at=wish, text="Price"),
        event("missed", 95, "c", caller="+49309999999"),
    ):  # fmt: skip
        assert (await send(client, step)).status_code == 200
    await line.consume()
    messages = {message.call.call_id: message for message in await line.tell() if message.call}
    assert messages["a"].text == "Missed call, waited 12 s"
    assert messages["b"].text.splitlines()[0] == "Message left by telephone"
    assert messages["w"].text == (
        "Call-back requested\nWished for: 2026-03-02 15:30 (Europe/Berlin)\nPrice"
    )
    assert messages["w"].wished_at == datetime.fromisoformat(wish).astimezone(UTC)
    one = {messages[id].conversation_id for id in "abw"}
    assert len(one) == 1
    assert messages["c"].conversation_id not in one


async def test_a_call_is_told_in_its_accounts_language(
    client: httpx.AsyncClient, line: Exchange
) -> None:
    await line.open(language="de")
    await send(client, event("missed", 0, caller="030 1234567", wished_at=at(60)))
    await line.consume()
    [message] = await line.tell()
    assert message.text == "Verpasster Anruf\nGewünscht für: 2026-03-02 10:31 (Europe/Berlin)"


async def test_a_recording_that_comes_later_is_a_message_of_its_own(
    client: httpx.AsyncClient, line: Exchange
) -> None:
    for story in ([*ANSWERED[:-1], event("hung-up", 285)], [ANSWERED[-1]], [ANSWERED[-1]]):
        await send(client, {"events": story})
        await line.consume()
        await line.tell()
    first, second = await line.tell()
    assert first.conversation_id == second.conversation_id
    assert second.text == "Recording of the call\nhttps://pbx.example/r/1"


async def test_a_told_call_is_forgotten_after_a_day_and_its_repeats_say_nothing(
    client: httpx.AsyncClient, line: Exchange
) -> None:
    for _ in range(2):
        assert (await send(client, {"events": ANSWERED})).status_code == 200
        await line.consume()
        assert len(await line.tell()) == 1
        [row] = await line.mailroom.rows(calls)
        assert row.due_at > datetime.now(UTC) + timedelta(hours=23)
        await line.tell()
        assert await line.mailroom.rows(calls) == []


async def test_a_call_that_nobody_ended_is_told_in_the_end(
    client: httpx.AsyncClient, line: Exchange
) -> None:
    await send(client, event("call", 0, caller="anonymous"))
    await line.consume()
    [row] = await line.mailroom.rows(calls)
    assert row.due_at > datetime.now(UTC) + timedelta(hours=5)
    [message] = await line.tell()
    assert message.text == "Call whose end never came"
    assert message.sender.address is None


async def test_a_recording_in_the_blob_store_is_attached(line: Exchange) -> None:
    key = await line.mailroom.blobs.put("adapter", "demo", b"RIFF....WAVE")
    sound = BlobRef(key=key, size=12, sha256=key.rpartition("/")[2], media_type="audio/wav")
    step = InboundVoiceEnded(call_id="c1", at=AT, recording=Recording(blob=sound))
    await line.consume(received(step, "e1", key="c1", source="/channels/phone"))
    [message] = await line.tell()
    [attachment] = message.attachments
    assert (attachment.name, attachment.media_type) == ("recording.wav", "audio/wav")
    assert attachment.blob.key.startswith("ingest/demo/")


async def test_a_recording_of_another_tenant_or_none_is_parked(line: Exchange) -> None:
    foreign = await line.mailroom.blobs.put("adapter", "other", b"secret")
    for n, key in enumerate((foreign, "adapter/demo/" + "0" * 64)):
        sound = BlobRef(key=key, size=6, sha256=foreign.rpartition("/")[2])
        step = InboundVoiceEnded(call_id="c1", at=AT, recording=Recording(blob=sound))
        given = received(step, f"e{n}", key="c1", source="/channels/phone")
        await line.consume(given)
        assert line.mailroom.refused[given.uid][0] == "missing-blob"
    assert await line.tell() == []


async def test_a_strange_key_of_a_recording_holds_nobody_up(line: Exchange) -> None:
    strange = ("ingest/demo/.", "ingest/demo/" + "x" * 280, "ingest/demo/x/y", "ingest/demo/a\0b")
    calls = []
    for n, key in enumerate(strange):
        sound = Recording(blob=BlobRef(key=key, size=6, sha256="0" * 64))
        bad = InboundVoiceEnded(call_id=f"bad{n}", at=AT, recording=sound)
        good = InboundVoiceEnded(call_id=f"good{n}", at=AT)
        for id, step in ((f"b{n}", bad), (f"g{n}", good)):
            calls.append(received(step, id, key=step.call_id, source="/channels/phone"))
    await line.consume(*calls)
    parked = {uid: reason for uid, (reason, _detail) in line.mailroom.refused.items()}
    assert parked == dict.fromkeys([one.uid for one in calls[::2]], "missing-blob")
    assert len(await line.tell()) == len(strange)


async def test_steps_of_no_voice_account_are_parked(line: Exchange) -> None:
    step = InboundVoiceEnded(call_id="c1", at=AT)
    for source in ("/channels/web", "/channels/none", "phone"):
        given = received(step, source, key="c1", source=source)
        await line.consume(given)
        assert line.mailroom.refused[given.uid][0] == "unknown-account"


async def test_nobody_is_believed_without_the_right_signature(
    client: httpx.AsyncClient, line: Exchange
) -> None:
    raw = json.dumps(ANSWERED[0]).encode()
    right = networks.signature("webhook", raw)
    old = networks.signature("webhook", raw, at=int(datetime.now(UTC).timestamp()) - 301)
    for headers in ({}, right | {"webhook-signature": "v1,AAAA"}, old,
                    networks.signature("webhook", raw + b" ")):  # fmt: skip
        answer = await client.post(URL, content=raw, headers=headers)
        assert answer.status_code == 401
        assert answer.headers["content-type"] == "application/problem+json"
    for place in ("demo/none", "demo/web", "other/phone", "demo/x%00"):
        answer = await client.post(f"/v1/voice/{place}", content=raw, headers=right)
        assert answer.status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", event("call", caller_name="\ud800"), b"[]", b"null", b"[" * 90_000, b"\xff",
        {}, {"events": []}, {"events": {}},
        {"events": [event("call")] * 501}, event("rings"), {"event": "call", "call_id": "x"},
        event("call", call_id=""), event("call", call_id="x" * 201),
        {"event": "call", "call_id": "x", "at": "yesterday"},
        {"event": "call", "call_id": "x", "at": "2026-01-01T00:00:00"},
        event("hung-up", talking_seconds=-1), event("call", language="?"),
        event("hung-up", recording={"url": "javascript:alert(1)"}),
    ],
)  # fmt: skip
async def test_a_body_that_is_no_event_is_refused(
    client: httpx.AsyncClient, line: Exchange, body: Any
) -> None:
    answer = await send(client, body)
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


async def test_odd_numbers_names_and_times_harm_nobody(
    client: httpx.AsyncClient, line: Exchange
) -> None:
    odd = ("", "anonymous", "+", "*31#", "sip:jo@pbx.example", "12", "９" * 30, "a\nb1")
    for n, caller in enumerate(odd):
        given = event("missed", 0, f"odd{n}", caller=caller or None, caller_name="\u0000 x")
        assert (await send(client, given)).status_code == 200
    for n, moment in enumerate(("1900-01-01T00:00:00Z", "2999-12-31T23:59:59+14:00")):
        wish = {"wished_at": moment, "at": moment, "event": "callback-requested"}
        assert (await send(client, wish | {"call_id": f"far{n}"})).status_code == 200
    await line.consume()
    assert len(await line.tell()) == len(odd) + 2


def test_numbers_are_kept_as_the_whole_world_writes_them() -> None:
    assert e164("030 1234567", "DE") == e164("+49 (30) 1234567", None) == "+49301234567"
    assert e164("0049301234567", "DE") == "+49301234567"
    assert e164("030 1234567", None) == "030 1234567"
    assert e164("withheld", "DE") is e164(None, "DE") is None


_FACTS = st.dictionaries(
    st.sampled_from(["started", "answered", "taken", "missed", "ended", "caller", "callback"]),
    st.builds(
        lambda second, by: {"at": at(second), "by": by, "value": by},
        st.integers(0, 50), st.sampled_from(["a", "b", None]),
    ),
    max_size=5,
)  # fmt: skip


@given(st.lists(_FACTS, max_size=5), st.randoms())
def test_the_order_and_repeats_of_facts_do_not_matter(parts: list[Any], random: Any) -> None:
    shuffled = [*parts, *random.sample(parts, len(parts) // 2)]
    random.shuffle(shuffled)
    assert fold(*parts) == fold(*shuffled) == fold(fold(*parts[:2]), *parts[1:])
    call = told("c", fold(*parts)).call
    assert (call.waiting_seconds or 0) >= 0
    assert (call.talking_seconds or 0) >= 0
