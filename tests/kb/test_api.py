"""The HTTP API, as a caller sees it."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import pytest

from shared.messaging import new_id
from shared.service import Scope, Service, create_app
from shared.testing.access import Access

ARTICLE: dict[str, Any] = {
    "language": "en",
    "title": "Reset your password",
    "body": "Choose **Forgot password?**",
    "labels": ["password", "account", "password"],
    "status": "published",
}
READ: Scope = "articles:read"
WRITE: Scope = "articles:write"
ID = UUID(int=7)
ENDPOINTS = [
    ("GET", "/v1/articles", READ),
    ("POST", "/v1/articles", WRITE),
    ("GET", f"/v1/articles/{ID}", READ),
    ("PUT", f"/v1/articles/{ID}", WRITE),
    ("GET", "/v1/search?q=password", READ),
]


@pytest.fixture
async def client(service: Service, access: Access) -> AsyncIterator[httpx.AsyncClient]:
    for tenant in ("demo", "other"):
        await access.know(service.database, tenant)
    transport = httpx.ASGITransport(app=create_app(service))
    async with httpx.AsyncClient(transport=transport, base_url="http://kb") as made:
        yield made


@pytest.fixture
def editor(access: Access) -> dict[str, str]:
    return access.service("demo", READ, WRITE)


def body(method: str) -> dict[str, Any]:
    return {} if method == "GET" else {"json": ARTICLE}


@pytest.mark.parametrize(("method", "path", "scope"), ENDPOINTS)
async def test_no_token_is_a_401_and_a_token_without_the_scope_a_403(
    client: httpx.AsyncClient, access: Access, method: str, path: str, scope: Scope
) -> None:
    assert (await client.request(method, path, **body(method))).status_code == 401
    poor = access.service("demo", "tickets:read")
    answer = await client.request(method, path, headers=poor, **body(method))
    assert (answer.status_code, answer.json()["missing"]) == (403, [scope])


async def test_an_article_can_be_fetched_listed_and_found(
    client: httpx.AsyncClient, editor: dict[str, str]
) -> None:
    made = await client.post("/v1/articles", json=ARTICLE, headers=editor)
    assert made.status_code == 201
    article = made.json()
    assert article["labels"] == ["account", "password"]
    assert made.headers["location"] == f"/v1/articles/{article['id']}"
    got = await client.get(made.headers["location"], headers=editor)
    assert (got.json(), got.headers["etag"]) == (article, made.headers["etag"])
    listed = (await client.get("/v1/articles?status=published", headers=editor)).json()
    assert [one["id"] for one in listed["items"]] == [article["id"]]
    found = (await client.get("/v1/search?q=forgot+passwords", headers=editor)).json()
    assert [one["id"] for one in found["items"]] == [article["id"]]


async def test_lists_go_on_from_their_cursor(
    client: httpx.AsyncClient, editor: dict[str, str]
) -> None:
    ids = {
        (await client.post("/v1/articles", json=ARTICLE, headers=editor)).json()["id"]
        for _ in range(5)
    }
    seen: list[str] = []
    path: str | None = "/v1/articles?limit=2"
    while path:
        page = (await client.get(path, headers=editor)).json()
        seen += [one["id"] for one in page["items"]]
        cursor = page.get("next")
        path = f"/v1/articles?limit=2&cursor={cursor}" if cursor else None
    assert len(seen) == len(ids)
    assert set(seen) == ids


async def test_a_change_based_on_an_old_version_is_refused(
    client: httpx.AsyncClient, editor: dict[str, str]
) -> None:
    path = f"/v1/articles/{new_id()}"
    first = await client.put(path, json=ARTICLE, headers=editor)
    change = ARTICLE | {"title": "Choose a new password"}
    fresh = editor | {"If-Match": first.headers["etag"]}
    assert (await client.put(path, json=change, headers=fresh)).json()["version"] == 2
    assert (await client.put(path, json=ARTICLE, headers=fresh)).status_code == 412


async def test_another_companys_article_is_not_there(
    client: httpx.AsyncClient, access: Access, editor: dict[str, str]
) -> None:
    path = (await client.post("/v1/articles", json=ARTICLE, headers=editor)).headers["location"]
    stranger = access.service("other", READ, WRITE)
    assert (await client.get(path, headers=stranger)).status_code == 404
    assert (await client.get("/v1/articles", headers=stranger)).json()["items"] == []
    assert (await client.get("/v1/search?q=password", headers=stranger)).json()["items"] == []
    mine = await client.put(path, json=ARTICLE | {"title": "Mine"}, headers=stranger)
    assert mine.status_code == 404
    assert (await client.get(path, headers=editor)).json()["title"] == ARTICLE["title"]


async def test_the_same_idempotency_key_is_answered_once(
    client: httpx.AsyncClient, editor: dict[str, str]
) -> None:
    once = editor | {"Idempotency-Key": "one"}
    first = await client.post("/v1/articles", json=ARTICLE, headers=once)
    again = await client.post("/v1/articles", json=ARTICLE, headers=once)
    assert (again.status_code, again.json()) == (201, first.json())
    other = await client.post("/v1/articles", json=ARTICLE | {"title": "X"}, headers=once)
    assert other.status_code == 422


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"title": ""}, "#/title"),
        ({"title": "two\nlines"}, "#/title"),
        ({"language": "not a language"}, "#/language"),
        ({"status": "shown"}, "#/status"),
        ({"body": "a\u0000b"}, "#/body"),
        ({"titel": "X"}, "#/titel"),
    ],
)
async def test_a_wrong_article_is_told_where_it_is_wrong(
    client: httpx.AsyncClient, editor: dict[str, str], change: dict[str, Any], pointer: str
) -> None:
    answer = await client.post("/v1/articles", json=ARTICLE | change, headers=editor)
    assert answer.status_code == 422
    assert pointer in [one["pointer"] for one in answer.json()["errors"]]


async def test_malformed_json_and_odd_ids_are_a_422(
    client: httpx.AsyncClient, editor: dict[str, str]
) -> None:
    broken = await client.post(
        "/v1/articles", content=b"{", headers=editor | {"Content-Type": "application/json"}
    )
    assert broken.status_code == 422
    assert (await client.get("/v1/articles/nonsense", headers=editor)).status_code == 422
    assert (await client.get(f"/v1/articles/{new_id()}", headers=editor)).status_code == 404
    assert (await client.get("/v1/search?q=", headers=editor)).status_code == 422
