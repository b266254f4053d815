"""What is stored, answered and announced, on PostgreSQL, is what follows from the log."""

import asyncio
from datetime import timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from services.metrics import tables
from services.metrics.domain.figures import Figure, figure
from services.metrics.domain.sketches import bin_of, merged
from services.metrics.domain.windows import GRAINS, LENGTH, Grain, start_of
from services.metrics.repository.kpis import Asked, Kpis
from services.metrics.usecases.reading import read_series
from shared.contracts.metrics import MetricUpdated
from shared.messaging.resync import resync
from shared.messaging.tables import outbox as outbox_table
from shared.service import Service
from tests.metrics import logs
from tests.metrics.conftest import Suite
from tests.metrics.events import TRACE, events
from tests.metrics.logs import BEGIN, Line, Place, backlog, first_responses, resolutions, volume

_tenants = count(1)
HOME = Place("email", "-", "normal")
BILLING = Place("email", "billing", "normal")


def exact(metric: str, log: list[Line], grain: Grain, start: object, limits: object) -> Figure:
    """The figure that follows from the log."""
    end = start + LENGTH[grain]
    if metric == "ticket-volume":
        return Figure(volume(log, start, end, limits))
    if metric == "backlog":
        return Figure(backlog(log, end, limits))
    reckon = first_responses if metric == "first-response-time" else resolutions
    lengths = [length // timedelta(milliseconds=1) for length in reckon(log, start, end, limits)]
    bins = merged([{bin_of(length): 1} for length in lengths])
    return figure(metric, len(lengths), sum(lengths), bins)


METRICS = ("ticket-volume", "backlog", "first-response-time", "resolution-time")
COMBINATIONS = [{}, {"channel": "chat"}, {"team": "-"}, {"team": "tech", "priority": "urgent"}]


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
async def test_answers_and_announcements_equal_a_recomputation_from_the_log(
    suite: Suite, data: st.DataObject
) -> None:
    tenant = f"t{next(_tenants)}"
    log = data.draw(logs.histories())
    arrived = events(data.draw(st.composite(logs.shuffled)(log)), tenant)
    while arrived:
        size = data.draw(st.integers(1, 8))
        await suite.consume(arrived[:size])
        arrived = arrived[size:]
        if data.draw(st.booleans()):
            await announce(suite)
    await announce(suite)
    for metric in METRICS:
        for grain in GRAINS:
            await check_answers(suite, tenant, log, metric, grain)
    await check_announced(suite, tenant, log)


async def announce(suite: Suite, limit: int | None = None) -> int:
    """Announce until nothing is left, without waiting for the pauses between turns."""
    total = 0
    while True:
        await suite.rest("announce")
        windows = await suite.fire(limit=limit)
        total += windows
        if not windows:
            return total


async def check_answers(
    suite: Suite, tenant: str, log: list[Line], metric: str, grain: Grain
) -> None:
    since = start_of(min(line.at for line in log), grain)
    until = max(line.at for line in log) + timedelta(minutes=3)
    for limits in COMBINATIONS:
        async with suite.database.reading() as session:
            asked = Asked(tenant, metric, grain, since, until, limits)
            series = await read_series(Kpis(session), asked)
        for start, found in series.windows.items():
            assert found == exact(metric, log, grain, start, limits), (metric, start, limits)


async def check_announced(suite: Suite, tenant: str, log: list[Line]) -> None:
    latest = await suite.announced(tenant)
    for updated in latest.values():
        found = Figure(
            updated.count, updated.sum, updated.mean, updated.p50, updated.p90, updated.p99
        )
        limits = updated.dimensions
        assert found == exact(updated.metric, log, updated.window, updated.window_start, limits)
    begun = {(start_of(line.opened_at, grain), grain) for line in log for grain in GRAINS}
    told = {
        (updated.window_start, updated.window)
        for updated in latest.values()
        if updated.metric == "ticket-volume" and not updated.dimensions
    }
    assert told == begun


def line(
    sequence: int, kind: logs.Kind, minutes: float, place: Place = HOME, *, ticket: int = 0,
    opened: float = 0,
) -> Line:  # fmt: skip
    at = BEGIN + timedelta(minutes=minutes)
    solved = kind in ("solved", "closed")
    opened_at = BEGIN + timedelta(minutes=opened)
    return Line(ticket, sequence, at, kind, place, opened_at, solved, at if solved else None)


async def test_a_thousand_changes_of_a_figure_are_announced_once(suite: Suite) -> None:
    log = [line(1, "opened", 0, ticket=ticket) for ticket in range(1000)]
    for begin in range(0, 1000, 100):
        await suite.consume(events(log[begin : begin + 100]))
    await announce(suite)
    announced = await suite.rows(select(outbox_table.c.key))
    assert len(announced) == len(set(announced))
    # Volume and backlog, by minute, hour and day, for the tenant, channel, team and priority.
    assert len(announced) == 2 * 3 * 4
    whole = (await suite.announced("demo"))["demo/ticket-volume//minute/2026-11-02T08:00:00Z"]
    assert whole.count == 1000


async def test_nothing_is_announced_twice_within_the_pause(suite: Suite) -> None:
    await suite.consume(events([line(1, "opened", 0)]))
    assert await suite.fire() > 0
    await suite.consume(events([line(1, "opened", 0, ticket=1)]))
    assert await suite.fire() == 0
    await suite.rest("announce")
    assert await suite.fire() > 0
    assert await suite.fire() == 0


async def test_a_page_that_is_full_is_followed_by_the_next_at_once(suite: Suite) -> None:
    log = [line(1, "opened", minute, ticket=minute, opened=minute) for minute in range(10)]
    await suite.consume(events(log))
    pages = [await suite.fire(limit=5) for _ in range(6)]
    assert pages[:4] == [5, 5, 5, 5]
    assert sum(pages) >= 2 * (10 + 1 + 1)


async def test_versions_rise_by_one_and_order_the_announcements(suite: Suite) -> None:
    for ticket in range(3):
        await suite.consume(events([line(1, "opened", 0, ticket=ticket)]))
        await announce(suite)
    rows = await suite.headers("demo/ticket-volume/channel=email/hour/2026-11-02T08:00:00Z")
    assert [int(row["ce_sequence"]) - 2**40 for row in rows] == [1, 2, 3]
    assert {row["ce_traceparent"] for row in rows} == {TRACE}
    assert len({row["ce_id"] for row in rows}) == 3


async def test_a_figure_that_did_not_change_in_the_end_is_not_announced_again(
    suite: Suite,
) -> None:
    await suite.consume(events([line(1, "opened", 0)]))
    await announce(suite)
    await suite.consume(events([line(1, "opened", 0), line(2, "moved", 1)]))
    await announce(suite)
    rows = await suite.headers("demo/ticket-volume//hour/2026-11-02T08:00:00Z")
    assert len(rows) == 1


async def test_a_late_change_of_the_backlog_corrects_the_windows_after_it(suite: Suite) -> None:
    await suite.consume(events([line(1, "opened", 0), line(1, "opened", 30, ticket=1, opened=30)]))
    await announce(suite)
    key = "demo/backlog//minute/2026-11-02T08:30:00Z"
    assert (await suite.announced("demo"))[key].count == 2
    await suite.consume(events([line(2, "solved", 10)]))
    await announce(suite)
    assert (await suite.announced("demo"))[key].count == 1


async def test_a_team_known_later_takes_the_measurements_over(suite: Suite) -> None:
    opened = [line(1, "opened", 0), line(2, "replied", 2)]
    await suite.consume(events(opened))
    await announce(suite)
    await suite.consume(events([line(3, "moved", 4, BILLING)]))
    await announce(suite)
    latest = await suite.announced("demo")
    key = "demo/first-response-time/team={}/hour/2026-11-02T08:00:00Z"
    assert latest[key.format("-")].count == 0
    assert latest[key.format("-")].p50 is None
    assert latest[key.format("billing")].sum == 120


async def test_tenants_are_counted_apart(suite: Suite) -> None:
    await suite.consume([*events([line(1, "opened", 0)]), *events([line(1, "opened", 0)], "acme")])
    await announce(suite)
    for tenant in ("demo", "acme"):
        key = f"{tenant}/ticket-volume//day/2026-11-02T00:00:00Z"
        assert (await suite.announced(tenant))[key].count == 1


async def test_an_old_figure_written_behind_its_new_one_is_followed_by_the_new_one(
    suite: Suite,
) -> None:
    key = "demo/ticket-volume//hour/2026-11-02T08:00:00Z"
    for ticket in range(2):
        await suite.consume(events([line(1, "opened", 0, ticket=ticket)]))
        await announce(suite)
    first, second = await suite.taken_from_outbox(key)
    await suite.consume([first, second], "support.metrics.metrics")
    assert await suite.taken_from_outbox(key) == []
    await suite.consume([first], "support.metrics.metrics")
    [again] = await suite.taken_from_outbox(key)
    assert again.data.count == 2
    assert again.sequence == second.sequence
    assert again.uid not in (first.uid, second.uid)


async def test_after_a_restore_every_figure_is_announced_in_a_higher_epoch(
    suite: Suite, service: Service
) -> None:
    log = [line(1, "opened", minute, ticket=minute, opened=minute) for minute in range(80)]
    await suite.consume(events(log))
    await announce(suite)
    before = await suite.announced("demo")
    assert len(before) > 500
    assert await resync(suite.unit, service.restates) == 2
    key = "demo/ticket-volume//hour/2026-11-02T08:00:00Z"
    first, again = await suite.headers(key)
    assert int(again["ce_sequence"]) == int(first["ce_sequence"]) + 2**40
    assert again["ce_id"] != first["ce_id"]
    assert {one: updated.count for one, updated in (await suite.announced("demo")).items()} == {
        one: updated.count for one, updated in before.items()
    }
    await suite.consume(events([line(1, "opened", 0, ticket=99)]))
    await announce(suite)
    positions = await suite.rows(select(tables.published.c.position))
    assert sum(position > 2 * 2**40 for (position,) in positions) > 0


async def test_what_is_past_its_retention_is_given_up(suite: Suite) -> None:
    now = await suite.now()
    old, new = BEGIN, now - timedelta(days=1)
    shift = (new - old) / timedelta(minutes=1)
    await suite.consume(
        events([line(1, "opened", 0), line(1, "opened", shift, ticket=1, opened=shift)])
    )
    await announce(suite)
    await suite.sweep(keep_minutes=(now - old).days - 1)
    starts = await suite.rows(select(tables.cell.c.start).where(tables.cell.c.grain == "minute"))
    assert {start for (start,) in starts} == {start_of(new, "minute")}
    days = await suite.rows(select(tables.cell.c.start).where(tables.cell.c.grain == "day"))
    assert len(set(days)) == 2


async def test_consumers_and_the_announcer_at_once_end_with_the_right_figures(
    suite: Suite,
) -> None:
    log = [
        entry
        for ticket in range(300)
        for entry in (
            line(1, "opened", ticket / 20, ticket=ticket, opened=ticket / 20),
            line(2, "moved", ticket / 20 + 1, BILLING, ticket=ticket, opened=ticket / 20),
            line(3, "replied", ticket / 20 + 2, BILLING, ticket=ticket, opened=ticket / 20),
            line(4, "solved", ticket / 10 + 3, BILLING, ticket=ticket, opened=ticket / 20),
        )
    ]
    await asyncio.gather(
        consume_all(suite, [entry for entry in log if entry.ticket % 2]),
        consume_all(suite, [entry for entry in log if entry.ticket % 2 == 0]),
        *[announce_often(suite) for _ in range(2)],
    )
    await announce(suite)
    await check_announced(suite, "demo", log)
    for metric in METRICS:
        await check_answers(suite, "demo", log, metric, "minute")


async def consume_all(suite: Suite, log: list[Line]) -> None:
    for begin in range(0, len(log), 20):
        await suite.consume(events(log[begin : begin + 20]))


async def announce_often(suite: Suite) -> None:
    for _ in range(15):
        await suite.rest("announce")
        await suite.fire(limit=7)


def test_customers_messages_are_skipped_unread(suite: Suite) -> None:
    assert "support.ticket.customer-wrote.v1" not in suite.wanted("support.metrics.tickets")
    assert MetricUpdated.TYPE in suite.wanted("support.metrics.metrics")


@pytest.mark.parametrize("grain", GRAINS)
async def test_a_backlog_is_carried_through_windows_without_changes(
    suite: Suite, grain: Grain
) -> None:
    await suite.consume(events([line(1, "opened", 0)]))
    since = BEGIN + timedelta(days=3, hours=5, minutes=7)
    async with suite.database.reading() as session:
        asked = Asked("demo", "backlog", grain, start_of(since, grain), since + 3 * LENGTH[grain])
        series = await read_series(Kpis(session), asked)
    assert {found.count for found in series.windows.values()} == {1}
    assert series.total.count == 1
