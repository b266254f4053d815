"""Calendars over HTTP: written, read, imported, taken away, each change a version."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from services.sla.repository.calendars import Calendars
from shared.service import Scope, Service, create_app
from shared.testing.access import Access

READ: Scope = "policies:read"
WRITE: Scope = "policies:write"
BERLIN: dict[str, Any] = {
    "zone": "Europe/Berlin",
    "hours": {
        day: [["09:00", "12:00"], ["13:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")
    },
    "holidays": {"country": "DE", "subdivision": "BE"},
    "dates": [{"date": "--12-24", "name": "Heiligabend"}],
}
DAYS_OFF = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//works council//EN
BEGIN:VEVENT
UID:1
DTSTART;VALUE=DATE:20270104
DTEND;VALUE=DATE:20270106
SUMMARY:Stocktaking
END:VEVENT
BEGIN:VEVENT
UID:2
DTSTART;VALUE=DATE:20201224
RRULE:FREQ=YEARLY
SUMMARY:Christmas Eve
END:VEVENT
BEGIN:VEVENT
UID:3
DTSTART:20270107T100000Z
SUMMARY:Drill
END:VEVENT
END:VCALENDAR
""".replace("\n", "\r\n")
ICS = {"Content-Type": "text/calendar; charset=utf-8"}


@pytest.fixture
async def client(service: Service, access: Access) -> AsyncIterator[httpx.AsyncClient]:
    for tenant in ("demo", "other"):
        await access.know(service.database, tenant)
    transport = httpx.ASGITransport(app=create_app(service))
    async with httpx.AsyncClient(
        transport=transport,
        base_url="http://sla",
        headers=access.service("demo", READ, WRITE),
    ) as made:
        yield made


async def test_a_calendar_is_saved_read_listed_and_each_change_is_a_version(
    client: httpx.AsyncClient, service: Service
) -> None:
    first = await client.put("/v1/calendars/berlin", json=BERLIN, headers={"If-Match": '"0"'})
    assert (first.status_code, first.headers["etag"]) == (200, '"1"')
    read = await client.get("/v1/calendars/berlin")
    assert (read.json(), read.headers["etag"]) == (first.json(), '"1"')
    same = await client.put("/v1/calendars/berlin", json=BERLIN)
    assert same.json() == first.json()
    second = await client.put("/v1/calendars/berlin", json={**BERLIN, "dates": []})
    assert (second.json()["version"], second.json()["since"] >= first.json()["since"]) == (2, True)
    versions = (await client.get("/v1/calendars/berlin/versions")).json()["items"]
    assert [version["version"] for version in versions] == [2, 1]
    listed = (await client.get("/v1/calendars")).json()["items"]
    assert [(each["id"], each["version"]) for each in listed] == [("berlin", 2)]
    async with service.database.reading() as session:
        kept = (await Calendars(session).versions({"demo"}))["demo", "berlin"]
    assert [each.version for each in kept] == [1, 2]
    assert kept[0].calendar is not None
    assert kept[0].calendar is kept[0].calendar


async def test_who_has_not_seen_the_last_change_does_not_overwrite_it(
    client: httpx.AsyncClient,
) -> None:
    once = {"If-Match": '"0"', "Idempotency-Key": "one"}
    first = await client.put("/v1/calendars/berlin", json=BERLIN, headers=once)
    again = await client.put("/v1/calendars/berlin", json=BERLIN, headers=once)
    assert (again.status_code, again.content) == (200, first.content)
    refused = await client.put("/v1/calendars/berlin", json=BERLIN, headers={"If-Match": '"0"'})
    assert (refused.status_code, refused.headers["etag"]) == (412, '"1"')


async def test_a_deleted_calendar_is_gone_and_its_versions_stay(client: httpx.AsyncClient) -> None:
    await client.put("/v1/calendars/berlin", json=BERLIN)
    assert (await client.delete("/v1/calendars/berlin")).status_code == 204
    assert (await client.get("/v1/calendars/berlin")).status_code == 404
    assert (await client.delete("/v1/calendars/berlin")).status_code == 404
    assert (await client.get("/v1/calendars")).json()["items"] == []
    versions = (await client.get("/v1/calendars/berlin/versions?limit=1")).json()
    assert [each["deleted"] for each in versions["items"]] == [True]
    rest = await client.get(f"/v1/calendars/berlin/versions?cursor={versions['next']}")
    assert [each["version"] for each in rest.json()["items"]] == [1]
    anew = await client.put("/v1/calendars/berlin", json=BERLIN)
    assert anew.json()["version"] == 3


async def test_an_imported_file_adds_its_dates_and_says_what_it_left_out(
    client: httpx.AsyncClient,
) -> None:
    await client.put("/v1/calendars/berlin", json=BERLIN)
    path = "/v1/calendars/berlin/import?since=2026-12-01"
    done = (await client.post(path, content=DAYS_OFF, headers=ICS)).json()
    assert [each["date"] for each in done["added"]] == ["2027-01-04", "2027-01-05"]
    assert done["calendar"]["version"] == 2
    assert [line.partition(":")[0] for line in done["skipped"]] == ["Drill", "Christmas Eve"]
    hours = await client.get(
        "/v1/calendars/berlin/hours",
        params={"from": "2027-01-04T00:00:00+01:00", "to": "2027-01-06T10:00:00+01:00"},
    )
    assert hours.json()["open_seconds"] == 3600
    assert [span["reason"] for span in hours.json()["spans"]] == [
        "holiday: Stocktaking", "closed", "open",
    ]  # fmt: skip
    again = (await client.post(path, content=DAYS_OFF, headers=ICS)).json()
    assert (again["added"], again["calendar"]["version"]) == ([], 2)


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"zone": "Europe/Bonn"}, "#/zone"),
        ({"zone": "localtime"}, "#/zone"),
        ({"zone": "posixrules"}, "#/zone"),
        ({"zone": "Factory"}, "#/zone"),
        ({"hours": {"mon": [["9", "17:00"]]}}, "#/hours/mon/0/0"),
        ({"hours": {"someday": []}}, "#/hours/someday"),
        ({"hours": {}}, "#/hours"),
        ({"holidays": {"country": "XX"}}, "#/holidays/country"),
        ({"holidays": {"country": "DE", "subdivision": "ZZ"}}, "#/holidays/subdivision"),
        ({"dates": [{"date": "2026-02-30"}]}, "#/dates/0/date"),
        ({"colour": "red"}, "#/colour"),
    ],
)
async def test_a_document_that_is_no_calendar_is_refused_with_the_place(
    client: httpx.AsyncClient, change: dict[str, Any], pointer: str
) -> None:
    answer = await client.put("/v1/calendars/berlin", json={**BERLIN, **change})
    assert answer.status_code == 422
    assert any(each["pointer"].startswith(pointer) for each in answer.json()["errors"])


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        ("no calendar", ICS, 422),
        (DAYS_OFF, {"Content-Type": "application/json"}, 415),
        ("x" * 300_000, ICS, 413),
    ],
)
async def test_a_file_that_is_no_calendar_file_is_refused(
    client: httpx.AsyncClient, content: str, headers: dict[str, str], status: int
) -> None:
    await client.put("/v1/calendars/berlin", json=BERLIN)
    answer = await client.post("/v1/calendars/berlin/import", content=content, headers=headers)
    assert (answer.status_code, bool(answer.json()["detail"])) == (status, True)


@pytest.mark.parametrize(
    ("start", "rule"),
    [
        ("20200101", "FREQ=SECONDLY"),
        ("20200101", "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"),
        ("20200101", "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=3"),
        ("00010101", "FREQ=DAILY"),
    ],
)
async def test_a_rule_that_would_be_tried_for_ever_is_left_out(
    client: httpx.AsyncClient, start: str, rule: str
) -> None:
    await client.put("/v1/calendars/berlin", json=BERLIN)
    file = DAYS_OFF.replace("20201224", start).replace("FREQ=YEARLY", rule)
    done = (await client.post("/v1/calendars/berlin/import", content=file, headers=ICS)).json()
    assert any("Christmas Eve: it recurs" in line for line in done["skipped"])


async def test_a_name_of_two_lines_and_a_bad_event_are_no_reason_to_refuse_a_file(
    client: httpx.AsyncClient,
) -> None:
    await client.put("/v1/calendars/berlin", json=BERLIN)
    file = DAYS_OFF.replace("SUMMARY:Stocktaking", "SUMMARY:Stock\\ntaking")
    file = file.replace("RRULE:FREQ=YEARLY", "RRULE:FREQ=YEARLY;BYDAY=XX")
    path = "/v1/calendars/berlin/import?since=2026-12-01"
    done = await client.post(path, content=file, headers=ICS)
    assert done.status_code == 200
    assert {each["name"] for each in done.json()["added"]} == {"Stock taking"}
    assert "Christmas Eve: its RRULE cannot be read" in done.json()["skipped"]


@pytest.mark.parametrize("since", ["0001-01-01", "1969-12-31", "9001-01-01", "9999-12-31"])
async def test_an_import_begins_in_a_year_from_1970_to_9000(
    client: httpx.AsyncClient, since: str
) -> None:
    await client.put("/v1/calendars/berlin", json=BERLIN)
    path = "/v1/calendars/berlin/import"
    refused = await client.post(f"{path}?since={since}", content=DAYS_OFF, headers=ICS)
    assert refused.status_code == 422
    assert [each["parameter"] for each in refused.json()["errors"]] == ["since"]
    for border in ("1970-01-01", "9000-12-31"):
        taken = await client.post(f"{path}?since={border}&years=20", content=DAYS_OFF, headers=ICS)
        assert taken.status_code == 200


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-01-01T00:00:00", "2026-01-02T00:00:00"),
        ("2026-01-02T00:00:00Z", "2026-01-01T00:00:00Z"),
        ("2026-01-01T00:00:00Z", "2028-01-01T00:00:00Z"),
    ],
)
async def test_hours_are_shown_of_a_range_that_is_clear_and_not_too_long(
    client: httpx.AsyncClient, start: str, end: str
) -> None:
    await client.put("/v1/calendars/berlin", json=BERLIN)
    params = {"from": start, "to": end}
    assert (await client.get("/v1/calendars/berlin/hours", params=params)).status_code == 422


async def test_another_tenants_calendar_is_unknown_and_scopes_are_asked_for(
    client: httpx.AsyncClient, access: Access
) -> None:
    await client.put("/v1/calendars/berlin", json=BERLIN)
    stranger = access.service("other", READ, WRITE)
    span = "from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z"
    for path in ("", "/versions", f"/hours?{span}"):
        answer = await client.get(f"/v1/calendars/berlin{path}", headers=stranger)
        assert answer.status_code == 404
    assert (await client.delete("/v1/calendars/berlin", headers=stranger)).status_code == 404
    reader = access.service("demo", READ)
    refused = await client.put("/v1/calendars/berlin", json=BERLIN, headers=reader)
    assert refused.status_code == 403
