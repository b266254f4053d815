"""What a service consists of, as its composition root hands it over to be run."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fastapi import APIRouter

from shared.messaging import tables
from shared.messaging.consumer import Consumer
from shared.messaging.resync import Restate
from shared.messaging.timers import Timer
from shared.messaging.unit import UnitOfWork
from shared.service.settings import ServiceSettings
from shared.service.standing import access_consumers
from shared.storage.engine import Database
from shared.storage.migrate import Chain

Worker = Callable[[asyncio.Event], Awaitable[None]]
"""Work in the background: returns soon after the event it is given is set."""

ENGINE: Final = Chain("engine", Path(tables.__file__).parent / "migrations")


@dataclass(frozen=True, kw_only=True)
class Service:
    """One service, ready to run in any role.

    name: as in `services/<name>`. settings: what it read from its environment. migrations: the
    folder of its own alembic chain. consumers, timers: what the roles consume and tick run.
    workers: run by role tick beside the timers, such as a mail sender. listeners: run by role api
    beside the HTTP server, such as a reader that feeds an event stream. routers: its /v1 endpoints.
    restates: announce the full state of its compacted topics, for `resync`.
    """

    name: str
    settings: ServiceSettings
    database: Database
    unit: UnitOfWork
    migrations: Path
    about: str = ""
    consumers: Sequence[Consumer] = ()
    timers: Sequence[Timer] = ()
    workers: Sequence[Worker] = ()
    listeners: Sequence[Worker] = ()
    routers: Sequence[APIRouter] = ()
    restates: Sequence[Restate] = ()

    @property
    def all_consumers(self) -> tuple[Consumer, ...]:
        """Its own consumers, and those that auth needs unless it declares them itself."""
        own = {consumer.name for consumer in self.consumers}
        access = (one for one in access_consumers(self.name) if one.name not in own)
        return (*self.consumers, *access)

    @property
    def chains(self) -> tuple[Chain, ...]:
        """The migrations that its database needs: the engine's, then its own."""
        return ENGINE, Chain(self.name, self.migrations)
