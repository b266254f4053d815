"""A record that cannot be applied is set aside, and its neighbours go on."""

import asyncio
import os
import sys
from collections.abc import Mapping
from dataclasses import replace

import pytest

from tests.journeys.desk import Desk, Json, eventually
from tests.journeys.topics import chat, from_nowhere

pytestmark = pytest.mark.journey
CHATS = "support.inbound.chat.v1"


async def test_a_broken_record_and_one_of_an_unknown_type_are_parked_and_can_be_settled(
    desk: Desk,
) -> None:
    session = f"broken-{desk.tenant}"
    good, broken, unknown = (chat(desk.tenant, session, n, "Hello?") for n in range(3))
    broken = replace(broken, value=b'{"session_id": 7}')
    parrot = [
        (n, b"support.parrot.squawked.v1" if n == "ce_type" else v) for n, v in unknown.headers
    ]
    await desk.topics.send(CHATS, [broken, replace(unknown, headers=parrot), good])

    await desk.ticket(lambda t: t["message_count"] == 1)
    parked = {one["reason"]: one for one in await _parked(desk) if one["event_id"] in _ids(session)}
    assert set(parked) == {"wrong-schema", "unknown-type"}
    shown = await desk.get("ingest", f"/v1/parked/{parked['wrong-schema']['id']}")
    assert shown["value"] == "eyJzZXNzaW9uX2lkIjogN30="

    listed = await _command(desk, "list")
    assert all(one["id"] in listed for one in parked.values())
    await _command(desk, "drop", parked["wrong-schema"]["id"])
    await desk.do("ingest", "POST", f"/v1/parked/{parked['unknown-type']['id']}/drop")
    assert not [one for one in await _parked(desk) if one["event_id"] in _ids(session)]


async def test_an_event_of_no_channel_account_is_parked_for_its_company_and_can_be_retried(
    desk: Desk,
) -> None:
    await desk.topics.send(CHATS, [from_nowhere(chat(desk.tenant, "early", 1, "Too early"))])
    [record] = await eventually(lambda: _parked(desk, tenant=desk.tenant), bool)
    assert record["reason"] == "unknown-account"
    await desk.do("ingest", "PUT", "/v1/channels/nowhere", {"kind": "chat", "name": "Now it is"})
    settled = await desk.do("ingest", "POST", f"/v1/parked/{record['id']}/retry")
    assert settled["state"] == "retried"
    ticket = await desk.ticket()
    assert ticket["entries"][0]["text"] == "Too early"


def _ids(session: str) -> set[str]:
    return {f"{session}:{number}" for number in range(3)}


async def _parked(desk: Desk, tenant: str | None = None) -> list[Json]:
    """What ingest has parked, of one tenant or of all."""
    found = (await desk.get("ingest", "/v1/parked", limit="200"))["items"]
    return [one for one in found if tenant in (None, one["tenant"])]


async def _command(desk: Desk, *arguments: str) -> str:
    """`python -m services.ingest parked …`, which must succeed; what it prints."""
    environment: Mapping[str, str] = {**os.environ, **desk.suite.environment("ingest")}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.ingest", "parked", *arguments,
        env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    said, complaint = await process.communicate()
    assert process.returncode == 0, complaint.decode()
    return said.decode()
