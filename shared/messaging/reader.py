"""One consumer at work: batches are decoded, applied one after another, and put back on failure."""

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import groupby
from operator import attrgetter

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import IllegalStateError, KafkaError

from shared.messaging import failpoint, offsets
from shared.messaging.apply import Applier, positions
from shared.messaging.assignment import Assignment
from shared.messaging.consumer import Consumer
from shared.messaging.decode import Decoded, Record, decode
from shared.messaging.errors import describe, is_transient
from shared.messaging.metric_names import BATCH_SECONDS, RETRIES
from shared.messaging.offsets import Position
from shared.messaging.placement import LogProbe, Placement
from shared.messaging.telemetry import batch_span
from shared.messaging.unit import UnitOfWork

log = logging.getLogger(__name__)

_REVOKE_SECONDS = 40.0
_SLICE = 25


class Reader(ConsumerRebalanceListener):  # type: ignore[misc]
    """Reads for one Consumer."""

    def __init__(self, unit: UnitOfWork, consumer: Consumer, probe: LogProbe) -> None:
        self.consumer = consumer
        self.assignment = Assignment(consumer, Placement(unit.database, probe, consumer))
        self._unit = unit
        self._applier = Applier(unit, consumer, self._moved, self._stop)
        self._batch = asyncio.Lock()
        self._applying: asyncio.Task[None] | None = None
        self._closing = False
        self._behind_commit: dict[TopicPartition, int] = {}
        self._unstored: dict[TopicPartition, Position] = {}

    def bind(self, client: Callable[[], AIOKafkaConsumer | None]) -> None:
        """Says where to find the aiokafka consumer that FastStream runs for this reader."""
        self.assignment.bind(client)

    async def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        """Waits for the running batch, so that its offsets are stored before others read on."""
        try:
            async with asyncio.timeout(_REVOKE_SECONDS), self._batch:
                self._let_go()
        except TimeoutError:
            self._let_go()

    async def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        """Checks where to go on before anything is read."""
        self._behind_commit.clear()
        self.assignment.take(assigned)

    def _let_go(self) -> None:
        self._behind_commit.clear()
        self.assignment.let_go()

    async def take(
        self, records: Sequence[Record], fetched_after: Mapping[TopicPartition, int], *, wait: bool
    ) -> None:
        """Decodes one polled batch and applies it after the one before.

        fetched_after: the assignment's `seeks` at the poll. wait: until it is applied. Without, the
        next batch is fetched and decoded meanwhile, which keeps this process and the database busy
        at the same time; there is never more than one batch that waits for its turn.
        """
        batch = await self._decoded(records)
        if self._applying is not None:
            await self._applying
        self._applying = asyncio.create_task(self._apply(batch, fetched_after))
        if wait or self._closing:
            await self._applying

    async def _decoded(self, records: Sequence[Record]) -> list[Decoded]:
        """Slice by slice, so that the batch before goes on as soon as the database answers it."""
        batch: list[Decoded] = []
        for begin in range(0, len(records), _SLICE):
            batch += decode(self.consumer, records[begin : begin + _SLICE])
            await asyncio.sleep(0)
        return batch

    async def close(self) -> None:
        """Waits for the running batch; from now on none goes on in the background."""
        self._closing = True
        if self._applying is not None:
            await self._applying

    async def _apply(
        self, batch: Sequence[Decoded], fetched_after: Mapping[TopicPartition, int]
    ) -> None:
        """Applies a batch; whatever could not be applied now is read again later."""
        async with self._batch:
            due = self._due(batch, fetched_after)
            if not due:
                return
            if not any(item.received or item.reason for item in due):
                self._skip(due)
                return
            failpoint.hit("P2")
            epochs = self._epochs()
            try:
                with (
                    BATCH_SECONDS.labels(self.consumer.name).time(),
                    batch_span(self.consumer.name, len(due)) as span,
                ):
                    span.link(due)
                    await self._applier.apply(due, epochs)
                self.assignment.succeeded()
            except BaseException as error:
                self._retreat({item.partition for item in due}, error)
                if not isinstance(error, Exception):
                    raise
            failpoint.hit("P8")

    def _skip(self, batch: Sequence[Decoded]) -> None:
        """None of its records is for this consumer: where it goes on is stored within a second.

        Until then a restart reads them again, and skips them again.
        """
        skipped = positions(batch, self._epochs())
        self._moved(skipped)
        self._unstored |= skipped

    def _epochs(self) -> dict[TopicPartition, int]:
        return {partition: place.epoch for partition, place in self.assignment.placed.items()}

    def _due(
        self, batch: Sequence[Decoded], fetched_after: Mapping[TopicPartition, int]
    ) -> list[Decoded]:
        """The records of placed partitions, from the expected offset on, without unproved gaps.

        fetched_after: how often each partition had been sought when they were fetched.
        """
        due: list[Decoded] = []
        here = self.assignment
        for partition, items in groupby(batch, key=attrgetter("partition")):
            if partition in here.placed and here.seeks[partition] == fetched_after.get(partition):
                records = list(items)
                if here.leads_on(partition, records[0].record.offset):
                    due += records
        return due

    def _retreat(self, partitions: set[TopicPartition], error: BaseException) -> None:
        """Puts a batch back: its partitions pause for a while."""
        partitions &= self.assignment.placed.keys()
        RETRIES.labels(self.consumer.name).inc()
        delay = self.assignment.failed(partitions)
        log.warning(
            "batch put back",
            extra={"consumer": self.consumer.name, "error": describe(error), "seconds": delay},
        )
        if isinstance(error, Exception) and not is_transient(error):
            log.error("unexpected failure of the engine", exc_info=error)
        self.assignment.unplace(partitions)
        if partitions:
            self.assignment.place(partitions, delay)

    def _moved(self, positions: Mapping[TopicPartition, Position]) -> None:
        self.assignment.moved(positions)
        for partition, position in positions.items():
            if partition in self.assignment.placed:
                self._behind_commit[partition] = position.next_offset

    async def _stop(self, partition: TopicPartition, reason: str) -> None:
        async with self._unit.database.writing() as session:
            await offsets.stop(session, self.consumer.name, partition, reason)
        log.error(
            "partition stopped",
            extra={"consumer": self.consumer.name, "topic": partition.topic,
                   "partition": partition.partition, "reason": reason},
        )  # fmt: skip
        self.assignment.stop(partition)

    async def look_after(self) -> None:
        """Every second: resumes what an operator resumed, and tells Kafka how far we are."""
        while True:
            await asyncio.sleep(1)
            try:
                await self._resume_lifted()
                await self._store_skipped()
                await self._commit_to_kafka()
            except Exception as error:
                if not is_transient(error):
                    log.exception("housekeeping failed", extra={"consumer": self.consumer.name})

    async def _resume_lifted(self) -> None:
        if not self.assignment.stopped:
            return
        async with self._unit.database.reading() as session:
            rows = await offsets.stops(session, self.consumer.name)
        still = {TopicPartition(str(row["topic"]), row["partition"]) for row in rows}
        lifted = self.assignment.stopped - still
        for partition in lifted:
            self._applier.forget(partition)
        if lifted:
            self.assignment.lift(lifted)

    async def _store_skipped(self) -> None:
        if not self._unstored:
            return
        skipped = self._unstored
        async with self._unit.database.writing() as session:
            await offsets.advance(session, self.consumer.name, skipped)
        self._unstored = {p: at for p, at in self._unstored.items() if skipped.get(p) != at}

    async def _commit_to_kafka(self) -> None:
        """Kafka's own committed offsets serve lag displays only: an error here harms nothing."""
        ours, self._behind_commit = self._behind_commit, {}
        client = self.assignment.client
        if not ours or client is None:
            return
        try:
            await client.commit({p: offset for p, offset in ours.items()})
        except (KafkaError, IllegalStateError) as error:
            log.info(
                "kafka commit failed",
                extra={"consumer": self.consumer.name, "error": type(error).__name__},
            )
