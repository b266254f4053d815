"""sla's report over a million closed clocks: how long it takes to read."""

from datetime import date, timedelta
from time import perf_counter
from typing import get_args

import asyncpg

from services.sla.domain.compliance import DIMENSIONS, by_month
from services.sla.usecases.compliance import By, report
from shared.storage import Database, DatabaseSettings
from tests.bench.figures import Figure, at_most, told
from tests.bench.servers import Servers
from tests.bench.suite import longer
from tests.bench.timers import migrate

CLOCKS, DAYS = 1_000_000, 365
SECONDS = 0.2
FIRST = date(2026, 1, 1)

# A year of a desk with 200 agents in 20 teams; one promise in ten is missed. What is inserted is
# what counting the clocks one by one would have left behind.
CLOSED = """
CREATE TEMP TABLE closed AS
SELECT n, DATE '2026-01-01' + (random() * 364)::int AS day, random() < 0.1 AS breached,
    'kind-' || (random() * 3)::int AS kind, 'policy-' || (random() * 9)::int AS policy,
    'priority-' || (random() * 3)::int AS priority, 'team-' || agent % 20 AS team,
    'agent-' || agent AS agent, 'L' || (1 + random() * 2)::int AS tier,
    'channel-' || (random() * 4)::int AS channel, 'category-' || (random() * 39)::int AS category
FROM (SELECT n, (random() * 199)::int AS agent FROM generate_series(1, $1::int) AS n) AS numbered
"""
COUNT = """
INSERT INTO compliance SELECT 'bench', '{0}', {2}, {1}, kind, count(*) FILTER (WHERE NOT breached),
    count(*) FILTER (WHERE breached) FROM closed GROUP BY {2}, {1}, kind
"""
PLACES = """
INSERT INTO missed_time
SELECT 'bench', '{0}', {2}, {1}, kind, place, sum(seconds)::bigint, sum(main)
FROM closed, LATERAL (VALUES ('unassigned', 3600, n % 2), ('waiting for ' || team, 5400, 1 - n % 2),
    ('paused', 7200, 0), ('outside hours', 50400, 0)) AS spent (place, seconds, main)
WHERE breached GROUP BY {2}, {1}, kind, place
"""
MONTH = "date_trunc('month', day)::date"


async def run(servers: Servers) -> list[Figure]:
    """Figures: the longest of all reports over the whole year, and each kind of report."""
    dsn = servers.postgres.database("sla")
    await migrate(dsn)
    await fill(dsn)
    found = await measure(dsn)
    told_ms = [told(f"compliance: by {by}", each * 1e3, "ms") for by, each in found.items()]
    bound = longer(SECONDS * 1e3, servers)
    return [at_most("compliance: slowest report", max(found.values()) * 1e3, "ms", bound), *told_ms]


async def fill(dsn: str) -> None:
    """Makes the rows that a million closed clocks leave in the report's tables."""
    connection = await asyncpg.connect(dsn)
    await connection.execute(CLOSED, CLOCKS, timeout=300)
    for dimension in DIMENSIONS:
        for span in ((dimension, dimension, "day"), (by_month(dimension), dimension, MONTH)):
            await connection.execute(COUNT.format(*span), timeout=300)
            await connection.execute(PLACES.format(*span), timeout=300)
    await connection.execute("VACUUM (ANALYZE) compliance", timeout=300)
    await connection.execute("VACUUM (ANALYZE) missed_time", timeout=300)
    await connection.close()


async def measure(dsn: str) -> dict[By, float]:
    """Seconds that each kind of report takes over the whole year: the middle of five."""
    database = Database(DatabaseSettings(url=dsn), "bench")
    days = FIRST, FIRST + timedelta(days=DAYS - 1)
    found: dict[By, float] = {}
    for by in get_args(By):
        took = []
        for _ in range(5):
            begun = perf_counter()
            async with database.reading() as session:
                seen = await report(session, "bench", by, days)
            took.append(perf_counter() - begun)
            assert seen.total.met + seen.total.breached == CLOCKS, seen.total
        found[by] = sorted(took)[2]
    await database.dispose()
    return found
