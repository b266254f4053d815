"""The API of metrics: who may ask, what is answered, and what is refused."""

from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from httpx import AsyncClient

from services.metrics.domain.windows import start_of
from shared.service import Service, create_app
from shared.testing.access import Access
from tests.metrics.conftest import Suite
from tests.metrics.events import events
from tests.metrics.logs import Line, Place

HOME = Place("email", "-", "normal")
BILLING = Place("chat", "billing", "high")


@pytest.fixture
async def client(service: Service) -> Any:
    """Calls the API without a network."""
    transport = httpx.ASGITransport(app=create_app(service))
    async with AsyncClient(transport=transport, base_url="http://metrics") as made:
        yield made


@pytest.fixture
def may(access: Access) -> dict[str, str]:
    """Headers of a dashboard of the tenant demo."""
    return access.service("demo", "kpis:read")


def ticket(number: int, at: datetime, place: Place, *, reply: float, solve: float) -> list[Line]:
    """A ticket opened, answered and solved after so many seconds."""
    replied, solved = at + timedelta(seconds=reply), at + timedelta(seconds=solve)
    return [
        Line(number, 1, at, "opened", place, at, False, None),
        Line(number, 2, replied, "replied", place, at, False, None),
        Line(number, 3, solved, "solved", place, at, True, solved),
    ]


@pytest.fixture
async def yesterday(suite: Suite) -> datetime:
    """The start of an hour of yesterday in which three tickets went through."""
    hour = start_of(await suite.now(), "hour") - timedelta(days=1)
    log = [
        *ticket(1, hour, HOME, reply=60, solve=600),
        *ticket(2, hour + timedelta(minutes=1), HOME, reply=120, solve=3000),
        *ticket(3, hour + timedelta(minutes=2), BILLING, reply=600, solve=90_000),
    ]
    await suite.consume(events(log))
    return hour


async def ask(client: AsyncClient, headers: dict[str, str], **query: Any) -> dict[str, Any]:
    names = {"since": "from", "until": "to"}
    asked = {names.get(name, name): _text(value) for name, value in query.items()}
    answer = await client.get("/v1/kpis", params=asked, headers=headers)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


async def test_a_kpi_comes_window_by_window_with_its_total(
    client: AsyncClient, may: dict[str, str], yesterday: datetime
) -> None:
    until = yesterday + timedelta(hours=2)
    found = await ask(
        client, may, metric="first-response-time", window="hour", since=yesterday, until=until
    )
    assert found["unit"] == "seconds"
    assert found["direction"] == "lower-is-better"
    first, second = found["windows"]
    assert datetime.fromisoformat(first["start"]) == yesterday
    assert (first["count"], first["sum"], first["mean"]) == (3, 780, 260)
    assert first["p50"] == pytest.approx(120, rel=0.01)
    assert first["p99"] == pytest.approx(120, rel=0.01)
    assert second == {
        "start": second["start"], "count": 0, "sum": 0, "mean": None, "p50": None, "p90": None,
        "p99": None,
    }  # fmt: skip
    assert found["total"] == {name: first[name] for name in found["total"]}


@pytest.mark.parametrize(
    ("limits", "count"),
    [
        ({"channel": "email"}, 2),
        ({"team": "-"}, 2),
        ({"team": "billing"}, 1),
        ({"team": "billing", "channel": "chat", "priority": "high"}, 1),
        ({"team": "billing", "channel": "email"}, 0),
        ({"team": "no-such-team"}, 0),
    ],
)
async def test_a_kpi_can_be_limited_to_any_combination(
    client: AsyncClient,
    may: dict[str, str],
    yesterday: datetime,
    limits: dict[str, str],
    count: int,
) -> None:
    found = await ask(client, may, metric="ticket-volume", window="day", **limits)
    assert found["dimensions"] == limits
    assert found["total"]["count"] == count


async def test_the_total_of_times_merges_the_sketches_of_all_windows(
    client: AsyncClient, may: dict[str, str], yesterday: datetime
) -> None:
    since, until = yesterday - timedelta(hours=1), yesterday + timedelta(hours=5)
    found = await ask(
        client, may, metric="resolution-time", window="minute", since=since, until=until
    )
    assert found["total"]["count"] == 2
    assert found["total"]["sum"] == 3600
    assert found["total"]["p50"] == pytest.approx(600, rel=0.01)


async def test_the_backlog_is_that_at_the_end_of_each_window(
    client: AsyncClient, may: dict[str, str], yesterday: datetime
) -> None:
    found = await ask(
        client, may, metric="backlog", window="minute", since=yesterday,
        until=yesterday + timedelta(hours=1),
    )  # fmt: skip
    counts = [window["count"] for window in found["windows"]]
    assert counts[:3] == [1, 2, 3]
    assert counts[9:11] == [3, 2]
    assert counts[-1] == 1
    assert found["total"]["count"] == 1


async def test_without_times_the_latest_windows_come(
    client: AsyncClient, may: dict[str, str], yesterday: datetime
) -> None:
    for window, length in (("minute", 60), ("hour", 48), ("day", 30)):
        found = await ask(client, may, metric="ticket-volume", window=window)
        assert len(found["windows"]) == length
    assert found["total"]["count"] == 3


async def test_windows_that_have_not_begun_are_left_out(
    client: AsyncClient, may: dict[str, str], suite: Suite
) -> None:
    now = await suite.now()
    found = await ask(
        client, may, metric="backlog", window="hour", since=now - timedelta(hours=1),
        until=now + timedelta(days=30),
    )  # fmt: skip
    assert len(found["windows"]) in (2, 3)


async def test_times_may_be_given_in_any_zone(
    client: AsyncClient, may: dict[str, str], yesterday: datetime
) -> None:
    since = yesterday.isoformat().replace("+00:00", "Z")
    here = await ask(client, may, metric="ticket-volume", window="hour", since=since)
    there = f"{yesterday + timedelta(hours=9):%Y-%m-%dT%H:%M:%S}+09:00"
    assert (await ask(client, may, metric="ticket-volume", window="hour", since=there))[
        "windows"
    ] == here["windows"]


async def test_another_tenant_sees_nothing_of_it(
    client: AsyncClient, access: Access, service: Service, yesterday: datetime
) -> None:
    await access.know(service.database, "acme")
    others = access.service("acme", "kpis:read")
    for metric in ("ticket-volume", "backlog", "first-response-time"):
        found = await ask(client, others, metric=metric, window="day")
        assert found["total"]["count"] == 0


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"metric": "no-such-kpi"},
        {"metric": "backlog", "window": "year"},
        {"metric": "backlog", "from": "yesterday"},
        {"metric": "backlog", "from": "2026-11-02T08:00:00"},
        {"metric": "backlog", "from": "2026-11-02T08:00:00Z", "to": "2026-11-01T08:00:00Z"},
        {"metric": "backlog", "from": "2999-11-02T08:00:00Z"},
        {"metric": "backlog", "window": "minute", "from": "2020-01-01T00:00:00Z"},
        {"metric": "backlog", "from": "0001-01-01T00:00:00+14:00"},
        {"metric": "backlog", "to": "9999-12-31T23:59:59-14:00", "from": "9999-12-31T00:00:00Z"},
        {"metric": "backlog", "colour": "red"},
        {"metric": "backlog", "team": "x" * 61},
        {"metric": "backlog", "team": "a\0b"},
    ],
)
async def test_what_makes_no_sense_is_refused_with_a_reason(
    client: AsyncClient, may: dict[str, str], query: dict[str, str]
) -> None:
    answer = await client.get("/v1/kpis", params=query, headers=may)
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["errors"]


async def test_definitions_say_what_each_kpi_means(
    client: AsyncClient, may: dict[str, str]
) -> None:
    found = (await client.get("/v1/kpis/definitions", headers=may)).json()
    assert [one["name"] for one in found] == [
        "ticket-volume",
        "backlog",
        "first-response-time",
        "resolution-time",
    ]
    for one in found:
        assert one["formula"]
        assert one["example"]["log"]
        assert one["example"]["because"]


@pytest.mark.parametrize(
    "path", ["/v1/kpis?metric=backlog", "/v1/kpis/definitions", "/v1/kpis/stream"]
)
async def test_every_endpoint_wants_a_token_with_the_scope(
    client: AsyncClient, access: Access, path: str
) -> None:
    assert (await client.get(path)).status_code == 401
    without = access.service("demo", "tickets:read")
    assert (await client.get(path, headers=without)).status_code == 403
    unknown = access.service("nobody", "kpis:read")
    assert (await client.get(path, headers=unknown)).status_code == 401
