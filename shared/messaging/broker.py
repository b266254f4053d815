"""FastStream at the edge: one batch subscriber a consumer, with the defaults that lose nothing."""

import asyncio
import dataclasses
import logging
from collections.abc import Sequence
from typing import Any

from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from faststream import AckPolicy, NoCast
from faststream.kafka import KafkaBroker, KafkaMessage
from faststream.security import BaseSecurity, SASLPlaintext, SASLScram256, SASLScram512

from shared.messaging.reader import Reader
from shared.messaging.settings import KafkaSettings

_SASL = {"PLAIN": SASLPlaintext, "SCRAM-SHA-256": SASLScram256, "SCRAM-SHA-512": SASLScram512}


def make_broker(settings: KafkaSettings, readers: Sequence[Reader]) -> KafkaBroker:
    """A broker with one subscriber for each reader: batch, manual acknowledgement, own group.

    It creates no topics and publishes nothing: only the relay does. Stopping it waits until the
    running batches are through.
    """
    broker = KafkaBroker(
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
        batch_timeout_ms=max(1, int(settings.batch_timeout * 1000)),
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
        small = len(message.raw_message) < few
        await reader.take(message.raw_message, wait=small)
        if small:
            await asyncio.sleep(pace)

    subscriber(read)
    reader.bind(lambda: subscriber.consumer)


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
