"""What a draft would do to 20,000 tickets: how long the answer takes, and what else has to wait."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from itertools import islice
from time import perf_counter
from typing import Any, Final

from services.sla.usecases.follow_tickets import follow_tickets
from services.sla.usecases.preview import preview, replay
from shared.contracts.envelope import Event
from shared.messaging import Received, UnitOfWork
from shared.messaging.ids import uuid_of
from shared.service.run import tune_collector
from shared.storage import Database, DatabaseSettings
from tests.bench import tickets
from tests.bench.figures import Figure, at_most, told
from tests.bench.servers import Servers
from tests.bench.suite import longer
from tests.bench.timers import migrate

TICKETS, DAYS = 20_000, 30
SECONDS: Final = 30.0
STALL_MS: Final = 50.0
_BATCH: Final = 500


async def run(servers: Servers) -> list[Figure]:
    """Figures: seconds of a preview and of a replay, and the longest that the loop stood still."""
    dsn = servers.postgres.database("sla")
    await migrate(dsn)
    database = Database(DatabaseSettings(url=dsn), "bench")
    unit = UnitOfWork(database, "/deskstream/sla")
    async with unit.begin() as (_, _, now):
        pass
    await _fill(unit, now)
    tune_collector()  # as services do
    draft = tuple(tickets.policies(faster=2))
    span = now - timedelta(days=DAYS), now
    bound = longer(SECONDS, servers)
    found = [told("preview: tickets", TICKETS, "")]
    for name, ask in (
        ("preview", lambda: preview(database, tickets.TENANT, draft, now, TICKETS)),
        ("replay", lambda: replay(database, tickets.TENANT, draft, span, TICKETS)),
    ):
        (seen, complete), seconds, stall = await _watched(ask)
        assert seen.tickets == TICKETS, seen.tickets
        assert complete
        found.append(at_most(f"preview: a {name} takes", seconds, "s", bound))
        found.append(at_most(f"preview: a {name} stops others for", stall * 1e3, "ms", STALL_MS))
    await database.dispose()
    return found


async def _fill(unit: UnitOfWork, now: datetime) -> None:
    """Tickets of the last days, all of them open."""
    first = now - timedelta(days=DAYS - 1)
    await tickets.promise(unit, first - timedelta(days=1))
    blocks = TICKETS // tickets.SIDE_BY_SIDE
    for block in range(blocks):
        opened = first + (now - first - timedelta(hours=1)) * block / blocks
        lives = tickets.lives(tickets.SIDE_BY_SIDE, opened, every=1)
        while events := list(islice(lives, _BATCH)):
            async with unit.begin() as (session, outbox, at):
                await follow_tickets(session, outbox, [_received(each) for each in events], at)


def _received(event: Event[Any]) -> Received[Any]:
    return Received(uuid_of(event.id), event, event.data, event.time)


async def _watched(ask: Callable[[], Awaitable[Any]]) -> tuple[Any, float, float]:
    """The answer, the seconds that it took, and the longest that the loop stood still, seconds."""
    longest = 0.0

    async def tick() -> None:
        nonlocal longest
        while True:
            last = perf_counter()
            await asyncio.sleep(0.001)
            longest = max(longest, perf_counter() - last - 0.001)

    ticking = asyncio.create_task(tick())
    begun = perf_counter()
    answer = await ask()
    seconds = perf_counter() - begun
    ticking.cancel()
    return answer, seconds, longest
