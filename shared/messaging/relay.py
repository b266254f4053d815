"""Publishes the outbox: the only place of the suite that sends to Kafka.

One relay is active per shard, by an advisory lock on a connection of its own; whoever freezes with
the lock loses its session after 10 s. Rows go oldest first; a partition's next batch is built only
after the last one's acknowledgement and delete, so no failure can reorder a key.
"""

import asyncio
import logging
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable

from shared.messaging import failpoint
from shared.messaging.errors import describe
from shared.messaging.metric_names import PUBLISHED, RELAY_SHARDS
from shared.messaging.outbox_rows import OutboxConnection
from shared.messaging.producer import OutboxRow, Producer, Refused
from shared.messaging.settings import KafkaSettings

log = logging.getLogger(__name__)

Partition = tuple[str, int]

_POLL = 0.015
# Where all rows are of this process, whose commits wake it, five idle services need not ask the
# database 300 times a second; rows of others are found late once, and soon from then on.
_CALM_POLL = 0.1
_OTHERS_WRITE = 10.0
_TOUCH = 2.0
_LINGER = 0.2
_ASK_AGAIN = 5.0
# A small page is followed by a short rest: the next one is larger, and so are its readers' batches.
_FEW = 100
_PACE = 0.005


class Relay:
    """Runs until cancelled; every failure ends one attempt, and the next begins from the rows."""

    def __init__(
        self,
        connect: Callable[[], Awaitable[OutboxConnection]],
        settings: KafkaSettings,
        committed: asyncio.Event,
    ) -> None:
        """committed: set by a commit of this process, so that its rows need no poll."""
        self._connect = connect
        self._settings = settings
        self._committed = committed
        self._singly: Counter[Partition] = Counter()
        self._woken = True
        self._others_until = 0.0
        self.healthy = False

    async def run(self) -> None:
        """Publishes for ever, backing off up to 5 s while database or broker are away."""
        delay = 0.3
        while True:
            try:
                await self._attempt()
            except Refused:
                delay = 0.0
            except Exception as error:
                log.warning("relay begins again", extra={"error": describe(error)})
                delay = min(5.0, max(0.3, delay * 1.5)) if not self.healthy else 0.3
            self.healthy = False
            RELAY_SHARDS.set(0)
            await asyncio.sleep(delay)

    async def _attempt(self) -> None:
        rows = await self._connect()
        try:
            await self._stand_by(rows)
            producer = Producer(self._settings)
            try:
                await producer.start()
                page = self._settings.relay_page
                await _Publishing(rows, producer, page, self._singly).run(self)
            finally:
                await producer.discard()
        finally:
            await rows.close()

    async def _stand_by(self, rows: OutboxConnection) -> None:
        """Waits for the lock of at least one shard."""
        while not await rows.take_shards():
            self.healthy = True
            await asyncio.sleep(0.5)

    async def idle(self) -> None:
        """Waits for a commit of this process, or the next poll."""
        self.healthy = self._woken = True
        clock = asyncio.get_running_loop().time
        try:
            async with asyncio.timeout(_POLL if clock() < self._others_until else _CALM_POLL):
                await self._committed.wait()
        except TimeoutError:
            self._woken = False
        self._committed.clear()

    def found(self) -> None:
        """There were rows: of another process, where no commit of this one has told of them."""
        if not self._woken:
            self._others_until = asyncio.get_running_loop().time() + _OTHERS_WRITE


class _Publishing:
    """One attempt with one connection and one producer. Any unknown outcome ends it."""

    def __init__(
        self, rows: OutboxConnection, producer: Producer, page: int, singly: Counter[Partition]
    ) -> None:
        """singly: how many rows of a partition go one by one, since a batch of them was refused."""
        self._rows = rows
        self._producer = producer
        self._page = page
        self._singly = singly
        self._counts: dict[str, int] = {}
        self._absent: dict[str, float] = {}
        self._in_flight: dict[asyncio.Task[list[OutboxRow]], Partition] = {}
        self._touched = 0.0
        self._cut = False

    async def run(self, relay: Relay) -> None:
        try:
            while True:
                await self._keep_shards()
                found, drained = await self._turn()
                if found:
                    relay.found()
                if 0 < found < _FEW:
                    await asyncio.sleep(_PACE)
                if drained:
                    await relay.idle()
        finally:
            for task in self._in_flight:
                task.cancel()
            await asyncio.gather(*self._in_flight, return_exceptions=True)

    async def _keep_shards(self) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._touched > _TOUCH:
            RELAY_SHARDS.set(len(await self._rows.take_shards()))
            self._touched = now

    async def _turn(self) -> tuple[int, bool]:
        """Publishes one page: (how many rows it had, whether nothing is left to publish).

        Something may be left after a full page, of a partition that was not in it since its last
        batch was on its way, and where a partition's rows were more than fit one batch.
        """
        whole, self._cut = not self._in_flight, False
        page = await self._rows.page(self._page, self._busy(asyncio.get_running_loop().time()))
        for partition, rows in (await self._by_partition(page)).items():
            self._in_flight[asyncio.create_task(self._send(partition, rows))] = partition
        await self._collect()
        drained = whole and len(page) < self._page and not self._in_flight and not self._cut
        return len(page), drained

    async def _by_partition(self, page: list[OutboxRow]) -> dict[Partition, list[OutboxRow]]:
        grouped: defaultdict[Partition, list[OutboxRow]] = defaultdict(list)
        for row in page:
            if count := await self._count(row.topic):
                grouped[row.topic, row.key_hash % count].append(row)
        return grouped

    def _busy(self, now: float) -> list[tuple[str, int, int]]:
        """What a page leaves out, as (topic, count, partition): one of 1 is the whole topic."""
        self._absent = {topic: at for topic, at in self._absent.items() if at > now}
        sending = [(t, self._counts[t], p) for t, p in self._in_flight.values()]
        return sending + [(topic, 1, 0) for topic in self._absent]

    async def _count(self, topic: str) -> int:
        """The partitions of a topic; 0 if it does not exist, so that its rows wait alone."""
        if topic not in self._counts and topic not in self._absent:
            count = await self._producer.partitions(topic)
            if count:
                self._counts[topic] = count
            else:
                log.error(
                    "outbox rows wait for a topic that does not exist", extra={"topic": topic}
                )
                self._absent[topic] = asyncio.get_running_loop().time() + _ASK_AGAIN
        return self._counts.get(topic, 0)

    async def _send(self, partition: Partition, rows: list[OutboxRow]) -> list[OutboxRow]:
        """Publishes the first batchful of `rows`, or the first alone after a refused batch."""
        due = rows[:1] if self._singly[partition] > 0 else rows
        sent = rows[: await self._producer.send(partition[1], due)]
        self._cut |= len(sent) < len(rows)
        self._singly[partition] -= len(sent)
        return sent

    async def _collect(self) -> None:
        """Deletes what is acknowledged; a partition that takes longer goes on in the background."""
        if not self._in_flight:
            return
        done, _ = await asyncio.wait(self._in_flight, timeout=_LINGER)
        if done:
            failpoint.hit("P6")
        # What was acknowledged beside another partition's error is deleted all the same.
        await self._delete([row for task in done if not task.exception() for row in task.result()])
        failures = [(self._in_flight.pop(task), task.exception()) for task in done]
        for partition, failure in failures:
            if isinstance(failure, Refused):
                await self._set_aside(partition, failure)
        for _, failure in failures:
            if failure is not None:
                raise failure

    async def _set_aside(self, partition: Partition, refusal: Refused) -> None:
        """A refused batch goes row by row from now on; a row refused alone is the one to blame."""
        if refusal.row is None:
            self._singly[partition] = refusal.rows
            return
        self._singly[partition] = 0
        await self._rows.refuse(refusal.row, refusal.error)
        log.error(
            "outbox row refused",
            extra={"topic": partition[0], "row": refusal.row.id, "error": refusal.error},
        )

    async def _delete(self, sent: list[OutboxRow]) -> None:
        if not sent:
            return
        failpoint.hit("P7")
        await self._rows.delete([row.id for row in sent])
        for topic, count in Counter(row.topic for row in sent).items():
            PUBLISHED.labels(topic).inc(count)
