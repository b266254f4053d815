"""Where a consumer goes on: what is read twice, what is dropped, and which gaps are believed."""

from collections.abc import Sequence
from typing import Any, cast

from aiokafka import TopicPartition

from shared.messaging.assignment import Assignment
from shared.messaging.consumer import Consumer
from shared.messaging.decode import Decoded, Record
from shared.messaging.offsets import Position
from shared.messaging.placement import LogProbe, Place, Placement
from shared.messaging.reader import Reader
from shared.messaging.unit import UnitOfWork
from shared.storage import Database

TOPIC = "support.tickets.v1"
ZERO, ONE = TopicPartition(TOPIC, 0), TopicPartition(TOPIC, 1)


class Log:
    """What a broker's client and the placement say: everything goes on at offset 100."""

    def __init__(self) -> None:
        self.paused: set[TopicPartition] = set()
        self.asked = 0

    async def find(self, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, Place]:
        self.asked += 1
        return {partition: Place(Position(1, 100, None), 700) for partition in partitions}

    def pause(self, *partitions: TopicPartition) -> None:
        self.paused |= set(partitions)

    def seek(self, partition: TopicPartition, offset: int) -> None:
        assert offset == 100

    def resume(self, partition: TopicPartition) -> None:
        self.paused.discard(partition)


async def _nothing(*_: Any) -> None:
    return None


CONSUMER = Consumer("support.sla.tickets", (TOPIC,), (), _nothing)


async def placed(assignment: Assignment) -> None:
    """Waits until the running attempts to place are through."""
    for task in list(assignment._tasks):
        await task


async def assigned(log: Log, *partitions: TopicPartition) -> Assignment:
    found = Assignment(CONSUMER, cast(Placement, log))
    found.bind(lambda: log)
    found.take(partitions)
    assert log.paused == set(partitions)
    await placed(found)
    assert not log.paused
    return found


async def test_a_gap_is_believed_when_a_second_fetch_shows_it_again() -> None:
    log = Log()
    here = await assigned(log, ZERO)
    assert not here.leads_on(ZERO, 650)
    assert ZERO not in here.placed
    assert log.paused == {ZERO}
    await placed(here)
    assert here.leads_on(ZERO, 650)


async def test_a_log_that_begins_below_us_is_placed_anew() -> None:
    log = Log()
    here = await assigned(log, ZERO)
    assert not here.leads_on(ZERO, 7)
    await placed(here)
    assert log.asked == 2
    assert here.leads_on(ZERO, 100)


async def test_failures_in_a_row_wait_longer_and_a_success_ends_the_row() -> None:
    here = await assigned(Log(), ZERO)
    waits = [here.failed({ZERO}) for _ in range(8)]
    assert waits[0] <= 0.4
    assert all(5 <= wait <= 10 for wait in waits[-2:])
    here.succeeded()
    assert here.failed({ZERO}) <= 0.4


async def test_records_fetched_before_a_seek_are_dropped_even_if_they_look_like_a_known_gap(
    database: Database,
) -> None:
    reader = Reader(UnitOfWork(database, "/deskstream/sla"), CONSUMER, cast(LogProbe, None))
    log = Log()
    reader.assignment = await assigned(log, ZERO, ONE)
    fetched_after = reader.assignment.seeks.copy()
    # One batch shows a gap; the next was fetched right behind it, and waits for its turn while the
    # partition is placed anew.
    assert reader._due([decoded(ZERO, 150), decoded(ONE, 100)], fetched_after) == [
        decoded(ONE, 100)
    ]
    await placed(reader.assignment)
    assert reader._due([decoded(ZERO, 650)], fetched_after) == []
    again = reader.assignment.seeks.copy()
    assert reader._due([decoded(ZERO, 100)], again) == [decoded(ZERO, 100)]


def decoded(partition: TopicPartition, offset: int) -> Decoded:
    return Decoded(Record(TOPIC, partition.partition, offset, 0, b"k", b"{}", ()), partition)
