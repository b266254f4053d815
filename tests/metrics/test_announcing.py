"""What is announced, how often, in which order, and again when it must be."""

from sqlalchemy import select

from services.metrics import tables
from shared.messaging.resync import resync
from shared.messaging.tables import outbox as outbox_table
from shared.service import Service
from tests.metrics.conftest import Suite
from tests.metrics.events import TRACE, events
from tests.metrics.logs import BILLING, line
from tests.metrics.recomputed import announce


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
