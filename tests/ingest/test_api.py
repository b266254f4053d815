"""What ingest shows and sets up over HTTP, and to whom."""

from typing import Any
from uuid import UUID

import httpx
import pytest

from shared.testing.access import Access
from tests.ingest.mailroom import Mailroom, asked, chat, letter, mail

NOBODYS = UUID(int=7)
"""An id that nothing has."""
RFC822 = {"Content-Type": "message/rfc822"}


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
    ("GET", f"/v1/messages/{NOBODYS}", "messages:read"),
    ("GET", f"/v1/messages/{NOBODYS}/raw", "messages:read"),
    ("GET", f"/v1/conversations/{NOBODYS}/messages", "messages:read"),
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


async def test_the_api_describes_every_endpoint_with_its_body(client: httpx.AsyncClient) -> None:
    described = (await client.get("/openapi.json")).json()["paths"]
    body = described["/v1/email/messages"]["post"]["requestBody"]["content"]
    assert list(body) == ["message/rfc822"]
    for method, path, _scope in ENDPOINTS:
        parts = [part if part.count("-") != 4 else "{id}" for part in path.split("/")]
        template = "/".join(parts).replace("/web", "/{id}")
        assert method.lower() in described[template]
        assert described[template][method.lower()]["description"]
