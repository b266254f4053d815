"""`read` and `publish`: what lies on a topic, and one event of your own, for people."""

import asyncio
import json
import sys
import time
from collections.abc import Coroutine, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaConnectionError

from deploy.local.processes import StackFailure
from deploy.local.whereabouts import ports_in_use
from shared.contracts.catalog import TOPICS
from shared.contracts.envelope import STRUCTURED
from shared.messaging.header_names import take_any_header_name

T = TypeVar("T")


def show(topic: str, seconds: float) -> None:
    """Print a topic's records as JSON lines: all that lie there, and what comes in `seconds`."""
    _run(_show(_known(topic), seconds))


def publish(topic: str, file: str) -> None:
    """Publish one event as it is written down, right or wrong; services check what they read.

    The document is what `python -m shared.contracts validate` takes: structured mode, or binary
    mode as `{"headers": {"ce_id": …}, "key": …, "data": …}`. `file` may be `-`.
    """
    try:
        document = json.loads(sys.stdin.read() if file == "-" else Path(file).read_text())
    except (OSError, ValueError) as error:
        raise StackFailure(f"{file} cannot be read: {error}") from None
    if not isinstance(document, dict):
        raise StackFailure(f"{file} is no JSON object: an event is one")
    print(_run(_publish(_known(topic), document)))


def _run(work: Coroutine[Any, Any, T]) -> T:
    try:
        return asyncio.run(work)
    except KafkaConnectionError as error:
        raise StackFailure(f"Kafka does not answer: {error}") from None


def _known(topic: str) -> str:
    if topic not in TOPICS:
        raise StackFailure(f"there is no topic {topic}; there are {', '.join(TOPICS)}")
    return topic


def _broker() -> str:
    return f"127.0.0.1:{ports_in_use()['kafka']}"


async def _show(topic: str, seconds: float) -> None:
    take_any_header_name()
    deadline = time.monotonic() + seconds
    consumer = AIOKafkaConsumer(bootstrap_servers=_broker(), enable_auto_commit=False)
    partitions = [TopicPartition(topic, n) for n in range(TOPICS[topic].local_partitions)]
    async with consumer:
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
        ends = await consumer.end_offsets(partitions)
        while time.monotonic() < deadline or await _behind(consumer, ends):
            for records in (await consumer.getmany(timeout_ms=200)).values():
                for record in records:
                    print(json.dumps(_shown(record), ensure_ascii=False), flush=True)


async def _behind(consumer: AIOKafkaConsumer, ends: Mapping[TopicPartition, int]) -> bool:
    return any([await consumer.position(partition) < end for partition, end in ends.items()])


def _shown(record: ConsumerRecord) -> dict[str, Any]:
    """A record as `publish` would take it, and where and when it came."""
    return {
        "place": f"{record.topic}[{record.partition}]@{record.offset}",
        "at": datetime.fromtimestamp(record.timestamp / 1000, UTC).isoformat(),
        "key": _text(record.key),
        "headers": {name: _text(value) for name, value in record.headers},
        "data": _data(record.value),
    }


def _data(value: bytes | None) -> Any:
    try:
        return json.loads(value or b"null")
    except ValueError:
        return _text(value)


def _text(data: bytes | None) -> str | None:
    return None if data is None else data.decode("utf-8", "backslashreplace")


async def _publish(topic: str, document: Mapping[str, Any]) -> str:
    if "headers" in document:
        headers, key = dict(document["headers"]), document.get("key")
        value = json.dumps(document.get("data"))
    else:
        headers, key = {"content-type": STRUCTURED}, document.get("partitionkey")
        value = json.dumps(document)
    async with AIOKafkaProducer(bootstrap_servers=_broker()) as producer:
        sent = await producer.send_and_wait(
            topic,
            value.encode(),
            key=None if key is None else str(key).encode(),
            headers=[(name, str(text).encode()) for name, text in headers.items()],
        )
    return f"{sent.topic}[{sent.partition}]@{sent.offset}"
