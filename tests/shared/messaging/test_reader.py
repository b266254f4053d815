"""How much a reader reads at once, and what becomes of batches that hold nothing for it."""

from collections.abc import Sequence
from typing import Any, cast

from aiokafka import TopicPartition

from shared.messaging import UnitOfWork, offsets
from shared.messaging.assignment import Assignment
from shared.messaging.broker import _with_next
from shared.messaging.consumer import Consumer
from shared.messaging.decode import Record
from shared.messaging.offsets import Position
from shared.messaging.placement import LogProbe, Placement
from shared.messaging.reader import Reader
from shared.storage import Database

TOPIC = "support.tickets.v1"
ZERO, ONE = TopicPartition(TOPIC, 0), TopicPartition(TOPIC, 1)


class Client:
    """Holds records that were fetched but not taken yet."""

    def __init__(self, waiting: Sequence[Record]) -> None:
        self.waiting = list(waiting)

    async def getmany(
        self, timeout_ms: int, max_records: int
    ) -> dict[TopicPartition, list[Record]]:
        taken, self.waiting = self.waiting[:max_records], self.waiting[max_records:]
        return {
            place: [one for one in taken if one.partition == place.partition]
            for place in (ZERO, ONE)
        }


async def _nothing(*_: Any) -> None:
    return None


CONSUMER = Consumer("support.sla.tickets", (TOPIC,), (), _nothing)


def record(partition: int, offset: int) -> Record:
    """One of a type that the consumer does not want."""
    headers = [("ce_type", b"support.ticket.opened.v1")]
    return Record(TOPIC, partition, offset, 0, b"k", b"never looked at", headers)


async def test_a_small_batch_takes_what_came_since_and_stays_within_the_largest() -> None:
    held = [record(0, 1), record(1, 1)]
    client = Client([record(0, 2), record(0, 3), record(1, 2)])
    joined = await _with_next(cast(Any, client), held, 4)
    assert [(one.partition, one.offset) for one in joined] == [(0, 1), (0, 2), (0, 3), (1, 1)]
    assert client.waiting == [record(1, 2)]


async def test_what_holds_nothing_for_a_consumer_is_passed_and_stored_a_little_later(
    database: Database,
) -> None:
    reader = Reader(UnitOfWork(database, "/deskstream/sla"), CONSUMER, cast(LogProbe, None))
    here = reader.assignment = Assignment(CONSUMER, cast(Placement, None))
    here.assigned = {ZERO}
    here.placed = {ZERO: Position(3, 40, None)}
    await reader.take([record(0, 40), record(0, 41)], {ZERO: 0}, wait=True)
    assert here.placed[ZERO].next_offset == 42
    assert await stored(database) == {}
    await reader._store_skipped()
    assert await stored(database) == {ZERO: here.placed[ZERO]}
    # Once stored, there is nothing left to say.
    assert reader._unstored == {}


async def stored(database: Database) -> dict[TopicPartition, Position]:
    async with database.reading() as session:
        return await offsets.stored(session, CONSUMER.name, [ZERO, ONE])
