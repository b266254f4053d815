"""What a consumer has not read yet: for who must not take silence for an answer."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from aiokafka.partitioner import murmur2

from shared.messaging import offsets
from shared.messaging.offsets import FROM_LOG_START
from shared.messaging.placement import LogProbe
from shared.messaging.settings import KafkaSettings
from shared.storage.engine import Database


class BrokerAway(Exception):
    """No broker answers: nobody can say what is unread."""


def partition_of(key: str, partitions: int) -> int:
    """The partition that a record of this key lies in, as Kafka's own partitioner says."""
    return int((murmur2(key.encode()) & 0x7FFFFFFF) % partitions)


class Unread:
    """Looks at the log of one topic from outside of the group that reads it."""

    def __init__(
        self, database: Database, settings: KafkaSettings, consumer: str, topic: str
    ) -> None:
        self._database, self._consumer, self._topic = database, consumer, topic
        self._settings = settings
        self._probe = LogProbe(settings)
        self._partitions: list[TopicPartition] = []

    async def oldest(self) -> Mapping[int, datetime | None]:
        """By partition Kafka's time of the first record that is not read; None if all are.

        A record that is there and cannot be fetched in 5 s counts as the oldest there can be.
        Raises BrokerAway.
        """
        try:
            return await self._look()
        except KafkaError as error:
            raise BrokerAway(type(error).__name__) from error

    async def _look(self) -> Mapping[int, datetime | None]:
        partitions = await self._known()
        ends = await self._probe.ends(partitions)
        async with self._database.reading() as session:
            stored = await offsets.stored(session, self._consumer, partitions)
        missing = [p for p in partitions if p not in stored or _begin(stored[p].next_offset)]
        starts = await self._probe.starts(missing) if missing else {}
        begin = {p: starts[p] if p in starts else stored[p].next_offset for p in partitions}
        unread = {p: begin[p] for p in partitions if ends[p] > begin[p]}
        found = await self._probe.records(unread)
        at = {p.partition: _moment(found[p].timestamp) if p in found else _EVER for p in unread}
        return {p.partition: at.get(p.partition) for p in partitions}

    async def close(self) -> None:
        """Closes the connections."""
        await self._probe.close()

    async def _known(self) -> list[TopicPartition]:
        if not self._partitions:
            client = AIOKafkaConsumer(self._topic, **self._settings.connection())
            try:
                async with asyncio.timeout(10):
                    await client.start()
                    found = client.partitions_for_topic(self._topic)
            except TimeoutError as error:
                raise KafkaError("no broker answered in 10 s") from error
            finally:
                await client.stop()
            self._partitions = [TopicPartition(self._topic, p) for p in sorted(found or ())]
        return self._partitions


_EVER = datetime(1970, 1, 1, tzinfo=UTC)


def _begin(next_offset: int) -> bool:
    return next_offset == FROM_LOG_START


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
