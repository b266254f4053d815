"""Customers over HTTP: found, told about, merged and parted, erased."""

from typing import Any

import httpx
import pytest

from shared.contracts.customers import CustomerChanged, CustomerMerged, CustomerUnmerged
from shared.contracts.messages import MessageReceived
from shared.testing.access import Access
from tests.ingest.mailroom import Mailroom, chat, letter, mail

Headers = dict[str, str]


@pytest.fixture
def writer(access: Access) -> Headers:
    """A token that reads and changes demo's customers."""
    return access.service("demo", "customers:read", "customers:write")


@pytest.fixture
async def two(mailroom: Mailroom) -> list[str]:
    """Ana, who has written a mail and chatted: two customers."""
    await mailroom.mails(mail(letter()))
    await mailroom.chats(chat("s1", 1))
    return [str(m.data.customer_id) for m in await mailroom.announced(MessageReceived)]


async def test_a_customer_is_found_by_an_identity_and_by_the_beginning_of_the_name(
    client: httpx.AsyncClient, writer: Headers, two: list[str]
) -> None:
    async def found(**query: str) -> list[str]:
        answer = await client.get("/v1/customers", params=query, headers=writer)
        return [one["id"] for one in answer.json()["items"]]

    assert await found(identity="ANA@example.com") == two[:1]
    assert await found(q="an") == two
    assert await found(q="nobody") == []
    assert await found() == two


async def test_lists_go_on_where_they_ended(
    client: httpx.AsyncClient, writer: Headers, two: list[str]
) -> None:
    first = (await client.get("/v1/customers", params={"limit": 1}, headers=writer)).json()
    following = {"limit": 1, "cursor": first["next"]}
    second = (await client.get("/v1/customers", params=following, headers=writer)).json()
    assert [one["id"] for one in (*first["items"], *second["items"])] == two


async def test_a_merge_is_taken_back_as_if_it_had_never_been(
    client: httpx.AsyncClient, writer: Headers, two: list[str], mailroom: Mailroom
) -> None:
    ana, visitor = two

    async def show(id: str) -> dict[str, Any]:
        found: dict[str, Any] = (await client.get(f"/v1/customers/{id}", headers=writer)).json()
        return {name: found[name] for name in ("id", "identities", "aliases", "name")}

    before = [await show(ana), await show(visitor)]
    merged = await client.post(f"/v1/customers/{visitor}/merge", json={"into": ana}, headers=writer)
    assert merged.status_code == 200
    whole = await show(visitor)
    assert (whole["id"], whole["aliases"]) == (ana, [visitor])
    assert len(whole["identities"]) == 2
    path = f"/v1/customers/{visitor}/conversations"
    assert len((await client.get(path, headers=writer)).json()["items"]) == 2
    await mailroom.chats(chat("s1", 2))
    assert str((await mailroom.announced(MessageReceived))[-1].data.customer_id) == ana

    parted = await client.post(f"/v1/customers/{visitor}/unmerge", headers=writer)
    assert parted.status_code == 200
    assert [await show(ana), await show(visitor)] == before
    assert len((await client.get(path, headers=writer)).json()["items"]) == 1
    again = await client.post(f"/v1/customers/{visitor}/unmerge", headers=writer)
    assert again.status_code == 409


async def test_merges_are_announced_and_every_key_ends_in_its_state(
    client: httpx.AsyncClient, writer: Headers, two: list[str], mailroom: Mailroom
) -> None:
    ana, visitor = two

    async def last(key: str) -> str:
        told = [
            (event.sequence or 0, event.type)
            for kind in (CustomerChanged, CustomerMerged, CustomerUnmerged)
            for event in await mailroom.announced(kind)
            if event.partitionkey == key
        ]
        # Readers keep the highest: no two states of one key may be equally high.
        assert len({sequence for sequence, _ in told}) == len(told)
        return max(told)[1]

    await client.post(f"/v1/customers/{visitor}/merge", json={"into": ana}, headers=writer)
    assert await last(visitor) == CustomerMerged.TYPE
    assert await last(ana) == CustomerChanged.TYPE
    await client.post(f"/v1/customers/{visitor}/unmerge", headers=writer)
    assert await last(visitor) == CustomerChanged.TYPE


async def test_facts_are_put_at_the_version_that_was_seen(
    client: httpx.AsyncClient, writer: Headers, two: list[str], mailroom: Mailroom
) -> None:
    path = f"/v1/customers/{two[0]}"
    seen = (await client.get(path, headers=writer)).headers["ETag"]
    facts = {"name": "Ana Lima", "plan": "business", "value": 4800, "preferred_channel": "chat"}
    put = await client.put(f"{path}/facts", json=facts, headers=writer | {"If-Match": seen})
    assert {name: put.json()[name] for name in facts} == facts
    stale = await client.put(f"{path}/facts", json={}, headers=writer | {"If-Match": seen})
    assert stale.status_code == 412
    told = (await mailroom.announced(CustomerChanged))[-1].data
    assert (told.plan, told.preferred_channel) == ("business", "chat")


async def test_an_erased_customer_is_not_there_any_more(
    client: httpx.AsyncClient, writer: Headers, two: list[str]
) -> None:
    path = f"/v1/customers/{two[0]}"
    once = writer | {"Idempotency-Key": "erase-1"}
    why = {"reason": "asked for it"}
    first = await client.post(f"{path}/erase", json=why, headers=once)
    again = await client.post(f"{path}/erase", json=why, headers=once)
    assert (first.status_code, first.json()["ids"]) == (202, two[:1])
    assert again.json() == first.json()
    assert (await client.get(path, headers=writer)).status_code == 404
    assert (await client.post(f"{path}/erase", json=why, headers=writer)).status_code == 404


async def test_customers_of_another_tenant_are_nobody(
    client: httpx.AsyncClient, access: Access, two: list[str], writer: Headers
) -> None:
    stranger = access.service("other", "customers:read", "customers:write")
    path = f"/v1/customers/{two[0]}"
    assert (await client.get("/v1/customers", headers=stranger)).json()["items"] == []
    for method, end, body in (
        ("GET", "", None),
        ("GET", "/conversations", None),
        ("PUT", "/facts", {}),
        ("POST", "/merge", {"into": two[1]}),
        ("POST", "/unmerge", None),
        ("POST", "/erase", {"reason": "because"}),
    ):
        answer = await client.request(method, path + end, json=body, headers=stranger)
        assert answer.status_code == 404, (method, end)
    reader = access.service("demo", "customers:read")
    denied = await client.post(f"{path}/erase", json={"reason": "because"}, headers=reader)
    assert denied.status_code == 403
