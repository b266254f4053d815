"""What the roles run: consumers, relay, timers and workers, each begun again when it fails."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Final, Literal

from aiokafka.errors import KafkaError

from shared.messaging import offsets
from shared.messaging.consume import Consumption
from shared.messaging.errors import describe, is_transient
from shared.messaging.maintenance import keep_house
from shared.messaging.outbox_rows import OutboxConnection
from shared.messaging.relay import Relay
from shared.messaging.timers import run_timer
from shared.service.health import Check
from shared.service.progress import CopiesProgress
from shared.service.service import Service, Worker

log = logging.getLogger(__name__)
Role = Literal["consume", "relay", "api", "tick"]
ROLES: Final[tuple[Role, ...]] = ("consume", "relay", "api", "tick")
_FAILED_LATELY: Final = 30.0


def parts_of(service: Service, role: Role) -> list[Part]:
    """Everything that a role of the service runs."""
    if role == "consume":
        return [Consuming(service)]
    if role == "relay":
        return [Relaying(service)]
    if role == "api":
        return [Part(_name(work), work) for work in service.listeners]
    timers = [
        Part(timer.name, partial(until, endless=partial(run_timer, service.unit, timer)))
        for timer in service.timers
    ]
    house = Part("housekeeping", partial(until, endless=partial(keep_house, service.database)))
    return [*timers, house, *(Part(_name(work), work) for work in service.workers)]


class Part:
    """Something that a role runs for as long as the process lives, begun again when it fails."""

    def __init__(self, name: str, work: Worker) -> None:
        self.name = name
        self._work = work
        self._failed_at = float("-inf")
        self._reason: str | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Run until `stop` is set; a failure is logged, and after a pause the work begins anew."""
        pause = 0.2
        while not stop.is_set():
            began = time.monotonic()
            try:
                await self._work(stop)
            except Exception as error:
                self._note(error)
            pause = 0.2 if time.monotonic() - began > _FAILED_LATELY else min(10.0, pause * 2)
            await _sleep(stop, pause)

    async def checks(self) -> Sequence[Check]:
        """Not well for half a minute after each failure."""
        ok = time.monotonic() - self._failed_at > _FAILED_LATELY
        return [Check(name=self.name, ok=ok, reason=None if ok else self._reason)]

    def _note(self, error: Exception) -> None:
        self._failed_at, self._reason = time.monotonic(), f"failed: {describe(error)}"
        passing = is_transient(error) or isinstance(error, KafkaError)
        log.log(
            logging.WARNING if passing else logging.ERROR,
            "part begins again",
            extra={"part": self.name},
            exc_info=None if passing else error,
        )


class Consuming(Part):
    """Role consume: all consumers, in their groups."""

    def __init__(self, service: Service) -> None:
        super().__init__("consumers", self._consume)
        self._service = service
        self._consumption: Consumption | None = None

    async def checks(self) -> Sequence[Check]:
        """Assigned, not stopped, and compacted topics read to their end."""
        if self._consumption is None:
            return [Check(name=self.name, ok=False, reason=self._reason or "not started yet")]
        reasons = self._consumption.not_ready()
        return [Check(name=self.name, ok=not reasons, reason="; ".join(reasons) or None)]

    async def _consume(self, stop: asyncio.Event) -> None:
        service = self._service
        consumption = Consumption(service.unit, service.all_consumers, service.settings.kafka)
        try:
            await consumption.start()
            self._consumption = consumption
            await stop.wait()
        finally:
            self._consumption = None
            await consumption.stop()


class Relaying(Part):
    """Role relay: the outbox, published."""

    def __init__(self, service: Service) -> None:
        super().__init__("relay", self._relay)
        settings, name = service.settings, service.name
        self._relay_of_service = Relay(
            lambda: OutboxConnection.open(settings.database, name),
            settings.kafka,
            service.unit.committed,
        )

    async def checks(self) -> Sequence[Check]:
        """Whether it reaches database and broker; standing by for another relay is well."""
        ok = self._relay_of_service.healthy
        return [Check(name=self.name, ok=ok, reason=None if ok else "cannot publish just now")]

    async def _relay(self, stop: asyncio.Event) -> None:
        await until(stop, self._relay_of_service.run)


class Onlooker:
    """What a process that does not consume knows of the consumers, from their database."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._copies = CopiesProgress(service)

    async def checks(self) -> Sequence[Check]:
        """Copies read to their end; partitions that stand still are named, and do no harm here."""
        async with self._service.database.reading() as session:
            stops = await offsets.stops(session)
        named = ", ".join(f"{s['consumer']} on {s['topic']}[{s['partition']}]" for s in stops)
        behind = await self._copies.behind()
        return [
            Check(name="copies", ok=not behind, reason="; ".join(behind) or None),
            Check(name="partitions", ok=True, reason=f"stopped: {named}" if named else None),
        ]


async def until(stop: asyncio.Event, endless: Callable[[], Awaitable[None]]) -> None:
    """Run what never ends by itself until `stop` is set; raises what it raises."""
    task = asyncio.ensure_future(endless())
    stopping = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait((task, stopping), return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopping.cancel()
        task.cancel()
        await asyncio.wait((task,))
    if not task.cancelled() and (error := task.exception()) is not None:
        raise error


def _name(work: Worker) -> str:
    """What /ready calls it: `Pressure.watch` says more than `watch`."""
    return str(getattr(work, "__qualname__", type(work).__name__))


async def _sleep(stop: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
