"""Contact forms: what people, programs and robots may send, and what becomes of it."""

import re
from typing import Any

import httpx
import pytest

from deploy.local.ports import free_port
from deploy.local.valkey import Valkey
from services.ingest.account_settings import settings_of
from services.ingest.app import build
from services.ingest.rate_limits import RateLimits, Sender, network
from services.ingest.settings import IngestSettings
from services.ingest.tables import delivery
from services.ingest.usecases.receive_form import FormReader, receive_forms
from services.ingest.usecases.set_up_account import Wanted, set_up_account
from shared.contracts.inbound_form import FormFile, InboundFormSubmitted
from shared.contracts.messages import MessageReceived
from shared.contracts.payload import BlobRef
from shared.messaging import Received
from shared.messaging.ids import inbound_ids
from shared.service import create_app
from tests.ingest.mailroom import AT, Mailroom, asked, received

PLAIN = {"name": "Ana Ruiz", "email": "ana@example.com", "message": "Where is my invoice?"}
BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
FIELDS = [
    {"name": "email", "label": "E-Mail", "type": "email", "required": True, "maps_to": "email"},
    {"name": "phone", "label": "Telefon", "type": "phone", "maps_to": "phone"},
    {"name": "plan", "label": "Tarif", "type": "select", "options": ["Solo", "Team & mehr"]},
    {"name": "terms", "label": "AGB", "type": "checkbox", "required": True},
    {"name": "message", "label": "Nachricht", "type": "textarea", "max_length": 100,
     "maps_to": "text", "required": True},
    {"name": "file", "label": "Datei", "type": "file"},
]  # fmt: skip
FULL: dict[str, Any] = {
    "title": "Schreiben Sie uns", "fields": FIELDS, "region": "DE", "language": "de",
    "origins": ["https://shop.example"],
}  # fmt: skip
WHOLE = {"email": "jo@example.com", "phone": "030 1234567", "plan": "Team & mehr", "terms": "yes",
         "message": "Grüße\nvon hier"}  # fmt: skip


async def open_form(mailroom: Mailroom, id: str = "contact", **settings: Any) -> str:
    """A form of demo's; the address that it is posted to."""
    async with mailroom.unit.begin() as (session, _outbox, now):
        wanted = Wanted(
            "demo", id, "form", None, "Larkspur", settings=settings_of("form", settings)
        )
        await set_up_account(session, wanted, lambda _version: None, now)
    return f"/v1/forms/demo/{id}"


async def submitted(mailroom: Mailroom) -> list[InboundFormSubmitted]:
    return [event.data for event in await mailroom.announced(InboundFormSubmitted)]


async def consume(mailroom: Mailroom, *events: Received[Any]) -> list[MessageReceived]:
    """Stores announced forms as the consumer does; what was announced of them."""
    given = list(events)
    if not given:
        for event in await mailroom.announced(InboundFormSubmitted):
            uid, _claim = inbound_ids(AT, event.tenant, event.source, event.id)
            given.append(Received(uid, event, event.data, AT))
        given = list({one.uid: one for one in given}.values())
    read = await FormReader(mailroom.blobs).read(given)
    async with mailroom.unit.begin() as (session, outbox, now):
        await receive_forms(session, outbox, read, now)
        mailroom.refused |= outbox.refused
    return [event.data for event in await mailroom.announced(MessageReceived)]


async def test_a_form_sent_by_a_program_becomes_a_message(
    client: httpx.AsyncClient, mailroom: Mailroom
) -> None:
    url = await open_form(mailroom)
    answer = await client.post(url, json=PLAIN | {"subject": "Invoice"})
    assert (answer.status_code, answer.json()["status"]) == (202, "accepted")
    [message] = await consume(mailroom)
    assert (message.channel, message.account) == ("form", "contact")
    assert (message.sender.name, message.sender.address) == ("Ana Ruiz", "ana@example.com")
    assert (message.subject, message.text) == ("Invoice", "Where is my invoice?")
    assert message.language == "en"


async def test_all_that_was_filled_in_is_told_with_files(
    client: httpx.AsyncClient, mailroom: Mailroom
) -> None:
    url = await open_form(mailroom, **FULL)
    file = ("file", ("C:\\bilder\\rechnung.pdf", b"%PDF-1.7 x", "application/octet-stream"))
    answer = await client.post(url, data=WHOLE, files=[file], headers=BROWSER)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/t/demo/forms/contact/thanks?language=de"
    [message] = await consume(mailroom)
    assert message.text == "Grüße\nvon hier\n\nTarif: Team & mehr\nAGB: ✓\n+49301234567"
    [attachment] = message.attachments
    assert (attachment.name, attachment.media_type) == ("rechnung.pdf", "application/pdf")
    assert await mailroom.blobs.get(attachment.blob.key) == b"%PDF-1.7 x"
    thanks = await client.get(answer.headers["location"])
    assert "Vielen Dank" in thanks.text


async def test_an_answer_to_a_form_goes_by_mail(
    client: httpx.AsyncClient, mailroom: Mailroom
) -> None:
    await client.post(await open_form(mailroom), json=PLAIN | {"subject": "Invoice"})
    [message] = await consume(mailroom)
    await mailroom.outgoing(asked(message.conversation_id, "Here it is."))
    [sent] = await mailroom.rows(delivery)
    assert (sent.account, sent.channel) == ("mail", "email")
    assert (sent.recipient, sent.state) == ("ana@example.com", "queued")


async def test_a_second_click_sends_nothing_new_and_another_text_does(
    client: httpx.AsyncClient, mailroom: Mailroom
) -> None:
    url = await open_form(mailroom)
    page = await client.get("/t/demo/forms/contact")
    attempt = re.search(r'name="_submission" value="(\w+)"', page.text)
    assert attempt
    filled = PLAIN | {"_submission": attempt[1]}
    for text in (PLAIN["message"], PLAIN["message"], "And my receipt?"):
        answer = await client.post(url, data=filled | {"message": text}, headers=BROWSER)
        assert answer.status_code == 303
    assert len(await consume(mailroom)) == 2


async def test_faults_are_told_field_by_field_to_a_program(
    client: httpx.AsyncClient, mailroom: Mailroom
) -> None:
    url = await open_form(mailroom, **FULL)
    wrong = {"email": "jo@localhost", "phone": "abc", "plan": "Other", "message": "x" * 101}
    answer = await client.post(url, json=wrong)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    told = {one["pointer"]: one["kind"] for one in answer.json()["errors"]}
    assert told == {
        "#/email": "email", "#/phone": "phone", "#/plan": "option", "#/terms": "missing",
        "#/message": "too-long",
    }  # fmt: skip
    assert await submitted(mailroom) == []


async def test_a_page_with_faults_keeps_what_was_typed(
    client: httpx.AsyncClient, mailroom: Mailroom
) -> None:
    url = await open_form(mailroom, **FULL)
    typed = WHOLE | {"email": 'jo"><script>', "message": "</textarea><b>x"}
    answer = await client.post(url, data=typed, headers=BROWSER)
    assert answer.status_code == 422
    assert 'value="jo&quot;&gt;&lt;script&gt;"' in answer.text
    assert "&lt;/textarea&gt;&lt;b&gt;x</textarea>" in answer.text
    assert "<script" not in answer.text
    assert '<option value="Team &amp; mehr" selected>' in answer.text
    assert 'aria-invalid="true" aria-describedby="e-email"' in answer.text
    assert "Das ist keine E-Mail-Adresse." in answer.text


async def test_robots_get_the_answer_that_people_get_and_nothing_is_stored(
    client: httpx.AsyncClient, mailroom: Mailroom
) -> None:
    url = await open_form(mailroom)
    for given in ({"json": PLAIN}, {"data": PLAIN, "headers": BROWSER}):
        real = await client.post(url, **given)  # type: ignore[arg-type]
        name = "json" if "json" in given else "data"
        trapped = given | {name: PLAIN | {"website": "http://spam.example"}}
        robots = await client.post(url, **trapped)  # type: ignore[arg-type]
        assert (robots.status_code, robots.content) == (real.status_code, real.content)
        assert robots.headers.get("location") == real.headers.get("location")
    assert len(await submitted(mailroom)) == 2


async def test_only_so_many_forms_come_from_one_address(
    client: httpx.AsyncClient, mailroom: Mailroom
) -> None:
    url = await open_form(mailroom, rate_per_address=2)
    codes = [(await client.post(url, json=PLAIN)).status_code for _ in range(3)]
    assert codes == [202, 202, 429]
    late = await client.post(url, json=PLAIN)
    assert late.headers["retry-after"] == "600"
    assert len(await submitted(mailroom)) == 2


async def test_only_so_many_forms_come_from_all_together(
    settings: IngestSettings, mailroom: Mailroom
) -> None:
    url = await open_form(mailroom, rate_per_form=2)
    service = build(settings.model_copy(update={"form_proxies": 1}))
    transport = httpx.ASGITransport(app=create_app(service))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        codes = [
            (await client.post(url, json=PLAIN, headers={"x-forwarded-for": one})).status_code
            for one in ("198.51.100.1", "198.51.100.2", "198.51.100.3")
        ]
    await service.database.dispose()
    assert codes == [202, 202, 429]


async def test_only_a_forms_own_sites_may_send_it(
    client: httpx.AsyncClient, mailroom: Mailroom
) -> None:
    url = await open_form(mailroom, **FULL)
    for origin in ("https://evil.example", "null", "https://shop.example.evil.example"):
        for call in (client.post(url, json=WHOLE, headers={"origin": origin}),
                     client.options(url, headers={"origin": origin})):  # fmt: skip
            answer = await call
            assert answer.status_code == 403
            assert "access-control-allow-origin" not in answer.headers
    asked = await client.options(url, headers={"origin": "https://shop.example"})
    assert asked.status_code == 204
    assert asked.headers["access-control-allow-origin"] == "https://shop.example"
    for given in (WHOLE, {}):
        answer = await client.post(url, json=given, headers={"origin": "https://shop.example"})
        assert answer.status_code == (202 if given else 422)
        assert answer.headers["access-control-allow-origin"] == "https://shop.example"
    own = await client.post(url, data=WHOLE, headers=BROWSER | {"origin": "http://test"})
    assert own.status_code == 303


async def test_a_browser_goes_where_the_settings_send_it(
    client: httpx.AsyncClient, mailroom: Mailroom
) -> None:
    url = await open_form(mailroom, redirect_url="https://shop.example/danke")
    answer = await client.post(url, data=PLAIN, headers=BROWSER)
    assert (answer.status_code, answer.headers["location"]) == (303, "https://shop.example/danke")
    page = await client.get("/t/demo/forms/contact")
    assert "form-action 'self' https://shop.example;" in page.headers["content-security-policy"]


async def test_the_page_speaks_the_visitors_language(
    client: httpx.AsyncClient, mailroom: Mailroom
) -> None:
    await open_form(mailroom)
    for accepted, send in (("fr-CA,fr;q=0.9,en;q=0.1", "Envoyer"), ("xx", "Send"), ("", "Send"),
                           ("de;q=0,es;q=0.3", "Enviar"), (";;;q=x,", "Send")):  # fmt: skip
        page = await client.get("/t/demo/forms/contact", headers={"accept-language": accepted})
        assert f">{send}</button>" in page.text
        assert page.headers["content-type"].startswith("text/html")
    assert '<label for="f-email">E-mail' in page.text


async def test_programs_are_no_files_for_a_form(
    client: httpx.AsyncClient, mailroom: Mailroom
) -> None:
    url = await open_form(mailroom, **FULL)
    program = ("file", ("cat.png", b"\x7fELF" + bytes(100), "image/png"))
    answer = await client.post(url, data=WHOLE, files=[program])
    assert answer.json()["errors"][0]["kind"] == "file-type"
    many = [("file", (f"{n}.txt", b"x", "text/plain")) for n in range(11)]
    assert (await client.post(url, data=WHOLE, files=many)).status_code == 422
    more = [("file", (f"{n}.txt", b"x", "text/plain")) for n in range(12)]
    assert (await client.post(url, data=WHOLE, files=more)).status_code == 400
    assert await submitted(mailroom) == []


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"", "application/json", 422), (b"{", "application/json", 422),
        (b"[]", "application/json", 422), (b"[" * 9000, "application/json", 422),
        (b'{"email": ["a"]}', "application/json", 422), (b'{"email": {}}', "application/json", 422),
        (b"\xff\xfe", "application/json", 422), (b'{"email": "\\ud800"}', "application/json", 422),
        (b"x", "text/plain", 415), (b"x", "", 415), (b"x", "multipart/form-data", 400),
        (b"x", "multipart/form-data; boundary=b", 400),
        (b"email=%ff%00&message", "application/x-www-form-urlencoded", 422),
        (b"&".join(b"f%d=1" % n for n in range(201)), "application/x-www-form-urlencoded", 400),
        (b'{"message": "' + b"x" * 500_000 + b'"}', "application/json", 422),
        (b" " * (20 * 1024 * 1024 + 1), "application/json", 413),
    ],
)  # fmt: skip
async def test_a_bad_body_is_refused(
    client: httpx.AsyncClient, mailroom: Mailroom, content: bytes, kind: str, status: int
) -> None:
    url = await open_form(mailroom)
    answer = await client.post(url, content=content, headers={"content-type": kind})
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert await submitted(mailroom) == []


async def test_a_form_that_is_not_there_is_not_found(
    client: httpx.AsyncClient, mailroom: Mailroom
) -> None:
    await open_form(mailroom)
    for place in ("demo/nothing", "demo/mail", "other/contact", "nobody/contact", "demo/x%00"):
        assert (await client.post(f"/v1/forms/{place}", json=PLAIN)).status_code == 404
        assert (await client.get(f"/t/{place.replace('/', '/forms/')}")).status_code == 404


async def test_a_file_of_another_tenant_or_without_bytes_is_parked(mailroom: Mailroom) -> None:
    await open_form(mailroom)
    foreign = await mailroom.blobs.put("ingest", "other", b"secret")
    for n, key in enumerate((foreign, "ingest/demo/" + "0" * 64, "demo", "../demo/x")):
        blob = BlobRef(key=key, size=6, sha256=foreign.rpartition("/")[2])
        data = InboundFormSubmitted(
            submission_id=f"s{n}", submitted_at=AT, email="a@b.example", text="x",
            files=(FormFile(name="f", blob=blob),),
        )  # fmt: skip
        event = received(data, f"e{n}", key=f"s{n}", source="/channels/contact")
        assert await consume(mailroom, event) == []
        assert mailroom.refused[event.uid][0] == "missing-blob"


@pytest.mark.parametrize(
    "settings_",
    [
        {"fields": []}, {"fields": [{"name": "a", "label": "A"}]}, {"fields": FIELDS + FIELDS[:1]},
        {"honeypot": "email"}, {"origins": ["shop.example"]}, {"origins": ["https://a.example/x"]},
        {"redirect_url": "javascript:alert(1)"}, {"language": "xx"}, {"region": "XX"},
        {"rate_per_address": 0}, {"unknown": 1}, {"title": ""},
        {"fields": [{"name": "a", "label": "A", "type": "select", "maps_to": "subject"}]},
        {"fields": [{"name": "a", "label": "A", "maps_to": "email"}]},
        {"fields": [{"name": "_submission", "label": "A", "type": "email", "maps_to": "email"}]},
    ],
)  # fmt: skip
async def test_settings_that_make_no_form_are_refused(
    client: httpx.AsyncClient, owner: dict[str, str], settings_: dict[str, Any]
) -> None:
    account = {"kind": "form", "name": "Contact", "settings": settings_}
    answer = await client.put("/v1/channels/contact", json=account, headers=owner)
    assert answer.status_code == 422


async def test_an_account_of_kind_form_is_a_form_as_it_is(
    client: httpx.AsyncClient, owner: dict[str, str]
) -> None:
    account = {"kind": "form", "name": "Contact"}
    answer = await client.put("/v1/channels/contact", json=account, headers=owner)
    assert answer.status_code in (200, 201), answer.text
    assert (await client.post("/v1/forms/demo/contact", json=PLAIN)).status_code == 202


@pytest.mark.parametrize("is_up", [True, False])
async def test_rates_are_counted_together_by_redis_and_alone_without_it(
    valkey: Valkey, is_up: bool
) -> None:
    url = valkey.url if is_up else f"redis://127.0.0.1:{free_port()}"
    sender = Sender("demo", f"form-{is_up}", "2001:db8::1")
    neighbour = Sender("demo", f"form-{is_up}", "2001:db8::2")
    replicas = RateLimits(url), RateLimits(url)
    taken = [await replica.take(sender, 2, 100) for replica in replicas for _ in range(2)]
    assert taken == ([True, True, False, False] if is_up else [True, True, True, True])
    assert await replicas[0].take(neighbour, 2, 100) is False
    for replica in replicas:
        await replica.close()


def test_a_sender_is_an_address_or_a_network_of_one_household() -> None:
    assert network("198.51.100.7") == network("::ffff:198.51.100.7") == "198.51.100.7"
    assert network("2001:db8:0:1::9") == network("2001:db8:0:1:ffff::1") == "2001:db8:0:1::/64"
    assert network("unknown") == "unknown"
