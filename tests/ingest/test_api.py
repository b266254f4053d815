"""ingest over HTTP: what it takes, what it shows, and what it answers to bad input."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from services.ingest import tables
from services.ingest.app import build
from services.ingest.pressure import Pressure
from services.ingest.settings import IngestSettings
from shared.contracts.inbound import InboundEmailReceived
from shared.service import Service, create_app
from shared.testing.access import Access
from tests.ingest.mailroom import Mailroom, asked, chat, letter, mail

RFC822 = {"Content-Type": "message/rfc822"}


@pytest.fixture
async def client(
    service: Service, mailroom: Mailroom, access: Access
) -> AsyncIterator[httpx.AsyncClient]:
    """The API without a token; it knows the tenants demo and other."""
    for tenant in ("demo", "other", "empty"):
        await access.know(service.database, tenant)
    transport = httpx.ASGITransport(app=create_app(service))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as made:
        yield made


@pytest.fixture
def writer(access: Access) -> dict[str, str]:
    """An adapter's token of demo."""
    return access.service("demo", "messages:write")


@pytest.fixture
def reader(access: Access) -> dict[str, str]:
    """A token that reads demo's messages."""
    return access.service("demo", "messages:read")


@pytest.fixture
def owner(access: Access) -> dict[str, str]:
    """A token that sets demo's accounts up."""
    return access.service("demo", "accounts:read", "accounts:write")


async def test_a_mail_is_accepted_stored_read_and_found_under_both_ids(
    client: httpx.AsyncClient, writer: dict[str, str], reader: dict[str, str], mailroom: Mailroom
) -> None:
    raw = letter(text="Grüße aus Kyōto 京都")
    answer = await client.post("/v1/email/messages", content=raw, headers=writer | RFC822)
    assert answer.status_code == 202
    accepted = answer.json()
    assert accepted["status"] == "accepted"
    assert answer.headers["location"] == f"/v1/messages/{accepted['id']}"

    before = (await client.get(answer.headers["location"], headers=reader)).json()
    assert (before["state"], before["message"]) == ("received", None)
    assert before["raw"]["sha256"] == hashlib.sha256(raw).hexdigest()

    await mailroom.mails(*await mailroom.relayed())
    after = (await client.get(answer.headers["location"], headers=reader)).json()
    assert after["state"] == "parsed"
    assert after["message"]["text"] == "Grüße aus Kyōto 京都"
    same = await client.get(f"/v1/messages/{after['message']['id']}", headers=reader)
    assert same.json() == after
    for id in (accepted["id"], after["message"]["id"]):
        bytes_again = await client.get(f"/v1/messages/{id}/raw", headers=reader)
        assert bytes_again.content == raw
        assert bytes_again.headers["content-type"] == "message/rfc822"
        assert bytes_again.headers["x-content-type-options"] == "nosniff"


async def test_a_mail_over_64_kib_lies_in_the_blob_store_and_comes_back_whole(
    client: httpx.AsyncClient, writer: dict[str, str], reader: dict[str, str], mailroom: Mailroom
) -> None:
    raw = letter(text="long\r\n" * 40_000)
    answer = await client.post("/v1/email/messages", content=raw, headers=writer | RFC822)
    assert answer.status_code == 202
    [row] = await mailroom.rows(tables.raw_mail)
    assert (row.body, row.blob_key) == (None, f"ingest/demo/{hashlib.sha256(raw).hexdigest()}")
    [announced] = await mailroom.announced(InboundEmailReceived)
    assert (announced.data.raw, announced.data.blob.key) == (None, row.blob_key)
    found = await client.get(f"{answer.headers['location']}/raw", headers=reader)
    assert found.content == raw


async def test_the_same_mail_again_and_at_once_gets_the_same_id(
    client: httpx.AsyncClient, writer: dict[str, str], mailroom: Mailroom
) -> None:
    answers = await asyncio.gather(
        *[
            client.post("/v1/email/messages", content=letter(), headers=writer | RFC822)
            for _ in range(20)
        ]
    )
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len(await mailroom.announced()) == 1


async def test_an_idempotency_key_gives_the_first_answer_again_and_no_other_mail(
    client: httpx.AsyncClient, writer: dict[str, str], mailroom: Mailroom
) -> None:
    keyed = writer | RFC822 | {"Idempotency-Key": "mail-7"}
    first = await client.post("/v1/email/messages", content=letter(), headers=keyed)
    again = await client.post("/v1/email/messages", content=letter(), headers=keyed)
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json() == again.json()
    assert first.headers["location"] == again.headers["location"]
    another = await client.post("/v1/email/messages", content=letter("<2@x>"), headers=keyed)
    assert another.status_code == 422
    assert len(await mailroom.rows(tables.raw_mail)) == 1


async def test_a_mail_goes_to_the_account_that_is_named_or_to_the_oldest(
    client: httpx.AsyncClient, writer: dict[str, str], owner: dict[str, str], mailroom: Mailroom
) -> None:
    body = {"kind": "email", "name": "Billing", "address": "billing@demo.example"}
    assert (await client.put("/v1/channels/billing", json=body, headers=owner)).is_success
    for query, raw in (("", letter("<1@x>")), ("?channel=billing", letter("<2@x>"))):
        url = f"/v1/email/messages{query}"
        assert (await client.post(url, content=raw, headers=writer | RFC822)).is_success
    rows = {row.body: row.account for row in await mailroom.rows(tables.raw_mail)}
    assert rows == {letter("<1@x>"): "mail", letter("<2@x>"): "billing"}


@pytest.mark.parametrize(
    ("sent", "headers", "query", "status"),
    [
        (b"", RFC822, "", 422),
        (letter(), {"Content-Type": "application/json"}, "", 415),
        (letter(), {}, "", 415),
        (letter(), RFC822, "?channel=web", 404),
        (letter(), RFC822, "?channel=of-nobody", 404),
        (letter(), RFC822, "?channel=%00", 404),
        (letter(), RFC822 | {"Idempotency-Key": "two words"}, "", 422),
        (letter(), RFC822 | {"Idempotency-Key": "k", "If-Match": "no etag"}, "", 422),
        (b"", RFC822 | {"Idempotency-Key": "k"}, "", 422),
    ],
)
async def test_a_mail_that_cannot_be_taken_gets_a_clear_answer(
    client: httpx.AsyncClient,
    writer: dict[str, str],
    mailroom: Mailroom,
    sent: bytes,
    headers: dict[str, str],
    query: str,
    status: int,
) -> None:
    url = f"/v1/email/messages{query}"
    answer = await client.post(url, content=sent, headers=writer | headers)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"]
    assert await mailroom.rows(tables.raw_mail) == []


async def test_a_mail_of_30_mb_is_refused_and_one_of_20_is_not(
    client: httpx.AsyncClient, writer: dict[str, str], mailroom: Mailroom
) -> None:
    big = b"Subject: big\r\n\r\n" + b"x" * (30 * 1024 * 1024)
    answer = await client.post("/v1/email/messages", content=big, headers=writer | RFC822)
    assert (answer.status_code, answer.json()["limit"]) == (413, 25 * 1024 * 1024)
    fits = big[: 20 * 1024 * 1024]
    answer = await client.post("/v1/email/messages", content=fits, headers=writer | RFC822)
    assert answer.status_code == 202
    assert [row.size for row in await mailroom.rows(tables.raw_mail)] == [len(fits)]


async def test_a_tenant_without_a_mailbox_is_told_to_make_one(
    client: httpx.AsyncClient, access: Access
) -> None:
    headers = access.service("empty", "messages:write") | RFC822
    answer = await client.post("/v1/email/messages", content=letter(), headers=headers)
    assert answer.status_code == 409
    assert "/v1/channels" in answer.json()["detail"]


async def test_what_was_not_read_yet_or_never_was_a_mail_is_told_apart(
    client: httpx.AsyncClient, reader: dict[str, str], mailroom: Mailroom
) -> None:
    said = chat("s1", 1)
    await mailroom.chats(said)
    found = (await client.get(f"/v1/messages/{said.uid}", headers=reader)).json()
    assert (found["state"], found["raw"]) == ("parsed", None)
    assert (await client.get(f"/v1/messages/{said.uid}/raw", headers=reader)).status_code == 404


async def test_a_conversation_is_read_page_by_page_both_ways(
    client: httpx.AsyncClient, reader: dict[str, str], mailroom: Mailroom
) -> None:
    first = chat("s1", 1, "one")
    await mailroom.chats(first, *[chat("s1", n, f"line {n}") for n in range(2, 6)])
    await mailroom.outgoing(asked(first.uid, "We are here."))
    url, texts, cursor = f"/v1/conversations/{first.uid}/messages", [], None
    while True:
        params = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
        page = (await client.get(url, params=params, headers=reader)).json()
        texts += [item["text"] for item in page["items"]]
        if (cursor := page["next"]) is None:
            break
    assert sorted(texts[:-1]) == ["line 2", "line 3", "line 4", "line 5", "one"]
    assert texts[-1] == "We are here."
    last = page["items"][-1]
    assert (last["direction"], last["delivery"]["state"]) == ("outbound", "sent")
    shown = (await client.get(f"/v1/messages/{last['id']}", headers=reader)).json()
    assert shown["message"]["delivery"]["reason"] == "kept for the visitor to read"


async def test_an_account_is_made_changed_and_listed(
    client: httpx.AsyncClient, owner: dict[str, str]
) -> None:
    body = {"kind": "email", "name": "Sales", "address": "sales@demo.example"}
    made = await client.put("/v1/channels/sales", json=body, headers=owner)
    assert (made.status_code, made.headers["etag"], made.json()["version"]) == (200, '"1"', 1)
    same = await client.put("/v1/channels/sales", json=body, headers=owner)
    assert same.json() == made.json()
    changed = body | {"name": "Sales and more"}
    stale = owner | {"If-Match": '"7"'}
    assert (await client.put("/v1/channels/sales", json=changed, headers=stale)).status_code == 412
    fresh = owner | {"If-Match": '"1"'}
    answer = await client.put("/v1/channels/sales", json=changed, headers=fresh)
    assert (answer.json()["version"], answer.json()["name"]) == (2, "Sales and more")
    page = (await client.get("/v1/channels", headers=owner)).json()
    assert [item["id"] for item in page["items"]] == ["mail", "sales", "web"]


@pytest.mark.parametrize(
    ("id", "body", "status", "where"),
    [
        ("x", {"kind": "email", "name": "X"}, 422, "#"),
        ("x", {"kind": "email", "name": "X", "address": "no address"}, 422, "#/address"),
        ("x", {"kind": "email", "name": "X", "address": "a@b@c"}, 422, "#"),
        ("x", {"kind": "fax", "name": "X"}, 422, "#/kind"),
        ("x", {"kind": "chat"}, 422, "#/name"),
        ("x", {"kind": "chat", "name": "a\nb"}, 422, "#/name"),
        ("Not-A-Slug", {"kind": "chat", "name": "X"}, 422, None),
        ("x", {"kind": "email", "name": "X", "address": "HELP@demo.example"}, 409, None),
        ("mail", {"kind": "chat", "name": "X"}, 409, None),
    ],
)
async def test_an_account_that_cannot_be_gets_a_clear_answer(
    client: httpx.AsyncClient,
    owner: dict[str, str],
    id: str,
    body: dict[str, Any],
    status: int,
    where: str | None,
) -> None:
    answer = await client.put(f"/v1/channels/{id}", json=body, headers=owner)
    assert answer.status_code == status
    if where is not None:
        assert answer.json()["errors"][0]["pointer"] == where


async def test_malformed_json_is_answered_with_the_place(
    client: httpx.AsyncClient, owner: dict[str, str]
) -> None:
    headers = owner | {"Content-Type": "application/json"}
    answer = await client.put("/v1/channels/x", content=b'{"kind": ', headers=headers)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "#")


async def test_a_command_for_an_account_answers_the_same_again(
    client: httpx.AsyncClient, owner: dict[str, str]
) -> None:
    keyed = owner | {"Idempotency-Key": "account-1"}
    body = {"kind": "chat", "name": "Shop"}
    first = await client.put("/v1/channels/shop", json=body, headers=keyed)
    again = await client.put("/v1/channels/shop", json=body, headers=keyed)
    assert first.status_code == 200
    assert (first.content, first.headers["etag"]) == (again.content, again.headers["etag"])
    other = await client.put("/v1/channels/shop", json=body | {"name": "Store"}, headers=keyed)
    assert other.status_code == 422


ENDPOINTS = [
    ("POST", "/v1/email/messages", "messages:write"),
    ("GET", f"/v1/messages/{uuid4()}", "messages:read"),
    ("GET", f"/v1/messages/{uuid4()}/raw", "messages:read"),
    ("GET", f"/v1/conversations/{uuid4()}/messages", "messages:read"),
    ("PUT", "/v1/channels/web", "accounts:write"),
    ("GET", "/v1/channels", "accounts:read"),
]


@pytest.mark.parametrize(("method", "path", "scope"), ENDPOINTS)
async def test_every_endpoint_asks_for_a_token_with_its_scope(
    client: httpx.AsyncClient, access: Access, method: str, path: str, scope: str
) -> None:
    assert (await client.request(method, path)).status_code == 401
    garbage = {"Authorization": "Bearer garbage"}
    assert (await client.request(method, path, headers=garbage)).status_code == 401
    wrong = access.service("demo", "kpis:read")
    answer = await client.request(method, path, headers=wrong)
    assert (answer.status_code, answer.json()["missing"]) == (403, [scope])


async def test_nothing_of_another_tenants_is_seen(
    client: httpx.AsyncClient, access: Access, mailroom: Mailroom
) -> None:
    theirs = mail(letter())
    await mailroom.mails(theirs)
    headers = access.service(
        "other", "messages:read", "messages:write", "accounts:read", "accounts:write"
    )
    for path in ("messages/{}", "messages/{}/raw", "conversations/{}/messages"):
        answer = await client.get("/v1/" + path.format(theirs.uid), headers=headers)
        assert answer.status_code == 404
    assert (await client.get("/v1/channels", headers=headers)).json()["items"][0]["address"] == (
        "help@other.example"
    )
    body = {"kind": "email", "name": "Sales", "address": "sales@demo.example"}
    mine = access.service("demo", "accounts:write")
    assert (await client.put("/v1/channels/sales", json=body, headers=mine)).is_success
    sent = await client.post(
        "/v1/email/messages?channel=sales", content=letter(), headers=headers | RFC822
    )
    assert sent.status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/v1/messages/not-an-id",
        f"/v1/conversations/{UUID(int=0)}/messages?limit=0",
        f"/v1/conversations/{UUID(int=0)}/messages?cursor=forged",
    ],
)
async def test_a_malformed_question_is_answered_422(
    client: httpx.AsyncClient, reader: dict[str, str], path: str
) -> None:
    answer = await client.get(path, headers=reader)
    assert (answer.status_code, answer.json()["status"]) == (422, 422)


async def test_under_pressure_mails_are_put_off_and_afterwards_taken(
    settings: IngestSettings, access: Access, mailroom: Mailroom
) -> None:
    made = build(settings.model_copy(update={"outbox_limit": 1}))
    await access.know(made.database, "demo")
    watch = made.listeners[0]
    headers = access.service("demo", "messages:write") | RFC822
    transport = httpx.ASGITransport(app=create_app(made))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        for number in range(2):
            raw = letter(f"<{number}@x>")
            assert (
                await client.post("/v1/email/messages", content=raw, headers=headers)
            ).is_success
        await _look_once(watch)
        refused = await client.post("/v1/email/messages", content=letter("<3@x>"), headers=headers)
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "10")
        await mailroom.relayed()
        await _look_once(watch)
        taken = await client.post("/v1/email/messages", content=letter("<3@x>"), headers=headers)
        assert taken.status_code == 202
    await made.database.dispose()


async def test_a_full_disk_and_a_silent_database_are_told_apart(
    service: Service, settings: IngestSettings
) -> None:
    full = Pressure(service.database, settings.model_copy(update={"free_disk": 2**60}))
    await full.look()
    assert full.shortage == "disk"
    silent = Pressure(service.database, settings.model_copy(update={"database_patience": 1e-9}))
    await silent.look()
    assert silent.shortage == "database"
    fine = Pressure(service.database, settings)
    await fine.look()
    assert fine.shortage is None


async def test_the_api_describes_every_endpoint_with_its_body(client: httpx.AsyncClient) -> None:
    described = (await client.get("/openapi.json")).json()["paths"]
    body = described["/v1/email/messages"]["post"]["requestBody"]["content"]
    assert list(body) == ["message/rfc822"]
    for method, path, _scope in ENDPOINTS:
        parts = [part if part.count("-") != 4 else "{id}" for part in path.split("/")]
        template = "/".join(parts).replace("/web", "/{id}")
        assert method.lower() in described[template]
        assert described[template][method.lower()]["description"]


async def _look_once(watch: Any) -> None:
    stop = asyncio.Event()
    looking = asyncio.create_task(watch(stop))
    await asyncio.sleep(0.2)
    stop.set()
    await looking


def test_a_lease_shorter_than_the_call_is_refused(settings: IngestSettings) -> None:
    with pytest.raises(ValueError, match="INGEST_DELIVERY_LEASE"):
        IngestSettings(database=settings.database, delivery_lease=10, smtp_timeout=60)
