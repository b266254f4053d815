"""One batch of records to one transaction; a batch that fails is halved down to the culprit."""

from collections import Counter, defaultdict, deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from operator import attrgetter
from uuid import UUID

from aiokafka import TopicPartition

from shared.messaging import failpoint, hold, inbox, offsets
from shared.messaging.breaker import Breaker
from shared.messaging.consumer import Consumer
from shared.messaging.decode import Decoded, record_hash
from shared.messaging.errors import (
    describe,
    is_statement_timeout,
    is_transient,
    is_unique_violation,
)
from shared.messaging.metric_names import APPLIED, DUPLICATES
from shared.messaging.offsets import Position
from shared.messaging.outbox import Outbox
from shared.messaging.park import park
from shared.messaging.unit import UnitOfWork
from shared.storage.sessions import Session

Moved = Callable[[Mapping[TopicPartition, Position]], None]
Stop = Callable[[TopicPartition, str], Awaitable[None]]

_partition = attrgetter("partition")
_TIMEOUTS_OF_A_BATCH = 2
_TIMEOUTS_OF_A_RECORD = 3


class Applier:
    """Applies records for one consumer: inbox, use case, outbox, parking, offsets, COMMIT."""

    def __init__(self, unit: UnitOfWork, consumer: Consumer, moved: Moved, stop: Stop) -> None:
        """moved: told the new positions after each commit. stop: called when the breaker trips."""
        self._unit = unit
        self._consumer = consumer
        self._moved = moved
        self._stop = stop
        self._breakers: defaultdict[TopicPartition, Breaker] = defaultdict(Breaker)
        self._timeouts: Counter[tuple[TopicPartition, int, bool]] = Counter()

    def forget(self, partition: TopicPartition) -> None:
        """An operator resumed `partition`: its failures so far no longer count."""
        self._breakers.pop(partition, None)

    async def apply(self, batch: Sequence[Decoded], epochs: Mapping[TopicPartition, int]) -> None:
        """Applies `batch`, in order per partition. epochs: the log's epoch of each partition.

        Raises a transient error when nothing more can be done now: what is not committed yet must
        be read again. A record whose use case raises anything else is parked alone.
        """
        parts = deque([list(batch)])
        stopped: set[TopicPartition] = set()
        retried = False
        while parts:
            part = parts.popleft()
            if stopped:
                part = [item for item in part if item.partition not in stopped]
            if not part:
                continue
            try:
                await self._commit(part, epochs)
            except Exception as error:
                if is_unique_violation(error) and not retried:
                    retried = True
                    parts.appendleft(part)
                    continue
                self._raise_if_passing(error, part)
                if len(part) > 1:
                    middle = len(part) // 2
                    parts.extendleft((part[middle:], part[:middle]))
                elif not await self._park_failed(part[0], error, epochs):
                    stopped.add(part[0].partition)
            retried = False
            if parts:
                failpoint.hit("P9")

    async def _commit(self, part: Sequence[Decoded], epochs: Mapping[TopicPartition, int]) -> None:
        read = await self._prepare([item for item in part if item.received])
        async with self._unit.begin() as (session, outbox, now):
            held = await self._held(session, read)
            due = self._due(read, await self._claim(session, read))
            given = [item.received for item in due if item.received and item.record.key not in held]
            if given:
                await self._consumer.handle(session, outbox, given, now)
            broken = [item for item in part if item.reason]
            if held or outbox.refused:
                broken += _refused(due, held, outbox)
            await self._keep(session, outbox, broken, epochs)
            ends = positions(part, epochs)
            await offsets.advance(session, self._consumer.name, ends)
        self._settled(part, due, len(given), len(read) - len(given))
        self._moved(ends)

    async def _prepare(self, read: Sequence[Decoded]) -> Sequence[Decoded]:
        """Runs the consumer's slow work outside of the transaction."""
        if self._consumer.prepare is None:
            return read
        events = [item.received for item in read if item.received]
        made = {received.uid: received for received in await self._consumer.prepare(events)}
        return [replace(item, received=made[item.received.uid]) for item in read if item.received]

    async def _held(self, session: Session, read: Sequence[Decoded]) -> set[bytes | None]:
        if not self._consumer.ordered:
            return set()
        keys = [item.record.key for item in read if item.record.key]
        return set(await hold.held(session, self._consumer.name, keys))

    async def _claim(self, session: Session, read: Sequence[Decoded]) -> set[UUID]:
        """The ids to apply now. Each stands for its first record, should a batch hold it twice."""
        claims = {item.claim for item in read if item.claim}
        if self._consumer.compacted:
            return claims
        return await inbox.claim(session, self._consumer.name, claims)

    def _due(self, read: Sequence[Decoded], fresh: set[UUID]) -> Sequence[Decoded]:
        """The records to apply: of copies within one batch only the first."""
        if self._consumer.compacted:
            return read
        due = []
        for item in read:
            if item.claim in fresh:
                fresh.discard(item.claim)
                due.append(item)
        return due

    async def _keep(
        self,
        session: Session,
        outbox: Outbox,
        broken: Sequence[Decoded],
        epochs: Mapping[TopicPartition, int],
    ) -> None:
        await park(session, outbox, self._consumer.name, broken, epochs)
        if self._consumer.ordered:
            keys = [item.record.key for item in broken if item.record.key]
            await hold.hold(session, self._consumer.name, keys)

    async def _park_failed(
        self, item: Decoded, error: Exception, epochs: Mapping[TopicPartition, int]
    ) -> bool:
        """Parks the one record whose use case raised, or stops its partition: then False."""
        tripped = self._breakers[item.partition].failed()
        if tripped:
            await self._stop(item.partition, tripped)
            return False
        async with self._unit.begin() as (session, outbox, _):
            # Its preparation may have raised for a copy of what was applied long ago.
            if not item.claim or item.claim in await self._claim(session, [item]):
                failed = replace(item, reason="failed", detail=describe(error))
                await self._keep(session, outbox, [failed], epochs)
            ends = positions([item], epochs)
            await offsets.advance(session, self._consumer.name, ends)
        self._moved(ends)
        return True

    def _raise_if_passing(self, error: Exception, part: Sequence[Decoded]) -> None:
        """Raises `error` again when the record is not to blame, as far as can be told."""
        if not is_transient(error):
            return
        if not is_statement_timeout(error):
            raise error
        # A statement that is given up again and again may have one record to blame: the batch is
        # halved after its second time, and a record alone is parked after its third.
        alone = len(part) == 1
        first = (part[0].partition, part[0].record.offset, alone)
        self._timeouts[first] += 1
        if self._timeouts[first] < (_TIMEOUTS_OF_A_RECORD if alone else _TIMEOUTS_OF_A_BATCH):
            raise error
        if alone:
            del self._timeouts[first]

    def _settled(
        self, part: Sequence[Decoded], due: Sequence[Decoded], applied: int, passed: int
    ) -> None:
        if self._timeouts:
            for item in part:
                for alone in (True, False):
                    self._timeouts.pop((item.partition, item.record.offset, alone), None)
        APPLIED.labels(self._consumer.name).inc(applied)
        DUPLICATES.labels(self._consumer.name).inc(passed)
        for partition, items in groupby(due, key=_partition):
            self._breakers[partition].succeeded(len(list(items)))


def _refused(due: Sequence[Decoded], held: set[bytes | None], outbox: Outbox) -> list[Decoded]:
    """Those of a part that went through which are parked all the same."""
    refused = []
    for item in due:
        assert item.received
        if item.record.key in held:
            detail = "an earlier record of its key is parked: settle that one first"
            refused.append(replace(item, reason="held", detail=detail))
        elif item.received.uid in outbox.refused:
            reason, detail = outbox.refused[item.received.uid]
            refused.append(replace(item, reason=reason, detail=detail))
    return refused


def positions(
    part: Sequence[Decoded], epochs: Mapping[TopicPartition, int]
) -> dict[TopicPartition, Position]:
    """Where each partition goes on after `part`, in a fixed order."""
    last = {partition: list(items)[-1].record for partition, items in groupby(part, _partition)}
    return {
        partition: Position(epochs[partition], record.offset + 1, record_hash(record))
        for partition, record in sorted(last.items())
    }
