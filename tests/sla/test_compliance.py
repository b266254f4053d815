"""The report: each decided promise counted once, as what it turned out to be."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.sla import tables
from services.sla.domain.compliance import (
    DIMENSIONS,
    STILL_OPEN,
    ClockId,
    ClosedClock,
    main_reason,
    percent,
    sum_places,
    waiting_for,
)
from services.sla.usecases.report import count, count_decisions
from shared.service import Scope, Service, create_app
from shared.testing.access import Access
from tests.sla.desk import Desk, Promises

CLOCKS: Scope = "clocks:read"
MONDAY = date(2026, 11, 23)


@pytest.fixture
async def client(service: Service, access: Access) -> AsyncIterator[httpx.AsyncClient]:
    for tenant in ("demo", "other"):
        await access.know(service.database, tenant)
    transport = httpx.ASGITransport(app=create_app(service))
    headers = access.service("demo", CLOCKS)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://sla", headers=headers
    ) as made:
        yield made


def clock(number: int, tenant: str = "demo") -> ClockId:
    return tenant, UUID(int=number), "first-response", number


def entry(
    breached: bool = False, places: dict[str, int] | None = None, **values: str | None
) -> ClosedClock:
    usual: dict[str, str | None] = dict.fromkeys(DIMENSIONS, "x")
    reason = main_reason(places) if places else ""
    return ClosedClock(
        MONDAY, "first-response", breached, {**usual, **values}, places or {}, reason
    )


async def counted(promises: Promises, after: dict[ClockId, ClosedClock | None]) -> None:
    async with promises.unit.begin() as (session, _outbox, _now):
        await count(session, after)


async def asked(client: httpx.AsyncClient, **params: str) -> Any:
    params = {"from": "2026-11-01", "to": "2026-11-30", **params}
    answer = await client.get("/v1/compliance", params=params)
    assert answer.status_code == 200
    return answer.json()


LATE = {"unassigned": 600, "waiting for billing": 5400, "paused": 7200, "outside hours": 50_400}


async def test_promises_are_counted_by_each_dimension_with_where_the_time_went(
    client: httpx.AsyncClient, promises: Promises
) -> None:
    await counted(
        promises,
        {
            clock(1): entry(team="billing"),
            clock(2): entry(team="billing"),
            clock(3): entry(True, LATE, team="billing", agent=None),
            clock(4): entry(team=None),
        },
    )
    shown = await asked(client, by="team")
    billing, nobody = shown["lines"]
    assert (billing["value"], billing["met"], billing["breached"]) == ("billing", 2, 1)
    assert billing["compliance"] == 66.67
    assert billing["time"] == [
        {"place": "outside hours", "seconds": 50_400},
        {"place": "paused", "seconds": 7200},
        {"place": "waiting for billing", "seconds": 5400},
        {"place": "unassigned", "seconds": 600},
    ]
    assert billing["reasons"] == [{"reason": "waiting for billing", "clocks": 1}]
    assert (nobody["value"], nobody["compliance"], nobody["time"]) == (None, 100.0, [])
    assert (shown["total"]["met"], shown["total"]["compliance"]) == (3, 75.0)
    for by in (*DIMENSIONS, "kind", "day"):
        total = (await asked(client, by=by))["total"]
        assert (total["met"], total["breached"], total["time"]) == (3, 1, billing["time"])
    assert [line["value"] for line in (await asked(client, by="day"))["lines"]] == ["2026-11-23"]


async def test_what_turns_out_otherwise_is_taken_back_to_the_last_row(
    client: httpx.AsyncClient, promises: Promises
) -> None:
    running = ClosedClock(MONDAY, "first-response", True, {"team": "billing"}, {}, STILL_OPEN)
    await counted(promises, {clock(1): running, clock(2): entry(team="billing")})
    await counted(promises, {clock(1): running})
    await counted(promises, {clock(1): entry(True, LATE, team="support")})
    await counted(promises, {clock(1): entry(team="sales"), clock(2): None})
    lines = (await asked(client, by="team"))["lines"]
    assert [(line["value"], line["met"], line["breached"]) for line in lines] == [("sales", 1, 0)]
    assert lines[0]["time"] == lines[0]["reasons"] == []
    await counted(promises, {clock(1): None})
    assert (await asked(client, by="team"))["total"]["compliance"] is None
    rows = await promises.rows(tables.compliance) + await promises.rows(tables.missed_time)
    assert all(row[-2:] == (0, 0) for row in rows)
    assert await promises.rows(tables.counted_clock) == []


async def test_only_the_tenants_days_that_were_asked_for_are_shown(
    client: httpx.AsyncClient, promises: Promises
) -> None:
    await counted(promises, {clock(1): entry(), clock(2, "other"): entry()})
    assert (await asked(client))["total"]["met"] == 1
    assert (await asked(client, to="2026-11-22"))["total"]["met"] == 0


@pytest.mark.parametrize(
    "params",
    [
        {"from": "2026-02-01", "to": "2026-01-01"},
        {"from": "2020-01-01", "to": "2026-01-01"},
        {"by": "colour"},
        {"from": "yesterday"},
        {"format": "xml"},
    ],
)
async def test_a_question_that_makes_no_sense_is_refused(
    client: httpx.AsyncClient, params: dict[str, str]
) -> None:
    assert (await client.get("/v1/compliance", params=params)).status_code == 422


@pytest.mark.parametrize(
    ("params", "parameter"),
    [
        ({"to": "9999-12-31"}, "to"),
        ({"to": "0001-01-01"}, "to"),
        ({"from": "0001-01-01", "to": "0001-01-20"}, "from"),
        ({"from": "9001-01-01"}, "from"),
    ],
)
async def test_days_out_of_reach_are_refused_with_the_place(
    client: httpx.AsyncClient, params: dict[str, str], parameter: str
) -> None:
    refused = await client.get("/v1/compliance", params=params)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["parameter"] == parameter
    for border in ("1970-01-01", "9000-12-31"):
        answer = await client.get("/v1/compliance", params={"to": border})
        assert answer.status_code == 200


async def test_the_report_needs_its_scope(client: httpx.AsyncClient, access: Access) -> None:
    poor = access.service("demo", "tickets:read")
    assert (await client.get("/v1/compliance", headers=poor)).status_code == 403


async def test_csv_says_the_same_and_no_cell_is_a_formula(
    client: httpx.AsyncClient, promises: Promises
) -> None:
    await counted(
        promises,
        {clock(1): entry(True, LATE, category="=cmd()"), clock(2): entry(category="a,b")},
    )
    params = {"from": "2026-11-01", "to": "2026-11-30", "by": "category"}
    by_accept = await client.get("/v1/compliance", params=params, headers={"Accept": "text/csv"})
    by_format = await client.get("/v1/compliance", params={**params, "format": "csv"})
    assert by_accept.text == by_format.text
    assert by_accept.headers["content-type"] == "text/csv; charset=utf-8"
    first, second = csv.DictReader(io.StringIO(by_accept.text))
    assert (first["category"], first["breached"], first["compliance_percent"]) == (
        "'=cmd()", "1", "0.0",
    )  # fmt: skip
    assert (first["waiting_seconds"], first["paused_seconds"]) == ("5400", "7200")
    assert (first["top_reason"], second["category"]) == ("waiting for billing", "a,b")


async def test_csv_has_the_time_that_each_team_took(
    client: httpx.AsyncClient, promises: Promises
) -> None:
    handed_on = {**LATE, "waiting for legal": 60}
    other = {"waiting for sales": 30}
    await counted(
        promises,
        {clock(1): entry(True, handed_on, tier="L2"), clock(2): entry(True, other, tier="L1"),
         clock(3): entry(tier="L3")},
    )  # fmt: skip
    params = {"from": "2026-11-01", "to": "2026-11-30", "by": "tier", "format": "csv"}
    text = (await client.get("/v1/compliance", params=params)).text
    rows = {row["tier"]: row for row in csv.DictReader(io.StringIO(text))}
    teams = [f"seconds waiting for {team}" for team in ("billing", "legal", "sales")]
    assert list(rows["L1"])[-3:] == teams
    assert [rows["L2"][name] for name in ("waiting_seconds", *teams)] == ["5460", "5400", "60", "0"]
    assert [rows["L1"][name] for name in ("waiting_seconds", *teams)] == ["30", "0", "0", "30"]
    assert [rows["L3"][name] for name in ("waiting_seconds", *teams)] == ["0", "0", "0", "0"]


async def test_a_missed_answer_is_counted_when_it_breaks_and_told_apart_when_it_ends(
    client: httpx.AsyncClient, promises: Promises, now: datetime
) -> None:
    desk, kept = Desk(now - timedelta(minutes=90)), Desk(now - timedelta(minutes=90))
    day = {"from": str((now - timedelta(days=3)).date()), "to": str(now.date()), "by": "team"}
    await promises.follow(desk.opened(), kept.opened(), kept.replied(2, 30))
    while await promises.fire():
        pass
    await promises.count()
    [line] = (await asked(client, **day))["lines"]
    assert (line["value"], line["met"], line["breached"], line["time"]) == ("billing", 1, 1, [])
    assert line["reasons"] == [{"reason": "still open", "clocks": 1}]
    await promises.follow(desk.replied(2, 80))
    await promises.count()
    [line] = (await asked(client, **day))["lines"]
    assert (line["met"], line["breached"], line["compliance"]) == (1, 1, 50.0)
    assert line["time"] == [{"place": "unassigned", "seconds": 80 * 60}]
    assert line["reasons"] == [{"reason": "unassigned", "clocks": 1}]
    # An answer later on changes nothing of it; the solution is another promise, and was kept.
    late = Desk(desk.start, ticket=desk.ticket)
    await promises.follow(late.solved(4, 85), late.replied(3, 81))
    await promises.count()
    total = (await asked(client, **day))["total"]
    assert (total["met"], total["breached"]) == (2, 1)


async def test_decisions_wait_to_be_counted_and_only_one_process_counts_at_a_time(
    client: httpx.AsyncClient, promises: Promises, now: datetime
) -> None:
    desk = Desk(now - timedelta(minutes=300))
    day = {"from": str((now - timedelta(days=3)).date()), "to": str(now.date())}
    # Late, then known to have been in time after all, before anything has been counted.
    await promises.follow(desk.opened(), desk.replied(3, 299))
    await promises.follow(desk.replied(2, 20))
    async with promises.unit.begin() as (session, outbox, at):
        assert await count_decisions(session, outbox, at, 1) == 1
        assert await promises.count() == 0
    while await promises.count():
        pass
    assert await promises.rows(tables.decision) == []
    total = (await asked(client, **day))["total"]
    assert (total["met"], total["breached"]) == (1, 0)


def test_compliance_is_met_of_decided() -> None:
    assert (percent(9, 1), percent(2, 1), percent(0, 1), percent(0, 0)) == (90.0, 66.67, 0.0, None)


def test_the_main_reason_is_what_took_most_of_the_time_that_counted() -> None:
    assert main_reason(LATE) == waiting_for("billing")
    assert main_reason({"paused": 5}) == "unassigned"
    pieces = [("a", 1_600_000), ("b", 0), ("a", 2_400_000), ("c", 999_999)]
    assert sum_places(pieces) == {"a": 4}
