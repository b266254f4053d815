"""How every subscriber of every service is declared, and that topics have real readers."""

import importlib
import inspect
from collections.abc import Sequence

import pytest
from aiokafka.structs import ConsumerRecord
from faststream import AckPolicy
from faststream.kafka import KafkaBroker

from shared.contracts.catalog import TOPICS
from shared.contracts.topics import OUTSIDERS, SERVICES
from shared.messaging import Consumer, KafkaSettings, broker
from shared.messaging.placement import LogProbe
from shared.messaging.reader import Reader
from shared.service.service import Service


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    monkeypatch.setenv("AUTH_JWKS_FILE", "/nowhere")


async def service(name: str) -> Service:
    built: Service = importlib.import_module(f"services.{name}.app").build()
    return built


async def subscribers(name: str) -> tuple[Sequence[Consumer], KafkaBroker]:
    built = await service(name)
    probe = LogProbe(KafkaSettings())
    readers = [Reader(built.unit, consumer, probe) for consumer in built.all_consumers]
    return built.all_consumers, broker.make_broker(KafkaSettings(), readers)


@pytest.mark.parametrize("name", SERVICES)
async def test_every_subscriber_is_batch_manual_and_begins_where_it_is_told(name: str) -> None:
    consumers, made = await subscribers(name)
    assert len(made.subscribers) == len(consumers) > 0
    for subscriber in made.subscribers:
        assert type(subscriber).__name__ == "BatchSubscriber"
        assert subscriber.ack_policy is AckPolicy.MANUAL
        assert subscriber._connection_args["auto_offset_reset"] == "earliest"
        assert subscriber._connection_args["enable_auto_commit"] is False
    assert made.config.allow_auto_create_topics is False


@pytest.mark.parametrize("name", SERVICES)
async def test_every_subscription_has_a_group_of_its_own_named_after_its_service(name: str) -> None:
    consumers, made = await subscribers(name)
    groups = [subscriber.group_id for subscriber in made.subscribers]
    assert len(set(groups)) == len(groups)
    assert all(group and group.startswith(f"support.{name}.") for group in groups)
    assert sorted(consumer.name for consumer in consumers) == sorted(map(str, groups))


async def test_a_header_that_is_no_text_does_not_hide_its_batch() -> None:
    record = ConsumerRecord("t", 0, 7, 0, 0, b"k", b"v", None, 1, 1, (("ce_id", b"\xff\xfe"),))

    async def original(records: object) -> object:
        assert all(not one.headers for one in records)  # type: ignore[attr-defined]
        return type("Message", (), {})()

    message = await broker._header_proof((record, record), original)
    assert message.raw_message == (record, record)


async def test_every_topic_has_an_owner_and_the_readers_that_the_catalog_names() -> None:
    reading: dict[str, set[str]] = {name: set() for name in TOPICS}
    for name in SERVICES:
        for consumer in (await service(name)).all_consumers:
            for topic in consumer.topics:
                reading[topic].add(name)
    for topic in TOPICS.values():
        assert topic.owners, topic.name
        assert topic.readers, topic.name
        assert reading[topic.name] == set(topic.readers) - set(OUTSIDERS), topic.name


async def test_a_consumer_wants_only_types_that_its_topics_carry() -> None:
    for name in SERVICES:
        for consumer in (await service(name)).all_consumers:
            carried = {kind for topic in consumer.topics for kind in TOPICS[topic].types}
            assert set(consumer.reads) <= carried, consumer.name
            assert inspect.iscoroutinefunction(consumer.handle) or callable(consumer.handle)
