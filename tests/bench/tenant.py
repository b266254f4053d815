"""A tenant for the benchmarks: two channels, one team, 200 agents with room for everything."""

import asyncio
import time
from uuid import NAMESPACE_URL, uuid5

import httpx

from deploy.local.suite import Suite

AGENTS = 200
ROOM = 100_000


async def make(suite: Suite, tenant: str) -> str:
    """Sets the tenant up through the services' APIs, waits until all know it; a token for it."""
    token = suite.token(tenant, "bench", "admin", "operator", "platform")
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(headers=headers, timeout=30) as client:
        router, ingest = suite.addresses["router"], suite.addresses["ingest"]
        await _put(client, f"{router}/v1/tenants/{tenant}", {"name": tenant, "default_team": None})
        for address in suite.addresses.values():
            await _until_known(client, address)
        takes = [{"channel": "email"}, {"channel": "chat"}]
        await _put(client, f"{router}/v1/teams/support", {"name": "Support", "takes": takes})
        for kind, place in (("email", f"help@{tenant}.example"), ("chat", "bench.example")):
            account = {"kind": kind, "name": kind, "address": place}
            await _put(client, f"{ingest}/v1/channels/{kind}", account)
        minutes = {
            priority: {"first-response": 240, "resolution": 1440}
            for priority in ("urgent", "high", "normal", "low")
        }
        policy = {"name": "Standard", "minutes": minutes}
        await _put(client, f"{suite.addresses['sla']}/v1/policy", policy)
        for number in range(AGENTS):
            agent = uuid5(NAMESPACE_URL, f"{tenant}/{number}")
            body = {
                "name": f"Agent {number}", "email": f"agent{number}@bench.example",
                "teams": ["support"], "capacity": {"email": ROOM, "chat": ROOM},
                "roles": ["agent"],
            }  # fmt: skip
            await _put(client, f"{router}/v1/agents/{agent}", body)
            answer = await client.post(
                f"{router}/v1/agents/{agent}/availability", json={"availability": "available"}
            )
            answer.raise_for_status()
    return token


async def _put(client: httpx.AsyncClient, url: str, body: dict[str, object]) -> None:
    answer = await client.put(url, json=body)
    assert answer.is_success, f"{url}: {answer.status_code} {answer.text}"


async def _until_known(client: httpx.AsyncClient, address: str) -> None:
    """Waits until the service has heard of the tenant: until then every token of it is refused."""
    until = time.monotonic() + 30
    while (await client.get(f"{address}/v1/parked")).status_code == 401:
        assert time.monotonic() < until, f"{address} has not heard of the tenant in 30 s"
        await asyncio.sleep(0.1)
