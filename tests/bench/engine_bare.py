"""The yardstick: the same work by aiokafka and asyncpg alone, without anything of the engine.

One consumer, one transaction a batch (inbox, aggregate upsert, insert, outbox, offsets), a relay
that sends explicit batches and deletes. Prints messages/s and CPU µs/message as one JSON line.
"""

import asyncio
import contextlib
import json
import sys
import time
import uuid

import asyncpg
import msgspec
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.partitioner import murmur2

PARTITIONS = 4
SCHEMA = """
CREATE TABLE bare_inbox (consumer smallint, event_id uuid, PRIMARY KEY (consumer, event_id));
CREATE TABLE bare_ticket (id text PRIMARY KEY, messages int NOT NULL, version int NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE bare_message (id uuid PRIMARY KEY, ticket_id text NOT NULL, customer text, body text);
CREATE TABLE bare_outbox (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, topic text NOT NULL,
    key bytea NOT NULL, event_id uuid NOT NULL UNIQUE, payload bytea NOT NULL);
CREATE TABLE bare_offset (consumer text, topic text, partition int, next_offset bigint NOT NULL,
    PRIMARY KEY (consumer, topic, partition));
"""
CLAIM = """INSERT INTO bare_inbox SELECT 1, id FROM unnest($1::uuid[]) AS id
ON CONFLICT DO NOTHING RETURNING event_id"""
TICKETS = """INSERT INTO bare_ticket AS t (id, messages, version)
SELECT id, n, 1 FROM unnest($1::text[], $2::int[]) AS x (id, n)
ON CONFLICT (id) DO UPDATE SET messages = t.messages + excluded.messages,
    version = t.version + 1, updated_at = now()"""
MESSAGES = """INSERT INTO bare_message
SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[])"""
OUTBOX = """INSERT INTO bare_outbox (topic, key, event_id, payload)
SELECT $1, * FROM unnest($2::bytea[], $3::uuid[], $4::bytea[])"""
OFFSET = """INSERT INTO bare_offset VALUES ('bare', $1, $2, $3)
ON CONFLICT (consumer, topic, partition) DO UPDATE
SET next_offset = greatest(bare_offset.next_offset, excluded.next_offset)"""


class Chat(msgspec.Struct):
    """The payload's fields that the work needs."""

    session_id: str
    message_id: str
    text: str


class Given(msgspec.Struct):
    """One input: its id, and its payload."""

    id: uuid.UUID
    chat: Chat


decode = msgspec.json.Decoder(Chat).decode
encode = msgspec.json.Encoder().encode


async def apply(connection: asyncpg.Connection, given: list[Given], out: str, ends: dict) -> None:
    """One batch, one transaction."""
    async with connection.transaction():
        claimed = await connection.fetch(CLAIM, sorted(g.id for g in given))
        fresh = {row["event_id"] for row in claimed}
        given = [g for g in given if g.id in fresh]
        counts: dict[str, int] = {}
        for g in given:
            counts[g.chat.session_id] = counts.get(g.chat.session_id, 0) + 1
        keys = sorted(counts)
        await connection.execute(TICKETS, keys, [counts[key] for key in keys])
        await connection.execute(
            MESSAGES,
            [g.id for g in given],
            [g.chat.session_id for g in given],
            [g.chat.message_id for g in given],
            [g.chat.text for g in given],
        )
        await connection.execute(
            OUTBOX,
            out,
            [g.chat.session_id.encode() for g in given],
            [uuid.uuid4() for _ in given],
            [encode({"ticket_id": g.chat.session_id, "message_id": str(g.id)}) for g in given],
        )
        for partition, end in ends.items():
            await connection.execute(OFFSET, partition.topic, partition.partition, end)


async def relay(dsn: str, servers: str, committed: asyncio.Event, total: int) -> None:
    """Publishes and deletes until `total` rows went through."""
    connection = await asyncpg.connect(dsn)
    producer = AIOKafkaProducer(
        bootstrap_servers=servers, acks="all", enable_idempotence=True, linger_ms=0,
        max_batch_size=1024 * 1024, compression_type="lz4",
    )  # fmt: skip
    await producer.start()
    while total > 0:
        rows = await connection.fetch(
            "SELECT id, topic, key, event_id, payload FROM bare_outbox ORDER BY id LIMIT 1000"
        )
        if not rows:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(committed.wait(), 0.015)
            committed.clear()
            continue
        grouped: dict[int, list[asyncpg.Record]] = {}
        for row in rows:
            grouped.setdefault((murmur2(row["key"]) & 0x7FFFFFFF) % PARTITIONS, []).append(row)
        await asyncio.gather(*(send(producer, p, batch) for p, batch in grouped.items()))
        ids = [row["id"] for row in rows]
        await connection.execute("DELETE FROM bare_outbox WHERE id = ANY($1::bigint[])", ids)
        total -= len(rows)
    await producer.stop()
    await connection.close()


async def send(producer: AIOKafkaProducer, partition: int, rows: list[asyncpg.Record]) -> None:
    """One explicit batch."""
    batch = producer.create_batch()
    for row in rows:
        headers = [
            ("content-type", b"application/json"), ("ce_specversion", b"1.0"),
            ("ce_id", str(row["event_id"]).encode()), ("ce_type", b"support.bare.v1"),
            ("ce_source", b"/bare"),
        ]  # fmt: skip
        batch.append(key=row["key"], value=row["payload"], timestamp=None, headers=headers)
    batch.close()
    await (await producer.send_batch(batch, rows[0]["topic"], partition=partition))


async def main(dsn: str, servers: str, topic: str, out: str, total: int) -> None:
    """Consumes `total` messages of `topic`, and ends when all of `out` is published."""
    connection = await asyncpg.connect(dsn)
    await connection.execute(SCHEMA)
    committed = asyncio.Event()
    publishing = asyncio.create_task(relay(dsn, servers, committed, total))
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=servers, group_id=f"bare-{uuid.uuid4()}",
        auto_offset_reset="earliest", enable_auto_commit=False,
    )  # fmt: skip
    await consumer.start()
    seen, begun, cpu = 0, 0.0, 0.0
    while seen < total:
        fetched = await consumer.getmany(timeout_ms=500, max_records=500)
        if not fetched:
            continue
        if not begun:
            begun, cpu = time.perf_counter(), time.process_time()
        given = [
            Given(uuid.UUID(dict(r.headers)["ce_id"].decode()), decode(r.value))
            for records in fetched.values()
            for r in records
        ]
        ends = {partition: records[-1].offset + 1 for partition, records in fetched.items()}
        await apply(connection, given, out, ends)
        committed.set()
        await consumer.commit(ends)
        seen += len(given)
    await publishing
    seconds = time.perf_counter() - begun
    cpu = time.process_time() - cpu
    print(json.dumps({"rate": total / seconds, "cpu": cpu / total * 1e6}))
    await consumer.stop()
    await connection.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:5], int(sys.argv[5])))
