"""The servers of the local stack keep what they must, and are apart where they must be."""

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from deploy.local.kafka_jvm import JvmKafka, TwoBrokers
from deploy.local.postgres import Postgres


async def test_a_role_cannot_enter_the_database_of_another(postgres: Postgres) -> None:
    mine, theirs = postgres.database("mine"), postgres.database("theirs")
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied for database"):
        await asyncpg.connect(mine.rpartition("/")[0] + "/" + theirs.rpartition("/")[2])


async def test_a_database_compares_text_in_any_script(postgres: Postgres) -> None:
    connection = await asyncpg.connect(postgres.database("scripts"))
    await connection.execute("CREATE EXTENSION pg_trgm")
    assert await connection.fetchval("SELECT similarity('忘记密码怎么办', '忘记密码')") > 0.3
    await connection.close()


async def test_rows_committed_before_kill_9_are_there_after_it(postgres: Postgres) -> None:
    url = postgres.database("killed")
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    postgres.kill()
    postgres.start()
    connection.terminate()
    again = await asyncpg.connect(url)
    assert await again.fetchval("SELECT answer FROM kept") == 42
    await again.close()


@pytest.mark.kafka
async def test_records_acknowledged_before_kill_9_are_there_after_it(real_kafka: JvmKafka) -> None:
    topic = await real_kafka.topic("kept", partitions=1)
    producer = AIOKafkaProducer(bootstrap_servers=real_kafka.bootstrap_servers, acks="all")
    await producer.start()
    for number in range(100):
        await producer.send_and_wait(topic, str(number).encode())
    await producer.stop()

    real_kafka.restart(immediate=True)

    consumer = AIOKafkaConsumer(bootstrap_servers=real_kafka.bootstrap_servers)
    await consumer.start()
    partition = TopicPartition(topic, 0)
    consumer.assign([partition])
    await consumer.seek_to_beginning(partition)
    kept = [(await consumer.getone()).value for _ in range(100)]
    await consumer.stop()
    assert kept == [str(number).encode() for number in range(100)]


@pytest.mark.kafka
async def test_of_two_brokers_the_second_can_be_away_with_its_topics(
    two_brokers: TwoBrokers,
) -> None:
    topic = await two_brokers.topic("away", partitions=1, node=2)
    producer = AIOKafkaProducer(
        bootstrap_servers=two_brokers.bootstrap_servers, request_timeout_ms=2000
    )
    await producer.start()
    await producer.send_and_wait(topic, b"before")
    two_brokers.kill(2)
    with pytest.raises(KafkaError):
        await producer.send_and_wait(topic, b"while it is away")
    two_brokers.start(2)
    assert (await producer.send_and_wait(topic, b"after")).offset >= 1
    await producer.stop()
