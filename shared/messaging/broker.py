"""FastStream at the edge: one batch subscriber a consumer, with the defaults that lose nothing."""

import asyncio
import dataclasses
import logging
from collections.abc import Sequence
from functools import partial
from itertools import chain
from operator import attrgetter
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from aiokafka.errors import ConsumerStoppedError, KafkaError
from faststream import AckPolicy, NoCast
from faststream.kafka import KafkaBroker, KafkaMessage
from faststream.security import BaseSecurity, SASLPlaintext, SASLScram256, SASLScram512

from shared.messaging.decode import Record
from shared.messaging.header_names import take_any_header_name
from shared.messaging.reader import Reader
from shared.messaging.settings import KafkaSettings

_NEXT_FETCH = 0.005
_AFTER_NOTHING_MS = 10
_SASL = {"PLAIN": SASLPlaintext, "SCRAM-SHA-256": SASLScram256, "SCRAM-SHA-512": SASLScram512}


class _Consumer(AIOKafkaConsumer):  # type: ignore[misc]
    """Waits for a first record as long as it may.

    After a poll without records FastStream sleeps as long as the poll lasted, and what comes
    meanwhile lies there. So its polls and sleeps are short, and the waiting is done here.
    """

    def __init__(self, *topics: str, wait: float, **options: Any) -> None:
        """wait: seconds."""
        super().__init__(*topics, **options)
        self._wait_ms = int(wait * 1000)

    async def getmany(
        self, *partitions: TopicPartition, timeout_ms: int = 0, max_records: int | None = None
    ) -> dict[TopicPartition, list[Record]]:
        """As aiokafka's; a poll that waits at all waits longer."""
        wait = max(timeout_ms, self._wait_ms) if timeout_ms else 0
        found = await super().getmany(*partitions, timeout_ms=wait, max_records=max_records)
        return dict(found)


class _Broker(KafkaBroker):
    """FastStream's, with consumers that wait."""

    def __init__(self, wait: float, *servers: Any, **options: Any) -> None:
        super().__init__(*servers, **options)
        self._wait = wait

    async def _connect(self) -> Any:
        builder: Any = await super()._connect()
        made = partial(_Consumer, wait=self._wait, **builder.keywords)
        self.config.broker_config.builder = made
        return made


def make_broker(settings: KafkaSettings, readers: Sequence[Reader]) -> KafkaBroker:
    """A broker with one subscriber for each reader: batch, manual acknowledgement, own group.

    It creates no topics and publishes nothing: only the relay does. Stopping it waits until the
    running batches are through.
    """
    take_any_header_name()
    broker = _Broker(
        settings.batch_timeout,
        settings.bootstrap_servers.split(","),
        logger=logging.getLogger("deskstream.faststream"),
        log_level=logging.DEBUG,
        consumer_only=True,
        allow_auto_create_topics=False,
        request_timeout_ms=int(settings.request_timeout * 1000),
        # A topic that was made (again) is read within so long; by default after five minutes.
        metadata_max_age_ms=15_000,
        graceful_timeout=15.0,
        security=_security(settings),
    )
    for reader in readers:
        _subscribe(broker, settings, reader)
    return broker


def _subscribe(broker: KafkaBroker, settings: KafkaSettings, reader: Reader) -> None:
    consumer = reader.consumer
    instance = settings.instance_id
    few = settings.batch_size // 10
    pace = settings.batch_pace if consumer.pace is None else consumer.pace
    subscriber = broker.subscriber(
        *consumer.topics,
        group_id=consumer.name,
        group_instance_id=f"{consumer.name}-{instance}" if instance else None,
        batch=True,
        max_records=settings.batch_size,
        batch_timeout_ms=_AFTER_NOTHING_MS,
        parser=_header_proof,
        decoder=_identity,
        ack_policy=AckPolicy.MANUAL,
        auto_offset_reset="earliest",
        session_timeout_ms=int(settings.session_timeout * 1000),
        heartbeat_interval_ms=int(min(3.0, settings.session_timeout / 3) * 1000),
        rebalance_timeout_ms=60_000,
        partition_assignment_strategy=(RoundRobinPartitionAssignor,),
        fetch_max_bytes=16 * 1024 * 1024,
        max_partition_fetch_bytes=2 * 1024 * 1024,
        fetch_max_wait_ms=500,
        listener=reader,
    )

    async def read(_: NoCast[object], message: KafkaMessage) -> None:
        records, fetched_after = message.raw_message, reader.assignment.seeks.copy()
        if len(records) < few and subscriber.consumer is not None:
            records = await _with_next(subscriber.consumer, records, settings.batch_size)
        small = len(records) < few
        await reader.take(records, fetched_after, wait=small)
        if small:
            await asyncio.sleep(pace)

    subscriber(read)
    reader.bind(lambda: subscriber.consumer)


async def _with_next(
    client: AIOKafkaConsumer, records: Sequence[Record], most: int
) -> Sequence[Record]:
    """A small batch and what came since it was fetched, partition by partition, `most` in all.

    aiokafka fetches again only when what it holds is taken: what is taken after a rest came at the
    rest's beginning, and the rest of it would wait for another one.
    """
    await asyncio.sleep(_NEXT_FETCH)
    try:
        more = await client.getmany(timeout_ms=0, max_records=most - len(records))
    except (KafkaError, ConsumerStoppedError):
        return records  # the poll that follows meets the same, and says so
    joined = [*records, *chain.from_iterable(more.values())]
    return sorted(joined, key=attrgetter("topic", "partition"))


async def _header_proof(records: Any, original: Any) -> Any:
    """FastStream decodes every header as UTF-8; one bad header would silently drop its batch."""
    message = await original((dataclasses.replace(records[0], headers=()),))
    message.raw_message = records
    message.body = b""
    return message


async def _identity(message: Any) -> Any:
    return message.body


def _security(settings: KafkaSettings) -> BaseSecurity:
    connection = settings.connection()
    tls: dict[str, Any] = {
        "ssl_context": connection.get("ssl_context"),
        "use_ssl": settings.security_protocol.endswith("SSL"),
    }
    if not settings.security_protocol.startswith("SASL"):
        return BaseSecurity(**tls)
    return _SASL[settings.sasl_mechanism](
        username=settings.sasl_username or "",
        password=connection["sasl_plain_password"] or "",
        **tls,
    )
