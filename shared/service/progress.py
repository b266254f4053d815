"""How far a service's copies of compacted topics are, seen from a process that reads none."""

from __future__ import annotations

from collections.abc import Sequence

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from shared.messaging import offsets
from shared.messaging.consumer import Consumer
from shared.service.service import Service


class CopiesProgress:
    """Whether the compacted topics were once read to where they ended when this process began."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._consumers = [one for one in service.all_consumers if one.compacted]
        self._goals: dict[Consumer, dict[TopicPartition, int]] | None = None

    async def behind(self) -> list[str]:
        """What is still behind, in words; once empty it stays so.

        While no broker answers nothing newer can be known, and what was read before counts.
        """
        if not self._consumers:
            return []
        try:
            self._goals = self._goals or await self._ends()
        except KafkaError:
            return []
        reasons = [reason for one in self._consumers if (reason := await self._of(one))]
        if not reasons:
            self._consumers = []
        return reasons

    async def _of(self, consumer: Consumer) -> str | None:
        goals = (self._goals or {})[consumer]
        async with self._service.database.reading() as session:
            stored = await offsets.stored(session, consumer.name, list(goals))
        left = sum(
            max(0, end - (stored[partition].next_offset if partition in stored else 0))
            for partition, end in goals.items()
            if end > 0
        )
        return f"{consumer.name} has {left} records to read" if left else None

    async def _ends(self) -> dict[Consumer, dict[TopicPartition, int]]:
        topics = [topic for one in self._consumers for topic in one.topics]
        client = AIOKafkaConsumer(*topics, **self._service.settings.kafka.connection())
        try:
            await client.start()
            return {
                one: dict(await client.end_offsets(_partitions(client, one)))
                for one in self._consumers
            }
        finally:
            await client.stop()


def _partitions(client: AIOKafkaConsumer, consumer: Consumer) -> Sequence[TopicPartition]:
    return [
        TopicPartition(topic, partition)
        for topic in consumer.topics
        for partition in sorted(client.partitions_for_topic(topic) or ())
    ]
