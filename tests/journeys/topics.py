"""Kafka from outside: what lies on a topic, and records of one's own."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from shared.contracts.catalog import TOPICS
from shared.contracts.envelope import Event, to_headers, to_value
from shared.contracts.inbound import InboundChatMessageSent
from shared.testing.records import Sample


@dataclass(frozen=True, slots=True)
class Seen:
    """One event on a topic."""

    type: str
    tenant: str
    traceparent: str | None
    data: dict[str, Any]


class Topics:
    """The suite's topics."""

    def __init__(self, bootstrap_servers: str) -> None:
        self._bootstrap_servers = bootstrap_servers

    async def read(self, topic: str, tenant: str) -> list[Seen]:
        """All events of a tenant that lie on a topic now."""
        partitions = [TopicPartition(topic, n) for n in range(TOPICS[topic].local_partitions)]
        found = []
        async with self._consumer() as consumer:
            consumer.assign(partitions)
            await consumer.seek_to_beginning(*partitions)
            ends = await consumer.end_offsets(partitions)
            for partition in partitions:
                while await consumer.position(partition) < ends[partition]:
                    records = await consumer.getmany(partition, timeout_ms=1000)
                    found += [_seen(record) for record in records.get(partition, ())]
        return [event for event in found if event.tenant == tenant]

    @asynccontextmanager
    async def _consumer(self) -> AsyncIterator[AIOKafkaConsumer]:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap_servers, enable_auto_commit=False
        )
        await consumer.start()
        try:
            yield consumer
        finally:
            await consumer.stop()

    async def send(self, topic: str, samples: Sequence[Sample]) -> None:
        """Publish records in their order, well made or not."""
        producer = AIOKafkaProducer(bootstrap_servers=self._bootstrap_servers)
        await producer.start()
        try:
            for sample in samples:
                await producer.send_and_wait(
                    topic, sample.value, key=sample.key, headers=list(sample.headers)
                )
        finally:
            await producer.stop()


def _seen(record: Any) -> Seen:
    headers = {name: (value or b"").decode("utf-8", "replace") for name, value in record.headers}
    return Seen(
        headers.get("ce_type", ""), headers.get("ce_tenant", ""), headers.get("ce_traceparent"),
        _data(record.value),
    )  # fmt: skip


def _data(value: bytes | None) -> dict[str, Any]:
    try:
        return dict(json.loads(value or b"{}"))
    except ValueError:
        return {}


def chat(tenant: str, session: str, number: int, text: str) -> Sample:
    """What a visitor said in a chat session, as the adapter of the channel `website` sends it."""
    said = InboundChatMessageSent(
        session_id=session, message_id=str(number), text=text, sent_at=datetime.now(UTC)
    )
    event = Event(
        id=f"{session}:{number}", type=said.TYPE, source="/channels/website", subject=session,
        time=said.sent_at, tenant=tenant, data=said, partitionkey=session,
    )  # fmt: skip
    return Sample(session.encode(), to_value(said), to_headers(event))


def from_nowhere(sample: Sample) -> Sample:
    """The same event from a source that is no channel account: ingest parks it."""
    source = b"/channels/nowhere"
    return replace(
        sample,
        headers=[(name, source if name == "ce_source" else text) for name, text in sample.headers],
    )
