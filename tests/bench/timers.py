"""sla's clocks by the million: how many fire per second with two rivals, and how late."""

import asyncio
import json
import sys
from pathlib import Path
from time import perf_counter

import asyncpg

from services.sla import app as sla
from shared.messaging.maintenance import tend
from shared.service.service import ENGINE
from shared.storage import Database, DatabaseSettings
from shared.storage.migrate import Chain, upgrade
from tests.bench.figures import Figure, at_least, at_most, told
from tests.bench.servers import Servers
from tests.bench.suite import longer, scaled

ARMED, DUE = 1_000_000, 200_000
ON_TIME, ON_TIME_SECONDS = 20_000, 20
FIRES_PER_SECOND = 10_000.0

# Clocks whose warning is said (stage 1): what fires next is the breach. One in five is due.
ARM = """
WITH made AS (
    INSERT INTO ticket (tenant, ticket_id, version)
    SELECT 'bench', gen_random_uuid(), 2 FROM generate_series(1, $1::int) RETURNING ticket_id),
numbered AS (SELECT ticket_id, row_number() OVER () AS n FROM made)
INSERT INTO clock (tenant, ticket_id, kind, generation, policy, priority, team, target_seconds,
    started_at, due_soon_at, due_at, outcome, stage, next_at)
SELECT 'bench', ticket_id, 'first-response', 1, 'Standard', 'normal', 'support', 14400,
    due - interval '4 hours', due - interval '1 hour', due, 'running', 1, due
FROM numbered, LATERAL (SELECT CASE WHEN n <= $2::int THEN now() + n * $3::interval + $4::interval
    ELSE now() + interval '30 days' + n * interval '1 second' END AS due) AS d
"""


async def run(servers: Servers) -> list[Figure]:
    """Figures: fires/s with two rivals, doubles, lateness of on-time timers (ms)."""
    dsn = servers.postgres.database("sla")
    await migrate(dsn)
    connection = await asyncpg.connect(dsn)
    await _arm(connection, ARMED - DUE, 0, step="0 seconds", begin="0 seconds")
    # What arming left to write must not be in the way of what is measured.
    servers.postgres.execute("CHECKPOINT")
    step = f"{ON_TIME_SECONDS / ON_TIME} seconds"
    late = await _fire_on_time(connection, dsn, step)
    await connection.execute("TRUNCATE outbox")
    await _arm(connection, DUE, DUE, step="0.01 seconds", begin="-1 hour")
    servers.postgres.execute("CHECKPOINT")
    rate, doubles = await _fire_backlog(connection, dsn)
    await connection.close()
    late.sort()
    p50, p99 = (late[int(len(late) * share)] * 1e3 for share in (0.5, 0.99))
    return [
        told("timers: armed", ARMED, ""),
        at_least("timers: fires/s, two rivals", rate, "fires/s", scaled(FIRES_PER_SECOND, servers)),
        at_most("timers: fired twice", doubles, "", 0),
        at_most("timers: lateness p50", p50, "ms", longer(5, servers)),
        at_most("timers: lateness p99", p99, "ms", longer(50, servers)),
        at_most("timers: fired early", sum(one < 0 for one in late), "", 0),
    ]


async def migrate(dsn: str) -> None:
    """Makes the tables of sla in a fresh database."""
    database = Database(DatabaseSettings(url=dsn), "bench")
    folder = Path(sla.__file__).parent / "migrations"
    await upgrade(database, [ENGINE, Chain("sla", folder)])
    await tend(database)
    await database.dispose()


async def _arm(
    connection: asyncpg.Connection, count: int, due: int, *, step: str, begin: str
) -> None:
    """`count` running clocks, the first `due` of them one `step` apart from `begin` on."""
    query = ARM.replace("$3::interval", f"interval '{step}'")
    query = query.replace("$4::interval", f"interval '{begin}'")
    await connection.execute(query, count, due, timeout=300)
    await connection.execute("VACUUM (ANALYZE) clock")
    await connection.execute("VACUUM (ANALYZE) ticket")


async def _rivals(dsn: str, mode: str) -> list[asyncio.subprocess.Process]:
    return [
        await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.bench.timers_worker", dsn, mode,
            stdout=asyncio.subprocess.PIPE, limit=2**24,
        )
        for _ in range(2)
    ]  # fmt: skip


async def _fire_backlog(connection: asyncpg.Connection, dsn: str) -> tuple[float, int]:
    """(fires/s between the first tenth and the end, events that were announced twice)."""
    rivals = await _rivals(dsn, "plain")
    begun, base = 0.0, 0
    while True:
        fired = await connection.fetchval("SELECT count(*) FROM outbox")
        if not begun and fired >= DUE // 10:
            begun, base = perf_counter(), fired
        if fired >= DUE:
            break
        await asyncio.sleep(0.1)
    rate = (fired - base) / (perf_counter() - begun)
    for rival in rivals:
        rival.kill()
        await rival.wait()
    counts = await connection.fetchrow("SELECT count(*), count(DISTINCT event_id) FROM outbox")
    return rate, counts[0] - counts[1]


async def _fire_on_time(connection: asyncpg.Connection, dsn: str, step: str) -> list[float]:
    """Seconds of lateness of each of the clocks that come due while two rivals watch."""
    rivals = await _rivals(dsn, "lateness")
    await _arm(connection, ON_TIME, ON_TIME, step=step, begin="20 seconds")
    late: list[float] = []

    async def listen(rival: asyncio.subprocess.Process) -> None:
        assert rival.stdout
        while len(late) < ON_TIME:
            line = await rival.stdout.readline()
            assert line, "a rival has ended"
            late.extend(json.loads(line))

    listening = [asyncio.create_task(listen(rival)) for rival in rivals]
    await asyncio.wait(listening, return_when=asyncio.FIRST_COMPLETED, timeout=120)
    ended = [error for task in listening if task.done() and (error := task.exception())]
    for task, rival in zip(listening, rivals, strict=True):
        task.cancel()
        rival.kill()
        await rival.wait()
    if ended:
        raise ended[0]
    assert len(late) >= ON_TIME, f"only {len(late)} of {ON_TIME} fired in 120 s"
    return late
