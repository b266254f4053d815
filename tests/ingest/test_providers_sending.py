"""Answers by providers' APIs, against local fakes that demand what the providers demand."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.responses import JSONResponse, Response

from services.ingest.domain.accounts import Account, Kind
from services.ingest.domain.deliveries import Delivery, Leased, Outcome, Patience, judge
from services.ingest.domain.headers import Person
from services.ingest.domain.messages import Message
from services.ingest.domain.providers.splitting import split, utf8, utf16, weighted
from services.ingest.providers.carrier import ProviderCarrier
from tests.ingest import networks
from tests.ingest.dispatch import secrets_in
from tests.ingest.fake_providers import Providers, at_work

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
TO: dict[Kind, str] = {
    "whatsapp": "+4712345678", "messenger": "8001", "instagram": "8001", "telegram": "3003",
    "line": "U77", "x": "200", "twilio-sms": "+4712345678", "twilio-whatsapp": "+34600000000",
    "webhook": "u5",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in networks.environment().items():
        monkeypatch.setenv(name, value)


@pytest.fixture
async def providers() -> AsyncIterator[Providers]:
    async with at_work() as made:
        yield made


@pytest.fixture
async def carrier(tmp_path: Path) -> AsyncIterator[ProviderCarrier]:
    made = ProviderCarrier(secrets_in(tmp_path), seconds=20, public_url=networks.PUBLIC)
    yield made
    await made.close()


def account(kind: Kind, base: str, **settings: Any) -> Account:
    references = dict.fromkeys(networks.NAMES, "env:INGEST_SECRET_DEMO__KEY")
    references["signing-secret"] = "env:INGEST_SECRET_DEMO__SIGNING"
    given = networks.SETTINGS.get(kind, {}) | {"api_base": base} | settings
    return Account(
        "demo", kind, kind, networks.ADDRESSES.get(kind), "Larkspur", 1, NOW, NOW, "internal",
        given, references,
    )  # fmt: skip


def leased(by: Account, text: str = "It is on its way.", to: str | None = None) -> Leased:
    id = uuid4()
    message = Message(
        tenant="demo", id=id, identity=id, conversation_id=id, direction="outbound",
        channel="social", account=by.id, sender=Person("Larkspur", None), received_at=NOW,
        text=text,
    )  # fmt: skip
    delivery = Delivery(
        tenant="demo", request_id=id, conversation_id=id, ticket_id=None, kind="reply",
        channel="social", account=by.id, recipient=to or TO[by.kind], requested_by="agent-1",
        queued_at=NOW, due_at=datetime.now(UTC), cause_id=id, cause_hops=1, cause_traceparent=None,
        state="sending", attempts=1, lease=UUID(int=1),
    )  # fmt: skip
    return Leased(delivery, message, by)


async def sent(
    carrier: ProviderCarrier, providers: Providers, kind: Kind, text: str = "Hi", **how: Any
) -> Outcome:
    by = account(kind, providers.url)
    return await carrier.carry(leased(by, text, **how), by)


@pytest.mark.parametrize("kind", networks.KINDS)
async def test_each_provider_takes_an_answer_and_says_what_it_calls_it(
    kind: Kind, carrier: ProviderCarrier, providers: Providers
) -> None:
    outcome = await sent(carrier, providers, kind, "It is on its way. ✓")
    assert outcome.kind == "sent", (outcome, providers.wrong)
    assert outcome.provider_id
    [(_network, recipient, text)] = providers.taken
    assert recipient.removeprefix("whatsapp:") == TO[kind]
    assert text == "It is on its way. ✓"


@pytest.mark.parametrize("kind", networks.KINDS)
async def test_a_long_answer_goes_in_pieces_that_the_provider_takes(
    kind: Kind, carrier: ProviderCarrier, providers: Providers
) -> None:
    text = "\n\n".join(f"{n}. Each 🙂 line says something of its own." for n in range(250))
    assert (await sent(carrier, providers, kind, text)).kind == "sent"
    whole = " ".join(piece for _, _, piece in providers.taken)
    assert whole.split() == text.split()
    assert providers.wrong == []


async def test_public_answers_go_below_what_they_answer(
    carrier: ProviderCarrier, providers: Providers
) -> None:
    text = " ".join(f"word{n}" for n in range(100))
    assert (await sent(carrier, providers, "x", text, to="post:5001")).kind == "sent"
    assert [(network, below) for network, below, _ in providers.taken] == [
        ("x-post", "5001"), ("x-post", "1"), ("x-post", "2"),
    ]  # fmt: skip
    for kind in ("messenger", "instagram"):
        assert (await sent(carrier, providers, kind, to="comment:9_1")).provider_id
    assert providers.taken[-1][:2] == ("comment", "9_1")


def window(kind: Kind) -> Response:
    """What says that a customer last wrote more than a day ago."""
    if kind == "whatsapp":
        return JSONResponse({"error": {"code": 131047, "message": "Re-engagement message"}}, 400)
    if kind == "twilio-whatsapp":
        return JSONResponse({"code": 63016, "message": "outside the allowed window"}, 400)
    error = {"code": 10, "error_subcode": 2018278, "message": "outside of allowed window"}
    return JSONResponse({"error": error}, 403)


@pytest.mark.parametrize("kind", ["whatsapp", "twilio-whatsapp", "messenger", "instagram"])
async def test_a_closed_window_is_refused_with_a_reason_for_people(
    kind: Kind, carrier: ProviderCarrier, providers: Providers
) -> None:
    providers.plan.append(window(kind))
    outcome = await sent(carrier, providers, kind)
    assert outcome.kind == "refused"
    assert "24-hour window is closed" in (outcome.reason or "")


@pytest.mark.parametrize("kind", networks.KINDS)
async def test_too_many_and_broken_are_put_off_and_a_wait_is_kept(
    kind: Kind, carrier: ProviderCarrier, providers: Providers
) -> None:
    providers.plan.append(JSONResponse({}, 429, {"retry-after": "90"}))
    outcome = await sent(carrier, providers, kind)
    assert (outcome.kind, outcome.wait) == ("deferred", timedelta(seconds=90))
    providers.plan.append(Response("<html>", 502))
    assert (await sent(carrier, providers, kind)).kind == "deferred"
    providers.plan.append(JSONResponse({}, 400))
    assert (await sent(carrier, providers, kind)).kind == "refused"
    providers.plan.append(JSONResponse({"error": {"code": 190, "message": "expired"}}, 401))
    assert (await sent(carrier, providers, kind)).kind == "blocked"
    assert providers.taken == []


async def test_telegrams_wait_and_metas_codes_are_understood(
    carrier: ProviderCarrier, providers: Providers
) -> None:
    told = {"ok": False, "description": "Too Many Requests", "parameters": {"retry_after": 35}}
    providers.plan.append(JSONResponse(told, 429))
    outcome = await sent(carrier, providers, "telegram")
    assert (outcome.kind, outcome.wait) == ("deferred", timedelta(seconds=35))
    providers.plan.append(JSONResponse({"error": {"code": 130429, "message": "Rate"}}, 400))
    assert (await sent(carrier, providers, "whatsapp")).kind == "deferred"


@pytest.mark.parametrize("kind", networks.KINDS)
async def test_no_answer_is_asked_again_only_where_the_provider_knows_repeats(
    kind: Kind, carrier: ProviderCarrier, providers: Providers, tmp_path: Path
) -> None:
    by = account(kind, providers.url)
    one = leased(by)
    providers.plan.append("silent")
    impatient = ProviderCarrier(secrets_in(tmp_path), seconds=2)
    outcome = await impatient.carry(one, by)
    await impatient.close()
    assert len(providers.taken) == 1
    again = replace(one, delivery=replace(one.delivery, unconfirmed=1))
    if kind in ("line", "webhook"):
        assert outcome.kind == "unknown"
        second = await carrier.carry(again, by)
        assert second.kind == "sent"
        assert second.provider_id
    else:
        assert outcome.kind == "lost"
        assert judge(one.delivery, outcome, NOW, Patience()).state == "not-confirmed"
        # Whoever was sending it died: nobody knows whether the provider has it.
        assert (await carrier.carry(again, by)).kind == "lost"
    assert len(providers.taken) == 1


async def test_an_answer_of_any_shape_is_understood_somehow(
    carrier: ProviderCarrier, providers: Providers
) -> None:
    strange: list[Any] = [
        [], "x", {"error": []}, {"error": {"code": [], "error_subcode": {}, "message": 7}},
        {"code": {}, "message": []}, {"description": 1, "parameters": []}, {"messages": "x"},
    ]  # fmt: skip
    for kind in networks.KINDS:
        for body in strange:
            providers.plan.extend([JSONResponse(body, 400), JSONResponse(body, 200)])
            assert (await sent(carrier, providers, kind)).kind == "refused"
            outcome = await sent(carrier, providers, kind)
            assert (outcome.kind, outcome.provider_id) == ("sent", None)
    assert providers.taken == []


async def test_a_provider_that_is_not_there_has_nothing_of_the_message(
    carrier: ProviderCarrier,
) -> None:
    by = account("line", "http://127.0.0.1:1")
    assert (await carrier.carry(leased(by), by)).kind == "unreachable"


async def test_what_failed_after_its_first_part_is_not_sent_as_a_whole_again(
    carrier: ProviderCarrier, providers: Providers
) -> None:
    text = "a" * 3000 + "\n" + "b" * 3000
    providers.plan.extend(["", JSONResponse({"error": {"code": 100, "message": "no"}}, 400)])
    outcome = await sent(carrier, providers, "whatsapp", text)
    assert outcome.kind == "lost"
    assert "1 of 2 parts were sent" in (outcome.reason or "")
    providers.plan.extend(["", JSONResponse({}, 503, {"retry-after": "0"})])
    assert (await sent(carrier, providers, "whatsapp", text)).kind == "sent"


async def test_what_cannot_be_sent_is_refused_before_anybody_is_asked(
    carrier: ProviderCarrier, providers: Providers
) -> None:
    assert (await sent(carrier, providers, "line", "  ")).kind == "refused"
    assert (await sent(carrier, providers, "x", "word " * 8000, to="post:1")).kind == "refused"
    by = replace(account("webhook", providers.url), settings={})
    assert "api_base" in str((await carrier.carry(leased(by), by)).reason)
    by = replace(account("whatsapp", providers.url), settings={})
    assert "lack phone_number_id" in str((await carrier.carry(leased(by), by)).reason)
    nameless = replace(account("line", providers.url), secrets={})
    outcome = await carrier.carry(leased(nameless), nameless)
    assert outcome.kind == "blocked"
    assert "access-token" in str(outcome.reason)
    assert providers.calls == 0


@given(st.text(), st.integers(4, 50), st.sampled_from([len, utf8, utf16, weighted]))
def test_pieces_fit_and_hold_every_word(text: str, limit: int, measure: Any) -> None:
    limit = max(limit, 23)
    pieces = split(text, limit, measure)
    assert all(0 < measure(piece) <= limit for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())


def test_pieces_end_where_a_reader_would_stop() -> None:
    assert split("One. Two three four.", 12) == ["One.", "Two three", "four."]
    assert split("first\n\nsecond part", 14) == ["first", "second part"]
    assert split("x" * 25, 10) == ["x" * 10, "x" * 10, "x" * 5]
    assert weighted("https://example.com/a 日本") == 23 + 1 + 4
