"""sla's own consumer of tickets with its relay, in one process.

Prints events/s, CPU µs/event, and resident bytes early and at the end, as one JSON line.
"""

import asyncio
import json
import os
import sys
import time
from dataclasses import replace

import uvloop
from sqlalchemy import func, select
from sqlalchemy import text as sql

from services.sla.subscribers import consumers
from shared.messaging import (
    Consumption,
    KafkaSettings,
    OutboxConnection,
    Relay,
    UnitOfWork,
)
from shared.service.run import tune_collector
from shared.storage import Database, DatabaseSettings
from tests.bench.machine import memory_bytes

EARLY = 0.2
_SEEN = sql("SELECT coalesce(sum(next_offset), 0)::bigint FROM consumer_offset")
_LEFT = select(func.count()).select_from(sql("outbox"))


async def main(dsn: str, servers: str, topic: str, total: int) -> None:
    """Consumes `total` events of `topic`, and ends when what they caused is published."""
    tune_collector()
    database = Database(DatabaseSettings(url=dsn), "bench")
    settings = KafkaSettings(bootstrap_servers=servers)
    unit = UnitOfWork(database, "/deskstream/sla")
    tickets = next(one for one in consumers() if one.name == "support.sla.tickets")
    consumption = Consumption(unit, [replace(tickets, topics=(topic,))], settings)
    relay = Relay(
        lambda: OutboxConnection.open(database.settings, "bench"), settings, unit.committed
    )
    publishing = asyncio.create_task(relay.run())
    await consumption.start()
    print(json.dumps(await _watch(database, total)))
    publishing.cancel()
    await consumption.stop()
    await database.dispose()


async def _watch(database: Database, total: int) -> dict[str, float]:
    """Looks twenty times a second how far it has come; measures from the first batch on."""
    begun, cpu, base, early = 0.0, 0.0, 0, 0
    while True:
        async with database.reading() as session:
            seen = int(await session.scalar(_SEEN) or 0)
            left = await session.scalar(_LEFT)
        if seen and not begun:
            begun, cpu, base = time.perf_counter(), time.process_time(), seen
        if seen >= EARLY * total and not early:
            early = memory_bytes(os.getpid())
        if seen == total and not left:
            break
        await asyncio.sleep(0.05)
    seconds, cpu = time.perf_counter() - begun, time.process_time() - cpu
    return {
        "rate": (total - base) / seconds,
        "cpu": cpu / (total - base) * 1e6,
        "early": early,
        "late": memory_bytes(os.getpid()),
    }


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:4], int(sys.argv[4])))  # as services do
