"""sla keeping clocks in one process with its relay, against what the engine alone can do."""

import asyncio
import json
import sys
from datetime import timedelta

from aiokafka import AIOKafkaProducer

from shared.contracts import catalog
from shared.contracts.envelope import to_headers, to_value
from shared.contracts.sla import ClockStarted
from shared.messaging import UnitOfWork
from shared.messaging.ids import new_id
from shared.storage import Database, DatabaseSettings
from tests.bench import engine, tickets
from tests.bench.figures import Figure, at_least, growth, told
from tests.bench.servers import Servers
from tests.bench.timers import migrate

TICKETS = 10_000
PART_OF_ENGINE = 0.3


async def run(servers: Servers) -> list[Figure]:
    """Figures: ticket events/s, their part of the engine's rate in this run, CPU, growth."""
    ceiling = servers.measured("engine: ours") or await _ceiling(servers)
    found = await _follow(servers, await _loaded_topic(servers))
    return [
        told("sla: ticket events", TICKETS * tickets.EVENTS, ""),
        told("sla: ticket events/s, clocks kept", found["rate"], "events/s"),
        told("sla: CPU", found["cpu"], "µs/event"),
        at_least("sla: part of the engine's rate", found["rate"] / ceiling, "", PART_OF_ENGINE),
        growth("sla: growth from 20 % on", found["early"], found["late"]),
    ]


async def _ceiling(servers: Servers) -> float:
    """Messages/s of the engine with next to no work, when this part runs alone."""
    measured = await engine._ours(servers, await engine._loaded_topic(servers, 0))
    return measured["rate"]


async def _loaded_topic(servers: Servers) -> str:
    topic = f"support.tickets.bench.{new_id().hex[:8]}"
    await engine.make_topics(servers, topic, catalog.topic_of(ClockStarted).name)
    producer = AIOKafkaProducer(bootstrap_servers=servers.kafka.bootstrap_servers, linger_ms=20)
    await producer.start()
    sent = []
    for event in tickets.lives(TICKETS, tickets.an_hour_ago()):
        sent.append(
            await producer.send(
                topic, to_value(event.data), key=event.subject.encode(), headers=to_headers(event)
            )
        )
        if len(sent) == 2000:
            await asyncio.gather(*sent)
            sent.clear()
    await asyncio.gather(*sent)
    await producer.stop()
    return topic


async def _follow(servers: Servers, topic: str) -> dict[str, float]:
    dsn = servers.postgres.database("sla")
    await migrate(dsn)
    database = Database(DatabaseSettings(url=dsn), "bench")
    held_since = tickets.an_hour_ago() - timedelta(days=1)
    await tickets.promise(UnitOfWork(database, "/deskstream/sla"), held_since)
    await database.dispose()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.sla_worker", dsn, servers.kafka.bootstrap_servers,
        topic, str(TICKETS * tickets.EVENTS), stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    output, _ = await process.communicate()
    found: dict[str, float] = json.loads(output)
    return found
