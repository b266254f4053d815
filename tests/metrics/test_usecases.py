"""What is stored and answered, on PostgreSQL, is what follows from the log."""

import asyncio
from datetime import timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from services.metrics import tables
from services.metrics.domain.windows import GRAINS, LENGTH, Grain, start_of
from services.metrics.repository.kpis import Asked, Kpis
from services.metrics.usecases.reading import read_series
from shared.contracts.metrics import MetricUpdated
from tests.metrics import logs
from tests.metrics.conftest import Suite
from tests.metrics.events import events
from tests.metrics.logs import BEGIN, BILLING, Line, line
from tests.metrics.recomputed import METRICS, announce, check_announced, check_answers

_tenants = count(1)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
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
