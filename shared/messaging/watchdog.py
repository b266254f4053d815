"""Ends the process when consuming has died quietly: FastStream's own ping stays green then."""

import asyncio
import logging
import os
import time
from collections.abc import Callable, Sequence

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from shared.messaging.errors import is_transient
from shared.messaging.metric_names import LAG_RECORDS
from shared.messaging.placement import LogProbe
from shared.messaging.reader import Reader

log = logging.getLogger(__name__)

EXIT_CODE = 70
"""EX_SOFTWARE of sysexits.h: the supervisor starts the process anew."""

_EVERY = 5.0


def end_process(reason: str) -> None:
    """Ends the process without any clean-up: the design makes a crash free."""
    log.critical("watchdog ends the process", extra={"reason": reason})
    for handler in logging.getLogger().handlers:
        handler.flush()
    os._exit(EXIT_CODE)


class Watchdog:
    """Looks every 5 s for dead background tasks and for partitions that stand still."""

    def __init__(
        self,
        readers: Sequence[Reader],
        probe: LogProbe,
        stuck_after: float,
        end: Callable[[str], None] = end_process,
    ) -> None:
        """stuck_after: seconds that a partition with lag, neither paused nor stopped, may stand."""
        self._readers = readers
        self._probe = probe
        self._stuck_after = stuck_after
        self._end = end

    async def run(self) -> None:
        """Watches until cancelled."""
        while True:
            await asyncio.sleep(_EVERY)
            for reader in self._readers:
                reason = dead_task(reader) or await self._stuck(reader)
                if reason:
                    self._end(f"{reader.consumer.name}: {reason}")

    async def _stuck(self, reader: Reader) -> str | None:
        placed = dict(reader.assignment.placed)
        if not placed:
            return None
        try:
            ends = await self._probe.ends(list(placed))
        except Exception as error:
            if isinstance(error, KafkaError) or is_transient(error):
                return None  # the broker is away: nobody can move, and nobody is to blame
            raise
        now = time.monotonic()
        for partition, position in placed.items():
            lag = max(0, ends[partition] - position.next_offset)
            _show_lag(reader, partition, lag)
            still = now - reader.assignment.moved_at.get(partition, now)
            if lag == 0:
                reader.assignment.moved_at[partition] = now
            elif still > self._stuck_after and partition in reader.assignment.placed:
                return f"{partition.topic}[{partition.partition}] has {lag} records to read and \
has not moved for {still:.0f} s"
        return None


def dead_task(reader: Reader) -> str | None:
    """Which background task of the reader's aiokafka consumer has ended, None while all live."""
    client = reader.assignment.client
    if client is None or client._closed:
        return None
    coordinator = getattr(client._coordinator, "_coordination_task", None)
    if coordinator is not None and coordinator.done():
        return "its group coordinator task is dead"
    fetcher = getattr(client._fetcher, "_fetch_task", None)
    if fetcher is not None and fetcher.done():
        return "its fetcher task is dead"
    return None


def _show_lag(reader: Reader, partition: TopicPartition, lag: int) -> None:
    LAG_RECORDS.labels(reader.consumer.name, partition.topic, partition.partition).set(lag)
