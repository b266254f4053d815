"""One consumer at work: partitions come and go, batches are applied, failures put back."""

import asyncio
import logging
import random
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import groupby
from operator import attrgetter

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import IllegalStateError, KafkaError

from shared.messaging import failpoint, offsets
from shared.messaging.apply import Applier
from shared.messaging.consumer import Consumer
from shared.messaging.decode import Decoded, Record, decode
from shared.messaging.errors import describe, is_transient
from shared.messaging.metric_names import BATCH_SECONDS, RETRIES, STOPPED
from shared.messaging.offsets import Position
from shared.messaging.placement import LogProbe, Placement
from shared.messaging.telemetry import batch_span
from shared.messaging.unit import UnitOfWork

log = logging.getLogger(__name__)

_LONGEST_PAUSE = 10.0
_REVOKE_SECONDS = 40.0


class Reader(ConsumerRebalanceListener):  # type: ignore[misc]
    """Reads for one Consumer. A partition is *placed* once its offset was checked and sought.

    Records of a partition that is not placed are dropped unread: placing seeks to them again.
    """

    def __init__(self, unit: UnitOfWork, consumer: Consumer, probe: LogProbe) -> None:
        self.consumer = consumer
        self.placed: dict[TopicPartition, Position] = {}
        self.stopped: set[TopicPartition] = set()
        self.assigned: set[TopicPartition] = set()
        self.moved_at: dict[TopicPartition, float] = {}
        self.goals: dict[TopicPartition, int] = {}
        self.joined = False
        self._client: Callable[[], AIOKafkaConsumer | None] = lambda: None
        self._unit = unit
        self._placement = Placement(unit.database, probe, consumer)
        self._applier = Applier(unit, consumer, self._moved, self._stop)
        self._batch = asyncio.Lock()
        self._applying: asyncio.Task[None] | None = None
        self._closing = False
        self._gaps: dict[TopicPartition, int] = {}
        self._failures: Counter[TopicPartition] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()
        self._behind_commit: dict[TopicPartition, int] = {}

    def bind(self, client: Callable[[], AIOKafkaConsumer | None]) -> None:
        """Says where to find the aiokafka consumer that FastStream runs for this reader."""
        self._client = client

    @property
    def client(self) -> AIOKafkaConsumer | None:
        """The aiokafka consumer, None before the start."""
        return self._client()

    # -- partitions come and go -------------------------------------------------------------

    async def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        """Waits for the running batch, so that its offsets are stored before others read on."""
        try:
            async with asyncio.timeout(_REVOKE_SECONDS), self._batch:
                self._let_go()
        except TimeoutError:
            self._let_go()

    async def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        """Pauses what was assigned before anything is fetched; places it in the background."""
        self._let_go()
        self.joined = True
        self.assigned = set(assigned)
        if self.client is not None and assigned:
            self.client.pause(*assigned)
            self._start_placing(assigned)

    def _let_go(self) -> None:
        for task in self._tasks:
            task.cancel()
        for partition in self.stopped:
            STOPPED.labels(self.consumer.name, partition.topic, partition.partition).set(0)
        for kept in (self.placed, self.moved_at, self._gaps, self._failures, self._behind_commit):
            kept.clear()
        self.stopped.clear()
        self.assigned = set()

    def _start_placing(self, partitions: Iterable[TopicPartition], delay: float = 0.0) -> None:
        task = asyncio.create_task(self._place(sorted(partitions), delay))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _place(self, partitions: list[TopicPartition], delay: float) -> None:
        """Seeks to checked offsets and resumes; tries until database and broker answer."""
        while True:
            await asyncio.sleep(delay)
            try:
                places = await self._placement.find(partitions)
                break
            except (KafkaError, Exception) as error:
                if not isinstance(error, KafkaError) and not is_transient(error):
                    log.exception("placing failed", extra={"consumer": self.consumer.name})
                delay = _backoff(sum(self._fail(partitions).values()) // len(partitions))
        client = self.client
        for partition, place in places.items():
            if client is None or partition not in self.assigned:
                continue
            self.goals[partition] = place.end
            if place.position is None:
                self._mark_stopped(partition)
                continue
            client.seek(partition, place.position.next_offset)
            self.placed[partition] = place.position
            self.moved_at[partition] = time.monotonic()
            client.resume(partition)

    def _fail(self, partitions: Iterable[TopicPartition]) -> Counter[TopicPartition]:
        self._failures.update(partitions)
        return self._failures

    # -- batches ----------------------------------------------------------------------------

    async def take(self, records: Sequence[Record], *, wait: bool) -> None:
        """Decodes one polled batch and applies it after the one before.

        wait: until it is applied. Without, the next batch is fetched and decoded meanwhile, which
        keeps this process and the database busy at the same time; there is never more than one
        batch that waits for its turn.
        """
        batch = decode(self.consumer, records)
        if self._applying is not None:
            await self._applying
        self._applying = asyncio.create_task(self._apply(batch))
        if wait or self._closing:
            await self._applying

    async def close(self) -> None:
        """Waits for the running batch; from now on none goes on in the background."""
        self._closing = True
        if self._applying is not None:
            await self._applying

    async def _apply(self, batch: Sequence[Decoded]) -> None:
        """Applies a batch; whatever could not be applied now is read again later."""
        async with self._batch:
            due = self._due(batch)
            if not due:
                return
            failpoint.hit("P2")
            epochs = {partition: place.epoch for partition, place in self.placed.items()}
            try:
                with (
                    BATCH_SECONDS.labels(self.consumer.name).time(),
                    batch_span(self.consumer.name, len(due)) as span,
                ):
                    span.link(due)
                    await self._applier.apply(due, epochs)
                self._failures.clear()
            except BaseException as error:
                self._retreat({item.partition for item in due}, error)
                if not isinstance(error, Exception):
                    raise
            failpoint.hit("P8")

    def _due(self, batch: Sequence[Decoded]) -> list[Decoded]:
        """The records of placed partitions, from the expected offset on, without unproved gaps."""
        due: list[Decoded] = []
        for partition, items in groupby(batch, key=attrgetter("partition")):
            place, records = self.placed.get(partition), list(items)
            if place and not self._is_elsewhere(partition, place, records[0].record.offset):
                due += records
        return due

    def _is_elsewhere(self, partition: TopicPartition, place: Position, first: int) -> bool:
        """Whether a poll does not go on where we are; then the partition is placed anew."""
        if first > place.next_offset:
            return not self._gap_is_real(partition, place)
        if first < place.next_offset:
            # A log that ends before us: aiokafka begins it again by itself, and so must we.
            self._unplace({partition})
            self._start_placing({partition})
            return True
        return False

    def _gap_is_real(self, partition: TopicPartition, place: Position) -> bool:
        """Compaction and retention leave gaps; so do records fetched before a seek. Fetch again.

        A gap that a second fetch, from a freshly checked offset, shows again is one of the log.
        """
        if self._gaps.pop(partition, None) == place.next_offset:
            return True
        self._unplace({partition})
        self._gaps[partition] = place.next_offset
        self._start_placing({partition})
        return False

    def _retreat(self, partitions: set[TopicPartition], error: BaseException) -> None:
        """Puts a batch back: its partitions pause, while polling and heartbeats go on."""
        partitions &= set(self.placed)
        RETRIES.labels(self.consumer.name).inc()
        tries = max(self._fail(partitions).values(), default=1)
        delay = _backoff(tries)
        log.warning(
            "batch put back",
            extra={"consumer": self.consumer.name, "error": describe(error), "seconds": delay},
        )
        if isinstance(error, Exception) and not is_transient(error):
            log.error("unexpected failure of the engine", exc_info=error)
        self._unplace(partitions)
        if partitions:
            self._start_placing(partitions, delay)

    def _unplace(self, partitions: set[TopicPartition]) -> None:
        for partition in partitions:
            self.placed.pop(partition, None)
        present = [p for p in partitions if p in self.assigned]
        if self.client is not None and present:
            self.client.pause(*present)

    def _moved(self, positions: Mapping[TopicPartition, Position]) -> None:
        now = time.monotonic()
        for partition, position in positions.items():
            if partition in self.placed:
                self.placed[partition] = position
                self.moved_at[partition] = now
                self._behind_commit[partition] = position.next_offset

    # -- stops ------------------------------------------------------------------------------

    async def _stop(self, partition: TopicPartition, reason: str) -> None:
        async with self._unit.database.writing() as session:
            await offsets.stop(session, self.consumer.name, partition, reason)
        log.error(
            "partition stopped",
            extra={"consumer": self.consumer.name, "topic": partition.topic,
                   "partition": partition.partition, "reason": reason},
        )  # fmt: skip
        self._unplace({partition})
        self._mark_stopped(partition)

    def _mark_stopped(self, partition: TopicPartition) -> None:
        self.stopped.add(partition)
        STOPPED.labels(self.consumer.name, partition.topic, partition.partition).set(1)

    async def look_after(self) -> None:
        """Every second: resumes what an operator resumed, and tells Kafka how far we are."""
        while True:
            await asyncio.sleep(1)
            try:
                await self._resume_lifted()
                await self._commit_to_kafka()
            except Exception as error:
                if not is_transient(error):
                    log.exception("housekeeping failed", extra={"consumer": self.consumer.name})

    async def _resume_lifted(self) -> None:
        if not self.stopped:
            return
        async with self._unit.database.reading() as session:
            rows = await offsets.stops(session, self.consumer.name)
        still = {TopicPartition(str(row["topic"]), row["partition"]) for row in rows}
        lifted = {partition for partition in self.stopped if partition not in still}
        for partition in lifted:
            self._applier.forget(partition)
            STOPPED.labels(self.consumer.name, partition.topic, partition.partition).set(0)
        self.stopped -= lifted
        if lifted:
            self._start_placing(lifted)

    async def _commit_to_kafka(self) -> None:
        """Kafka's own committed offsets serve lag displays only: an error here harms nothing."""
        ours, self._behind_commit = self._behind_commit, {}
        if not ours or self.client is None:
            return
        try:
            await self.client.commit({p: offset for p, offset in ours.items()})
        except (KafkaError, IllegalStateError) as error:
            log.info(
                "kafka commit failed",
                extra={"consumer": self.consumer.name, "error": type(error).__name__},
            )

    @property
    def caught_up(self) -> bool:
        """Whether every assigned partition was read to where its log ended when it was placed."""
        return self.joined and all(
            partition in self.placed
            and self.placed[partition].next_offset >= self.goals.get(partition, 0)
            for partition in self.assigned
        )


def _backoff(tries: int) -> float:
    """0.2 s doubled with every try, at most 10 s, with jitter so that replicas do not march."""
    longest = min(_LONGEST_PAUSE, 0.2 * 2.0 ** min(tries, 10))
    return longest * random.uniform(0.5, 1.0)
