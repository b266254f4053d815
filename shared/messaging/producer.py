"""The relay's way into Kafka: explicit batches, and a clean end after any error."""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

import msgspec
from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    CorruptRecordException,
    InvalidMessageError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
)

from shared.messaging.settings import KafkaSettings

REFUSALS = (
    MessageSizeTooLargeError,
    RecordListTooLargeError,
    InvalidMessageError,
    CorruptRecordException,
)
"""The broker's verdicts on the bytes of a batch; sending the same again cannot help."""

_decode = msgspec.json.Decoder(list[tuple[str, str]]).decode


class Refused(Exception):
    """The broker will never take this batch. The producer is spent, its sequence has a gap now."""

    def __init__(self, rows: "Sequence[OutboxRow]", error: BaseException) -> None:
        super().__init__(f"{type(error).__name__} for a batch of {len(rows)}")
        self.rows = len(rows)
        self.row = rows[0] if len(rows) == 1 else None
        self.error = type(error).__name__


_MAX_BATCH = 1024 * 1024 - 8192


class OutboxRow(NamedTuple):
    """One event to publish, as it lies in the outbox."""

    id: int
    topic: str
    key: bytes
    key_hash: int
    headers: str
    payload: bytes

    def kafka_headers(self) -> list[tuple[str, bytes]]:
        """The headers as aiokafka wants them."""
        return [(name, value.encode()) for name, value in _decode(self.headers)]


class Producer:
    """One aiokafka producer's life. After any error it is discarded and a new one is made."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._producer = AIOKafkaProducer(
            **settings.connection(),
            acks="all",
            enable_idempotence=settings.enable_idempotence,
            compression_type="lz4",
            linger_ms=0,
            max_batch_size=_MAX_BATCH,
            max_request_size=2 * 1024 * 1024,
        )

    async def start(self) -> None:
        """Connects. Raises KafkaError when no broker answers."""
        await self._producer.start()

    async def partitions(self, topic: str) -> int:
        """How many partitions `topic` has now, 0 when it does not exist.

        Raises KafkaError when no broker answers. Waits for nothing: the other topics go on.
        """
        cluster = await self._producer.client.fetch_all_metadata()
        return len(cluster.partitions_for_topic(topic) or ())

    async def send(self, partition: int, rows: Sequence[OutboxRow]) -> int:
        """Publishes as many of `rows` (one topic, one partition) as fit one batch: how many.

        Returns once all in-sync replicas have them. Raises Refused when the broker will never take
        this batch, a KafkaError when the outcome is unknown.
        """
        batch = self._producer.create_batch()
        count = 0
        for row in rows:
            added = batch.append(
                key=row.key, value=row.payload, timestamp=None, headers=row.kafka_headers()
            )
            if added is None:
                break
            count += 1
        if count == 0:
            raise Refused(rows[:1], MessageSizeTooLargeError())
        batch.close()
        acknowledged = await self._producer.send_batch(batch, rows[0].topic, partition=partition)
        try:
            await acknowledged
        except REFUSALS as error:
            raise Refused(rows[:count], error) from error
        return count

    async def discard(self) -> None:
        """Ends it without flushing: nothing of it may reach the broker after its successor starts.

        The sender is cancelled and the connections are closed; the rows are still in the outbox.
        """
        producer, sender = self._producer, self._producer._sender.sender_task
        producer._closed = True
        if sender is not None:
            sender.cancel()
        await producer.client.close()
        if sender is not None:
            await asyncio.wait({sender})
            if not sender.cancelled():
                sender.exception()
