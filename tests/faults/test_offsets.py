"""Logs that are replaced or cut off under a consumer: nothing is lost, nothing applied twice."""

from collections.abc import Sequence

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.records_to_delete import RecordsToDelete
from aiokafka.errors import KafkaError

from deploy.local import topics
from shared.messaging import offsets
from shared.messaging.decode import Record
from shared.testing.records import Sample, chat
from tests.faults import logs
from tests.faults.invariants import check, check_offsets, check_state, truth_of
from tests.faults.lab import Lab, until

pytestmark = [pytest.mark.faults, pytest.mark.kafka, pytest.mark.faults_long]


def some(lab: Lab, first: int, last: int, keys: int = 8) -> list[Sample]:
    """Messages first … last-1 of a few sessions."""
    return [chat(f"k{n % keys}", n, tenant=lab.tenant) for n in range(first, last)]


async def replace_topic(lab: Lab, samples: Sequence[Sample]) -> list[Record]:
    """Deletes the input topic and makes it again with other records; the old log."""
    old = await logs.read(lab.bootstrap, [lab.topic])
    await delete(lab)
    await make_again(lab)
    await lab.send(samples)
    return old


async def delete(lab: Lab) -> None:
    await logs.delete_topic(lab.bootstrap, lab.topic)

    async def gone() -> bool:
        return lab.topic not in await logs.topics(lab.bootstrap)

    await until(gone, "the topic is deleted")


async def make_again(lab: Lab) -> None:
    async def made() -> bool:
        await topics.create(lab.bootstrap, [NewTopic(lab.topic, 4, 1)])
        return lab.topic in await logs.topics(lab.bootstrap)

    await until(made, "the topic is made again")


@pytest.mark.parametrize(
    ("what", "last"), [("shorter", 160), ("longer", 400)], ids=["shorter", "longer"]
)
async def test_a_topic_that_was_deleted_and_made_again_is_read_from_its_beginning(
    lab: Lab, what: str, last: int
) -> None:
    await lab.send(some(lab, 0, 150))
    async with lab.consuming(lab.consumer()), lab.relaying():
        await lab.drained()
    # The new log repeats some of what was applied, and holds more.
    old = await replace_topic(lab, some(lab, 140, last))
    async with lab.consuming(lab.consumer()), lab.relaying():
        await epochs_are(lab, 2)
        await lab.drained()
    await check(lab, old)


async def epochs_are(lab: Lab, epoch: int) -> None:
    async def begun() -> bool:
        found = await lab.query("SELECT DISTINCT epoch FROM consumer_offset")
        return [row.epoch for row in found] == [epoch]

    await until(begun, f"epoch {epoch} has begun on all partitions", 30)


@pytest.mark.parametrize(
    ("what", "last"), [("shorter", 160), ("longer", 400)], ids=["shorter", "longer"]
)
async def test_a_topic_that_is_replaced_while_it_is_read_is_read_from_its_beginning(
    lab: Lab, what: str, last: int
) -> None:
    await lab.send(some(lab, 0, 150))
    async with lab.consuming(lab.consumer()), lab.relaying():
        await lab.drained()
        old = await replace_topic(lab, some(lab, 140, last))
        await epochs_are(lab, 2)
        await lab.drained()
    await check_state(lab, await truth_of(lab, old))


async def test_a_transaction_of_an_older_epoch_leaves_the_offset_alone(lab: Lab) -> None:
    partition = TopicPartition(lab.topic, 0)
    newer = offsets.Position(2, 5, b"new")
    async with lab.database.writing() as session:
        await offsets.advance(session, lab.group, {partition: newer})
        await offsets.advance(session, lab.group, {partition: offsets.Position(1, 90, b"old")})
        await offsets.advance(session, lab.group, {partition: offsets.Position(2, 3, b"behind")})
        assert await offsets.stored(session, lab.group, [partition]) == {partition: newer}
        await offsets.begin_epoch(session, lab.group, partition, offsets.Position(1, 9, None))
        assert await offsets.stored(session, lab.group, [partition]) == {partition: newer}


async def test_records_deleted_before_they_were_read_stop_the_partition_until_it_is_resumed(
    lab: Lab,
) -> None:
    await lab.send(some(lab, 0, 40, keys=1))
    async with lab.consuming(lab.consumer()), lab.relaying():
        await lab.drained()
    (partition,) = [p for p, n in (await lab.positions()).items() if n]
    await lab.send(some(lab, 40, 80, keys=1))
    old = await logs.read(lab.bootstrap, [lab.topic])
    admin = AIOKafkaAdminClient(bootstrap_servers=lab.bootstrap)
    await admin.start()
    await admin.delete_records({partition: RecordsToDelete(before_offset=60)})
    await admin.close()
    async with lab.consuming(lab.consumer()) as consumption, lab.relaying():
        await until(lambda: consumption.stopped() == [(lab.group, partition)], "it stops")
        async with lab.database.reading() as session:
            (stop,) = await offsets.stops(session, lab.group)
        assert "20 records from offset 40 on were deleted" in str(stop["reason"])
        async with lab.database.writing() as session:
            await offsets.resume(session, lab.group, *partition)
        await lab.drained()
    kept = [r for r in old if not 40 <= r.offset < 60]
    truth = await truth_of(lab, kept)
    await check_state(lab, truth)
    await check_offsets(lab)


async def test_a_log_that_ends_before_the_stored_offset_is_noticed_without_a_rebalance(
    lab: Lab,
) -> None:
    """Such as after an unclean leader election: aiokafka quietly begins the partition again."""
    await lab.send(some(lab, 0, 40, keys=1))
    async with lab.consuming(lab.consumer()) as consumption, lab.relaying():
        await lab.drained()
        (reader,) = consumption.readers
        (partition,) = [p for p, n in (await lab.positions()).items() if n]
        await lab.query("UPDATE consumer_offset SET next_offset = next_offset + 500")
        reader.assignment.placed[partition] = (await stored(lab))[partition]
        assert reader.assignment.client is not None
        reader.assignment.client.seek(partition, reader.assignment.placed[partition].next_offset)
        await lab.send(some(lab, 40, 60, keys=1))

        async def begun() -> bool:
            return (await stored(lab))[partition].epoch == 2

        await until(begun, "a new epoch has begun")
        await lab.drained()
    await check(lab)


async def stored(lab: Lab) -> dict[TopicPartition, offsets.Position]:
    async with lab.database.reading() as session:
        return await offsets.stored(session, lab.group, await lab.partitions())


async def test_a_topic_that_does_not_exist_yet_is_read_once_it_does(lab: Lab) -> None:
    await delete(lab)
    with pytest.raises(KafkaError):
        async with lab.consuming(lab.consumer(), settings=lab.settings(request_timeout=2.0)):
            pass
    await make_again(lab)
    await lab.send(some(lab, 0, 40))
    async with lab.consuming(lab.consumer()) as consumption, lab.relaying():
        await lab.drained()
        assert not consumption.not_ready()
    await check(lab)
