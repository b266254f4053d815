"""What a draft would do before it is published, and why clocks stand where they stand."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from services.sla.app import build
from services.sla.settings import SlaSettings
from shared.messaging import new_id
from shared.service import Scope, Service, create_app
from shared.testing.access import Access
from tests.sla.desk import Desk, Promises

READ: Scope = "policies:read"
WRITE: Scope = "policies:write"
CLOCKS: Scope = "clocks:read"
DRAFT = "/v1/policies/draft"


def policy(minutes: int | None, id: str = "all", **more: Any) -> dict[str, Any]:
    targets = {"normal": {"first-response": minutes}} if minutes else {}
    return {"id": id, "name": id.title(), "targets": targets, **more}


@pytest.fixture
async def client(service: Service, access: Access) -> AsyncIterator[httpx.AsyncClient]:
    for tenant in ("demo", "other"):
        await access.know(service.database, tenant)
    transport = httpx.ASGITransport(app=create_app(service))
    headers = access.service("demo", READ, WRITE, CLOCKS)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://sla", headers=headers
    ) as made:
        yield made


async def draft(client: httpx.AsyncClient, *policies: dict[str, Any]) -> None:
    assert (await client.put(DRAFT, json={"policies": list(policies)})).status_code == 200


async def test_a_preview_counts_clocks_that_would_move_and_names_those_late_at_once(
    client: httpx.AsyncClient, promises: Promises, now: datetime
) -> None:
    old, fresh = Desk(now - timedelta(minutes=40)), Desk(now - timedelta(minutes=5))
    answered, stranger = Desk(now - timedelta(minutes=9)), Desk(now, tenant="other")
    await promises.follow(old.opened(), fresh.opened(), stranger.opened())
    await promises.follow(answered.opened(), answered.replied(2, 1), answered.solved(3, 2))
    await draft(client, policy(30))
    seen = (await client.post(f"{DRAFT}/preview")).json()
    assert (seen["draft_version"], seen["tickets"], seen["complete"]) == (1, 2, True)
    # Each has a first response, which moves, and a resolution, which is promised no longer.
    assert (seen["open_clocks"], seen["moved"], seen["dropped"]) == (4, 4, 2)
    assert seen["late_at_once"] == 1
    [late] = seen["first_late"]
    assert (late["ticket_id"], late["kind"], late["policy"]) == (
        str(old.ticket), "first-response", "all",
    )  # fmt: skip
    assert datetime.fromisoformat(late["due_at"]) == old.at(30)
    assert datetime.fromisoformat(late["due_before"]) == old.at(60)
    assert seen["policies"] == [
        {"policy": "all", "now": 0, "draft": 2},
        {"policy": "default", "now": 4, "draft": 0},
    ]
    assert (await client.get("/v1/policies")).json()["version"] == 1


async def test_a_draft_that_says_what_holds_moves_nothing(
    client: httpx.AsyncClient, promises: Promises, now: datetime
) -> None:
    await promises.follow(Desk(now).opened())
    seen = (await client.post(f"{DRAFT}/preview")).json()
    assert (seen["draft_version"], seen["open_clocks"], seen["moved"]) == (0, 2, 0)


async def test_a_replay_sets_the_draft_beside_what_holds_per_priority(
    client: httpx.AsyncClient, promises: Promises, now: datetime
) -> None:
    quick, slow = Desk(now - timedelta(days=2)), Desk(now - timedelta(days=3))
    ancient = Desk(now - timedelta(days=40))
    for desk, minute in ((quick, 10), (slow, 50), (ancient, 10)):
        await promises.follow(desk.opened(), desk.replied(2, minute), desk.solved(3, minute + 1))
    await draft(client, policy(30))
    seen = (await client.post(f"{DRAFT}/replay?days=7")).json()
    assert (seen["days"], seen["tickets"], seen["complete"]) == (7, 2, True)
    [line] = seen["priorities"]
    assert line["priority"] == "normal"
    # Today both answers and both solutions are in time; the draft promises answers alone.
    assert line["today"] == {"met": 4, "breached": 0, "compliance": 100.0}
    assert line["draft"] == {"met": 1, "breached": 1, "compliance": 50.0}
    assert (await client.post(f"{DRAFT}/replay?days=91")).status_code == 422


async def test_a_draft_by_another_calendar_is_replayed_as_if_it_had_always_been(
    client: httpx.AsyncClient, promises: Promises, now: datetime
) -> None:
    desk = Desk(now - timedelta(days=2))
    await promises.follow(desk.opened(), desk.replied(2, 50))
    closed_then = desk.at(0).date().isoformat()
    week = {day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
    after = (desk.at(0) + timedelta(days=1)).date().isoformat()
    document = {"zone": "UTC", "hours": week, "dates": [{"date": closed_then}, {"date": after}]}
    assert (await client.put("/v1/calendars/new", json=document)).status_code == 200
    await draft(client, policy(30, calendar="new"))
    [line] = (await client.post(f"{DRAFT}/replay?days=7")).json()["priorities"]
    assert line["draft"]["met"] == 1


async def test_no_more_tickets_are_looked_at_than_is_set_the_newest_first(
    service: Service, access: Access, promises: Promises, now: datetime
) -> None:
    assert isinstance(service.settings, SlaSettings)
    desks = [Desk(now - timedelta(minutes=50)), Desk(now - timedelta(minutes=1))]
    for desk in desks:
        await promises.follow(desk.opened())
    few = build(service.settings.model_copy(update={"preview_tickets": 1}))
    await access.know(few.database, "demo")
    transport = httpx.ASGITransport(app=create_app(few))
    headers = access.service("demo", READ)
    async with httpx.AsyncClient(transport=transport, base_url="http://sla") as client:
        seen = (await client.post(f"{DRAFT}/preview", headers=headers)).json()
        assert (seen["tickets"], seen["complete"]) == (1, False)
        again = (await client.post(f"{DRAFT}/replay", headers=headers)).json()
        assert (again["tickets"], again["complete"]) == (1, False)
    await few.database.dispose()


async def test_a_tickets_clocks_are_explained_interval_by_interval(
    client: httpx.AsyncClient, promises: Promises, access: Access, now: datetime
) -> None:
    desk = Desk(now - timedelta(minutes=90))
    await promises.follow(desk.opened(), desk.replied(2, 70), desk.solved(3, 80))
    answer = await client.get(f"/v1/tickets/{desk.ticket}/explain")
    first, resolution = answer.json()["clocks"]
    assert (first["clock"]["kind"], first["counted_seconds"]) == ("first-response", 4200)
    assert first["clock"]["elapsed_seconds"] == 4200
    assert [entry["what"] for entry in first["history"]] == [
        "started", "warned", "breached", "met",
    ]  # fmt: skip
    assert sum(one["seconds"] for one in first["intervals"]) == 4200
    assert {one["reason"] for one in resolution["intervals"]} == {"open"}
    stranger = access.service("other", CLOCKS)
    path = f"/v1/tickets/{desk.ticket}/explain"
    assert (await client.get(path, headers=stranger)).status_code == 404
    assert (await client.get(f"/v1/tickets/{new_id()}/explain")).status_code == 404
    assert (await client.get(path, headers=access.service("demo", READ))).status_code == 403
