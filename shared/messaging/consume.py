"""All consumers of a service at work in one process, with their broker, probe and watchdog."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from aiokafka import TopicPartition

from shared.messaging.broker import make_broker
from shared.messaging.consumer import Consumer
from shared.messaging.parked import retry_unknown_types
from shared.messaging.placement import LogProbe
from shared.messaging.reader import Reader
from shared.messaging.settings import KafkaSettings
from shared.messaging.unit import UnitOfWork
from shared.messaging.watchdog import Watchdog


class Consumption:
    """Starts, stops and reports on the consumers of one process."""

    def __init__(
        self, unit: UnitOfWork, consumers: Sequence[Consumer], settings: KafkaSettings
    ) -> None:
        self._unit = unit
        self._consumers = consumers
        self._probe = LogProbe(settings)
        self.readers = [Reader(unit, consumer, self._probe) for consumer in consumers]
        self._broker = make_broker(settings, self.readers)
        self._watchdog = Watchdog(self.readers, self._probe, settings.stuck_after)
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Joins the groups. Raises KafkaError when no broker answers: start again later.

        Records that were parked as unknown-type by an older version are applied first.
        """
        await retry_unknown_types(self._unit, self._consumers)
        await self._broker.start()
        self._tasks = [asyncio.create_task(reader.look_after()) for reader in self.readers]
        self._tasks.append(asyncio.create_task(self._watchdog.run()))

    async def stop(self) -> None:
        """Finishes the running batches, leaves the groups, closes the connections."""
        for task in self._tasks:
            task.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(reader.close() for reader in self.readers))
        await self._broker.stop()
        await self._probe.close()

    def stopped(self) -> list[tuple[str, TopicPartition]]:
        """The (consumer, partition) pairs of this process that an operator must resume."""
        return [
            (reader.consumer.name, p) for reader in self.readers for p in reader.assignment.stopped
        ]

    def not_ready(self) -> list[str]:
        """Why consuming is not ready, in words; empty when it is."""
        reasons = []
        for reader in self.readers:
            name, assignment = reader.consumer.name, reader.assignment
            if not assignment.joined:
                reasons.append(f"{name} has not joined its group yet")
            for partition in sorted(assignment.stopped):
                reasons.append(f"{name} is stopped on {partition.topic}[{partition.partition}]")
            if reader.consumer.compacted and assignment.joined and not assignment.caught_up:
                reasons.append(f"{name} has not read its topic to the end yet")
        return reasons
