"""The partitions that a consumer has at the moment, and where it goes on in each."""

import asyncio
import logging
import random
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from shared.messaging.consumer import Consumer
from shared.messaging.errors import is_transient
from shared.messaging.metric_names import STOPPED
from shared.messaging.offsets import Position
from shared.messaging.placement import Place, Placement

log = logging.getLogger(__name__)

_LONGEST_PAUSE = 10.0


class Assignment:
    """Partitions come, are *placed* (their offset is checked and sought), and go.

    Records of a partition that is not placed are dropped unread: placing seeks to them again.
    seeks counts how often each was placed: records that were fetched before the last seek are
    dropped too, since they are fetched again.
    """

    def __init__(self, consumer: Consumer, placement: Placement) -> None:
        self.placed: dict[TopicPartition, Position] = {}
        self.stopped: set[TopicPartition] = set()
        self.assigned: set[TopicPartition] = set()
        self.moved_at: dict[TopicPartition, float] = {}
        self.seeks: Counter[TopicPartition] = Counter()
        self.joined = False
        self._consumer = consumer
        self._placement = placement
        self._client: Callable[[], AIOKafkaConsumer | None] = lambda: None
        self._goals: dict[TopicPartition, int] = {}
        self._gaps: dict[TopicPartition, int] = {}
        self._failures: Counter[TopicPartition] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()

    def bind(self, client: Callable[[], AIOKafkaConsumer | None]) -> None:
        """Says where to find the aiokafka consumer that FastStream runs."""
        self._client = client

    @property
    def client(self) -> AIOKafkaConsumer | None:
        """The aiokafka consumer, None before the start."""
        return self._client()

    @property
    def caught_up(self) -> bool:
        """Whether every assigned partition was read to where its log ended when it was placed."""
        return self.joined and all(
            partition in self.placed
            and self.placed[partition].next_offset >= self._goals.get(partition, 0)
            for partition in self.assigned
        )

    def let_go(self) -> None:
        """Forgets all partitions."""
        for task in self._tasks:
            task.cancel()
        for partition in self.stopped:
            self._show_stopped(partition, False)
        for kept in (self.placed, self.moved_at, self._gaps, self._failures):
            kept.clear()
        self.stopped.clear()
        self.assigned = set()

    def take(self, assigned: Collection[TopicPartition]) -> None:
        """Pauses what was assigned before anything is fetched; places it in the background."""
        self.let_go()
        self.joined = self.joined or not assigned
        self.assigned = set(assigned)
        if self.client is not None and assigned:
            self.client.pause(*assigned)
            self.place(assigned)

    def place(self, partitions: Iterable[TopicPartition], delay: float = 0.0) -> None:
        """Begins to place partitions after so many seconds, and tries until it has succeeded."""
        task = asyncio.create_task(self._place(sorted(partitions), delay))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _place(self, partitions: list[TopicPartition], delay: float) -> None:
        while True:
            await asyncio.sleep(delay)
            try:
                places = await self._placement.find(partitions)
                break
            except (KafkaError, Exception) as error:
                if not isinstance(error, KafkaError) and not is_transient(error):
                    log.exception("placing failed", extra={"consumer": self._consumer.name})
                delay = self.failed(partitions)
        for partition, place in places.items():
            if partition in self.assigned:
                self.go_on(partition, place)
        # Only now is it known whether one of them is stopped.
        self.joined = True

    def go_on(self, partition: TopicPartition, place: Place) -> None:
        """Seeks to a place and reads on from there, or leaves the partition stopped."""
        client = self.client
        if client is None:
            return
        self._goals[partition] = place.end
        if place.position is None:
            self.stop(partition)
            return
        client.seek(partition, place.position.next_offset)
        self.seeks[partition] += 1
        self.placed[partition] = place.position
        self.moved_at[partition] = time.monotonic()
        client.resume(partition)

    def unplace(self, partitions: Collection[TopicPartition]) -> None:
        """Pauses partitions, while polling and heartbeats go on."""
        for partition in partitions:
            self.placed.pop(partition, None)
        present = [p for p in partitions if p in self.assigned]
        if self.client is not None and present:
            self.client.pause(*present)

    def failed(self, partitions: Iterable[TopicPartition]) -> float:
        """Counts one more failure in a row; how long to wait, in seconds: 0.2 s doubled each time,
        at most 10 s, with jitter so that replicas do not march.
        """
        self._failures.update(partitions)
        tries = min(10, max((self._failures[p] for p in partitions), default=1))
        return min(_LONGEST_PAUSE, 0.2 * 2.0**tries) * random.uniform(0.5, 1.0)

    def succeeded(self) -> None:
        """A batch went through."""
        self._failures.clear()

    def moved(self, positions: Mapping[TopicPartition, Position]) -> None:
        """A batch was committed up to these positions."""
        now = time.monotonic()
        for partition, position in positions.items():
            if partition in self.placed:
                self.placed[partition] = position
                self.moved_at[partition] = now

    def leads_on(self, partition: TopicPartition, first: int) -> bool:
        """Whether a poll that begins at `first` goes on where we are; if not, places anew.

        Compaction and retention leave gaps; so do records fetched before a seek. A gap that a
        second fetch, from a freshly checked offset, shows again is one of the log.
        """
        place = self.placed[partition]
        if first == place.next_offset:
            return True
        if first > place.next_offset and self._gaps.pop(partition, None) == place.next_offset:
            return True
        self.unplace({partition})
        if first > place.next_offset:
            self._gaps[partition] = place.next_offset
        # Else it is a log that ends before us: aiokafka begins it again by itself; so must we.
        self.place({partition})
        return False

    def stop(self, partition: TopicPartition) -> None:
        """Reads no further in it until an operator resumes it."""
        self.unplace({partition})
        self.stopped.add(partition)
        self._show_stopped(partition, True)

    def lift(self, partitions: Collection[TopicPartition]) -> None:
        """An operator has resumed partitions."""
        for partition in partitions:
            self._show_stopped(partition, False)
        self.stopped -= set(partitions)
        self.place(partitions)

    def _show_stopped(self, partition: TopicPartition, stopped: bool) -> None:
        labels = (self._consumer.name, partition.topic, partition.partition)
        STOPPED.labels(*labels).set(int(stopped))
