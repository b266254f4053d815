"""Where to go on reading: the stored offset, checked against the log that is there now."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from shared.messaging import offsets
from shared.messaging.consumer import Consumer
from shared.messaging.decode import Record, record_hash
from shared.messaging.header_names import take_any_header_name
from shared.messaging.offsets import BELOW_LOG_START, FROM_LOG_START, Position
from shared.messaging.settings import KafkaSettings
from shared.storage.engine import Database

log = logging.getLogger(__name__)

_FETCH_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where a partition goes on (None: it is stopped), and where its log ended when asked."""

    position: Position | None
    end: int


class LogProbe:
    """A consumer without a group that looks at the log and disturbs nobody. One look at a time."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._lock = asyncio.Lock()
        self._client: AIOKafkaConsumer | None = None

    async def ends(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        """The end offset of each partition. Raises KafkaError when a broker does not answer."""
        async with self._lock:
            found = await (await self._started()).end_offsets(partitions)
            return dict(found)

    async def starts(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        """The first offset of each partition. Raises KafkaError when a broker does not answer."""
        async with self._lock:
            found = await (await self._started()).beginning_offsets(partitions)
            return dict(found)

    async def records(self, wanted: dict[TopicPartition, int]) -> dict[TopicPartition, Record]:
        """The first record at or after each offset; a partition with none in 5 s is left out."""
        if not wanted:
            return {}
        async with self._lock:
            client = await self._started()
            client.assign(list(wanted))
            try:
                for partition, offset in wanted.items():
                    client.seek(partition, offset)
                return await _first_records(client, set(wanted))
            finally:
                client.unsubscribe()

    async def close(self) -> None:
        """Closes the connections."""
        async with self._lock:
            client, self._client = self._client, None
            if client is not None:
                await client.stop()

    async def _started(self) -> AIOKafkaConsumer:
        if self._client is None:
            take_any_header_name()
            client = AIOKafkaConsumer(
                **self._settings.connection(),
                enable_auto_commit=False,
                auto_offset_reset="earliest",
                fetch_max_wait_ms=100,
                max_partition_fetch_bytes=2 * 1024 * 1024,
            )
            try:
                await client.start()
            except BaseException:
                await client.stop()
                raise
            self._client = client
        return self._client


async def _first_records(
    client: AIOKafkaConsumer, missing: set[TopicPartition]
) -> dict[TopicPartition, Record]:
    found: dict[TopicPartition, Record] = {}
    until = asyncio.get_running_loop().time() + _FETCH_SECONDS
    while missing and asyncio.get_running_loop().time() < until:
        fetched = await client.getmany(*missing, timeout_ms=200)
        for partition, records in fetched.items():
            if records:
                found[partition] = records[0]
                missing.discard(partition)
    return found


class Placement:
    """Finds where a consumer goes on, and notices a log that was replaced or cut off."""

    def __init__(self, database: Database, probe: LogProbe, consumer: Consumer) -> None:
        self._database = database
        self._probe = probe
        self._consumer = consumer

    async def find(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, Place]:
        """The place of each partition. Raises when database or broker do not answer: ask again."""
        async with self._database.reading() as session:
            stored = await offsets.stored(session, self._consumer.name, partitions)
            stops = await offsets.stops(session, self._consumer.name)
        stopped = {TopicPartition(str(s["topic"]), s["partition"]) for s in stops}
        starts = await self._probe.starts(partitions)
        ends = await self._probe.ends(partitions)
        places = {}
        replaced = await self._replaced(stored, starts, ends)
        for partition in partitions:
            position = stored.get(partition, Position(1, FROM_LOG_START, None))
            if partition in replaced:
                position = await self._begin_epoch(partition, position)
            if partition not in stopped and 0 <= position.next_offset < starts[partition]:
                await self._alarm(partition, position, starts[partition])
                stopped.add(partition)
            if position.next_offset == FROM_LOG_START:
                position = Position(position.epoch, starts[partition], None)
            place = None if partition in stopped else position
            places[partition] = Place(place, ends[partition])
        return places

    async def _replaced(
        self,
        stored: dict[TopicPartition, Position],
        starts: dict[TopicPartition, int],
        ends: dict[TopicPartition, int],
    ) -> set[TopicPartition]:
        """Partitions whose log is another one: it ends before us, or our last record differs."""
        shorter = {p for p, position in stored.items() if position.next_offset > ends[p]}
        to_check = {
            p: position.next_offset - 1
            for p, position in stored.items()
            if p not in shorter and position.record_hash and position.next_offset > starts[p]
        }
        found = await self._probe.records(to_check)
        other = set()
        for partition, offset in to_check.items():
            record = found.get(partition)
            if record is None and not self._consumer.compacted:
                raise KafkaError(f"no record of {partition} at offset {offset} was fetched")
            if record is None or record.offset != offset:
                continue  # compaction took it: the log is not lower, so it is the same one
            if record_hash(record) != stored[partition].record_hash:
                other.add(partition)
        return shorter | other

    async def _begin_epoch(self, partition: TopicPartition, old: Position) -> Position:
        log.warning(
            "log replaced",
            extra={"consumer": self._consumer.name, "topic": partition.topic,
                   "partition": partition.partition, "epoch": old.epoch + 1},
        )  # fmt: skip
        async with self._database.writing() as session:
            await offsets.begin_epoch(session, self._consumer.name, partition, old)
        async with self._database.reading() as session:
            stored = await offsets.stored(session, self._consumer.name, [partition])
        return stored[partition]

    async def _alarm(self, partition: TopicPartition, position: Position, start: int) -> None:
        reason = (
            f"{BELOW_LOG_START}: {start - position.next_offset} records from offset "
            f"{position.next_offset} on were deleted before they were read"
        )
        log.error(
            "partition stopped",
            extra={"consumer": self._consumer.name, "topic": partition.topic,
                   "partition": partition.partition, "reason": reason},
        )  # fmt: skip
        async with self._database.writing() as session:
            await offsets.stop(session, self._consumer.name, partition, reason)
