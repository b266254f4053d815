"""Loads the demo tenant (`demo.json`) through the services' own HTTP APIs.

Every request carries an Idempotency-Key that names what it makes, so that loading again after a
load that broke off makes nothing twice. What was loaded whole is noted and left to its users.
"""

import asyncio
import hashlib
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from deploy.local.processes import StackFailure

DATA = Path(__file__).with_name("demo.json")
TENANT = "demo"


@dataclass(frozen=True, slots=True)
class Step:
    """One request to one service."""

    service: str
    method: str
    path: str
    body: Mapping[str, Any]


async def load(addresses: Mapping[str, str], token: str, note: Path) -> None:
    """Make the demo tenant, unless `note` says that it is there; StackFailure says what refused.

    `addresses` are the services' by name; `token` may set up tenants, agents, accounts, policies
    and articles.
    """
    digest = hashlib.sha256(DATA.read_bytes()).hexdigest()
    if note.exists() and note.read_text() == digest:
        return
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(headers=headers, timeout=30) as client:
        for step in _steps(json.loads(DATA.read_text())):
            await _take(client, addresses[step.service], step)
    note.write_text(digest)


def _steps(demo: Mapping[str, Any]) -> Iterator[Step]:
    yield Step("router", "PUT", f"/v1/tenants/{TENANT}", demo["tenant"])
    yield Step("sla", "PUT", "/v1/policy", demo["policy"])
    yield from _puts("ingest", "/v1/channels", "id", demo["channels"])
    yield from _puts("router", "/v1/teams", "key", demo["teams"])
    yield from _puts("router", "/v1/agents", "id", demo["agents"])
    yield from _puts("kb", "/v1/articles", "id", demo["articles"])
    for agent in demo["agents"]:
        at_work = {"availability": "available"}
        yield Step("router", "POST", f"/v1/agents/{agent['id']}/availability", at_work)


def _puts(service: str, path: str, key: str, things: list[dict[str, Any]]) -> Iterator[Step]:
    for thing in things:
        body = {name: value for name, value in thing.items() if name != key}
        yield Step(service, "PUT", f"{path}/{thing[key]}", body)


async def _take(client: httpx.AsyncClient, address: str, step: Step) -> None:
    once = hashlib.sha256(json.dumps([step.path, step.body]).encode()).hexdigest()[:32]
    answer = await client.request(
        step.method,
        f"{address}{step.path}",
        json=step.body,
        headers={"Idempotency-Key": f"demo-{once}"},
    )
    if not answer.is_success:
        asked = f"{step.method} {step.path}"
        raise StackFailure(f"{step.service} refused {asked}: {answer.status_code} {answer.text}")


async def until_known(addresses: Mapping[str, str], token: str, *, seconds: float = 30) -> None:
    """Wait until every service lets an ordinary token in; StackFailure when one does not.

    A service learns from Kafka that a tenant exists, within moments of its making.
    """
    deadline = time.monotonic() + seconds
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {token}"}) as client:
        for name, address in addresses.items():
            while (answer := await client.get(f"{address}/v1/parked")).status_code == 401:
                if time.monotonic() > deadline:
                    raise StackFailure(f"{name} does not know the tenant {TENANT}: {answer.text}")
                await asyncio.sleep(0.05)
