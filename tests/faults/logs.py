"""Writing to Kafka and reading logs back, for the experiments."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from struct import pack_into
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.record.util import calc_crc32c

from shared.messaging.decode import Record
from shared.testing.records import Sample


@asynccontextmanager
async def producing(bootstrap_servers: str, **options: Any) -> AsyncIterator[AIOKafkaProducer]:
    """A producer that keeps order and outlives a broker's restart."""
    given = {"acks": "all", "enable_idempotence": True, "request_timeout_ms": 60_000,
             "max_request_size": 2 * 1024 * 1024} | options  # fmt: skip
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap_servers, **given)
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


async def send(bootstrap_servers: str, topic: str, samples: Iterable[Sample]) -> None:
    """Sends the samples in their order, and returns once all of them are acknowledged."""
    async with producing(bootstrap_servers) as producer:
        sent = [
            await producer.send(topic, s.value, key=s.key, headers=s.all_headers()) for s in samples
        ]
        for acknowledged in sent:
            await acknowledged


async def send_named(bootstrap_servers: str, topic: str, sample: Sample, name: bytes) -> None:
    """Sends a sample with one more header of this name, which need not be UTF-8.

    aiokafka writes UTF-8 only, so the name takes the place of another one as long.
    """
    stand_in = "!" * len(name)
    async with producing(bootstrap_servers, enable_idempotence=False) as producer:
        batch = producer.create_batch()
        headers = [*sample.all_headers(), (stand_in, b"")]
        batch.append(timestamp=None, key=sample.key, value=sample.value, headers=headers)
        written = bytearray(batch._build().replace(stand_in.encode(), name))
        # Its checksum covers everything from the attributes on.
        pack_into(">I", written, 17, calc_crc32c(bytes(written[21:])))
        batch._buffer = written
        await producer.partitions_for(topic)
        partition = producer._partition(topic, None, None, None, sample.key, sample.value)
        await (await producer.send_batch(batch, topic, partition=partition))


@asynccontextmanager
async def looking(bootstrap_servers: str) -> AsyncIterator[AIOKafkaConsumer]:
    """A consumer without a group."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap_servers, enable_auto_commit=False,
        auto_offset_reset="earliest", fetch_max_wait_ms=50,
        max_partition_fetch_bytes=4 * 1024 * 1024,
    )  # fmt: skip
    await consumer.start()
    try:
        yield consumer
    finally:
        await consumer.stop()


async def partitions(consumer: AIOKafkaConsumer, topics: Sequence[str]) -> list[TopicPartition]:
    """All partitions of the topics, which must exist."""
    cluster = await consumer._client.fetch_all_metadata()
    return [
        TopicPartition(topic, number)
        for topic in topics
        for number in sorted(cluster.partitions_for_topic(topic))
    ]


async def topics(bootstrap_servers: str) -> set[str]:
    """The names of all topics."""
    async with looking(bootstrap_servers) as consumer:
        return set(await consumer.topics())


async def ends(bootstrap_servers: str, topics: Sequence[str]) -> dict[TopicPartition, int]:
    """The end offset of every partition of the topics."""
    async with looking(bootstrap_servers) as consumer:
        return dict(await consumer.end_offsets(await partitions(consumer, topics)))


async def read(
    bootstrap_servers: str, topics: Sequence[str], begin: Mapping[TopicPartition, int] | None = None
) -> list[Record]:
    """Everything in the topics, or from the offsets in `begin` on, in order per partition."""
    records: list[Record] = []
    async with looking(bootstrap_servers) as consumer:
        wanted = await partitions(consumer, topics)
        end = await consumer.end_offsets(wanted)
        start = await consumer.beginning_offsets(wanted)
        begin = {p: max(start[p], (begin or {}).get(p, 0)) for p in wanted}
        consumer.assign(wanted)
        for partition in wanted:
            consumer.seek(partition, begin[partition])
        left = {p for p in wanted if begin[p] < end[p]}
        while left:
            for partition, found in (await consumer.getmany(*left, timeout_ms=1000)).items():
                records += [_record(one) for one in found]
                if found and found[-1].offset + 1 >= end[partition]:
                    left.discard(partition)
    return sorted(records, key=lambda record: (record.topic, record.partition, record.offset))


def _record(one: Any) -> Record:
    return Record(
        one.topic, one.partition, one.offset, one.timestamp, one.key, one.value, one.headers
    )


async def committed(
    bootstrap_servers: str, group: str, wanted: Sequence[TopicPartition]
) -> dict[TopicPartition, int]:
    """What the group has told Kafka, 0 where it said nothing."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    await admin.start()
    try:
        found = await admin.list_consumer_group_offsets(group)
    finally:
        await admin.close()
    return {p: max(0, found[p].offset) if p in found else 0 for p in wanted}


async def delete_topic(bootstrap_servers: str, topic: str) -> None:
    """Deletes a topic; the broker forgets it within moments."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    await admin.start()
    try:
        await admin.delete_topics([topic])
    finally:
        await admin.close()
