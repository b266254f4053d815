"""Who is let in, and how soon somebody is not any more."""

import asyncio
import json
import time
from uuid import UUID, uuid4

import httpx
import pytest
from joserfc import jws

from shared.service import Service
from shared.testing.access import Access

AGENT = uuid4()
PATH = "/v1/notes/count"


async def status(client: httpx.AsyncClient, headers: dict[str, str]) -> int:
    return (await client.get(PATH, headers=headers)).status_code


async def test_no_token_is_a_401_with_a_challenge(client: httpx.AsyncClient) -> None:
    answer = await client.get(PATH)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="deskstream"'
    assert "Authorization" in answer.json()["detail"]


@pytest.mark.parametrize("sent", ["Basic dTpw", "Bearer", "Bearer x", "bearer a.b.c", "x"])
async def test_another_kind_of_credentials_is_a_401(client: httpx.AsyncClient, sent: str) -> None:
    answer = await client.get(PATH, headers={"Authorization": sent})
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_bad_token_is_a_401_that_says_why(
    client: httpx.AsyncClient, access: Access
) -> None:
    headers = access.service("demo", "tickets:read")
    answer = await client.get(PATH, headers={"Authorization": headers["Authorization"][:-4]})
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


async def test_a_missing_scope_is_a_403_that_names_it(
    client: httpx.AsyncClient, access: Access
) -> None:
    answer = await client.get(PATH, headers=access.service("demo", "kpis:read"))
    assert answer.status_code == 403
    assert answer.json()["missing"] == ["tickets:read"]
    assert 'scope="tickets:read"' in answer.headers["www-authenticate"]


async def test_an_unknown_tenant_is_refused_but_for_its_first_set_up(
    client: httpx.AsyncClient, access: Access
) -> None:
    assert await status(client, access.service("nobody", "tickets:read")) == 401
    first = access.service("nobody", "tickets:read", "tenants:write")
    assert await status(client, first) == 200
    assert (
        await status(client, access.agent("nobody", AGENT, "tickets:read", "tenants:write")) == 401
    )


async def test_a_suspended_tenant_is_refused(
    client: httpx.AsyncClient, access: Access, service: Service
) -> None:
    await access.know(service.database, "late-payer", status="suspended")
    assert await status(client, access.service("late-payer", "tickets:read")) == 401
    assert (
        await status(client, access.service("late-payer", "tickets:read", "tenants:write")) == 200
    )


async def test_an_agent_must_be_known_to_its_tenant(
    client: httpx.AsyncClient, access: Access, service: Service
) -> None:
    agent = uuid4()
    assert await status(client, access.agent("demo", agent, "tickets:read")) == 401
    await access.know(service.database, "other", agents=[agent])
    assert await status(client, access.agent("demo", agent, "tickets:read")) == 401
    assert await status(client, access.agent("other", agent, "tickets:read")) == 200


async def until(client: httpx.AsyncClient, headers: dict[str, str], wanted: int) -> float:
    """Seconds until the status is the wanted one."""
    began = time.monotonic()
    while await status(client, headers) != wanted:
        assert time.monotonic() - began < 5
        await asyncio.sleep(0.02)
    return time.monotonic() - began


async def test_an_offboarded_agent_is_refused_within_a_second(
    client: httpx.AsyncClient, access: Access, service: Service
) -> None:
    await access.know(service.database, "demo", agents=[AGENT])
    headers = access.agent("demo", AGENT, "tickets:read")
    assert await status(client, headers) == 200
    await access.know(service.database, "demo", offboarded=[AGENT])
    assert await until(client, headers, 401) < 1
    assert "offboarded" in (await client.get(PATH, headers=headers)).json()["detail"]


async def test_a_revoked_service_token_is_refused_within_a_second(
    client: httpx.AsyncClient, access: Access, service: Service
) -> None:
    headers, other = (access.service("demo", "tickets:read") for _ in range(2))
    assert await status(client, headers) == 200
    token = headers["Authorization"].removeprefix("Bearer ")
    token_id = json.loads(jws.extract_compact(token.encode()).payload)["jti"]
    await access.know(service.database, "demo", revoked=[token_id])
    assert await until(client, headers, 401) < 1
    assert await status(client, other) == 200


async def test_many_requests_at_once_ask_the_database_once(
    client: httpx.AsyncClient, access: Access
) -> None:
    headers = access.service("demo", "tickets:read")
    assert set(await asyncio.gather(*(status(client, headers) for _ in range(30)))) == {200}


async def test_a_tenant_sees_its_own_only(
    client: httpx.AsyncClient, access: Access, service: Service
) -> None:
    await access.know(service.database, "other")
    mine = access.service("demo", "tickets:write")
    made = await client.post("/v1/notes", json={"text": "x"}, headers=mine)
    path = f"/v1/notes/{UUID(made.json()['id'])}"
    theirs = access.service("other", "tickets:write")
    assert (await client.put(path, json={"text": "y"}, headers=theirs)).status_code == 404
