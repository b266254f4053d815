"""The same work through the engine: a Consumer with a use case, and the relay.

Prints messages/s and CPU µs/message as one JSON line.
"""

import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import uvloop
from sqlalchemy import Column, Integer, Table, Text, Uuid, func, insert, select
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import insert as upsert

import shared.messaging
from shared.contracts.inbound import InboundChatMessageSent
from shared.contracts.suggestions import ArticlesSuggested
from shared.messaging import (
    Consumer,
    Consumption,
    KafkaSettings,
    Outbox,
    OutboxConnection,
    Received,
    Relay,
    UnitOfWork,
)
from shared.messaging.maintenance import tend
from shared.service.run import tune_collector
from shared.storage import Database, DatabaseSettings, Session, new_metadata, unnest
from shared.storage.migrate import Chain, upgrade

metadata = new_metadata()
ticket = Table(
    "ticket", metadata, Column("id", Text, primary_key=True), Column("messages", Integer),
    Column("version", Integer),
)  # fmt: skip
message = Table(
    "message", metadata, Column("id", Uuid, primary_key=True), Column("ticket_id", Text),
    Column("customer", Text), Column("body", Text),
)  # fmt: skip
_t = unnest("t", id=Text, n=Integer)
_upsert = upsert(ticket).from_select(["id", "messages", "version"], select(_t.c.id, _t.c.n, 1))
TICKETS = _upsert.on_conflict_do_update(
    index_elements=["id"],
    set_={
        "messages": ticket.c.messages + _upsert.excluded.messages,
        "version": ticket.c.version + 1,
    },
)
_m = unnest("m", id=Uuid, ticket_id=Text, customer=Text, body=Text)
MESSAGES = insert(message).from_select(["id", "ticket_id", "customer", "body"], select(_m))

Chat = Received[InboundChatMessageSent]


async def apply(session: Session, outbox: Outbox, received: Sequence[Chat], now: datetime) -> None:
    """The use case: count per ticket, keep the message, announce."""
    counts = Counter(r.data.session_id for r in received)
    keys = sorted(counts)
    await session.execute(TICKETS, {"id": keys, "n": [counts[key] for key in keys]})
    await session.execute(
        MESSAGES,
        {
            "id": [r.uid for r in received],
            "ticket_id": [r.data.session_id for r in received],
            "customer": [r.data.message_id for r in received],
            "body": [r.data.text for r in received],
        },
    )
    for r in received:
        answer = ArticlesSuggested(ticket_id=r.uid, articles=(), at=now)
        outbox.add(answer, tenant=r.tenant, key=r.data.session_id, cause=r.cause)


async def main(dsn: str, servers: str, topic: str, total: int) -> None:
    """Consumes `total` messages of `topic`, and ends when their events are published."""
    tune_collector()
    database = Database(DatabaseSettings(url=dsn), "bench")
    chain = Chain("engine", Path(shared.messaging.__file__).parent / "migrations")
    await upgrade(database, [chain])
    async with database.writing() as session:
        await session.run_sync(metadata.create_all)
    await tend(database)
    settings = KafkaSettings(bootstrap_servers=servers)
    unit = UnitOfWork(database, "/bench")
    consumer = Consumer("support.router.bench-chat", (topic,), (InboundChatMessageSent,), apply)
    consumption = Consumption(unit, [consumer], settings)
    relay = Relay(
        lambda: OutboxConnection.open(database.settings, "bench"), settings, unit.committed
    )
    publishing = asyncio.create_task(relay.run())
    await consumption.start()
    begun, cpu = 0.0, 0.0
    while True:
        async with database.reading() as session:
            seen = await session.scalar(
                sql("SELECT coalesce(sum(next_offset), 0) FROM consumer_offset")
            )
            left = await session.scalar(select(func.count()).select_from(sql("outbox")))
        if seen and not begun:
            begun, cpu, base = time.perf_counter(), time.process_time(), seen
        if seen == total and not left:
            break
        await asyncio.sleep(0.05)
    count = total - int(base)
    seconds = time.perf_counter() - begun
    cpu = time.process_time() - cpu
    print(json.dumps({"rate": count / seconds, "cpu": cpu / count * 1e6}))
    publishing.cancel()
    await consumption.stop()
    await database.dispose()


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:4], int(sys.argv[4])))  # as services do
