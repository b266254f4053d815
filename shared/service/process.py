"""One process of a service: the roles that it plays, from start to a clean end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from shared.service.assemble import create_app, health_app
from shared.service.health import Health, Probe
from shared.service.parts import Onlooker, Part, Role, parts_of
from shared.service.server import HttpServer
from shared.service.service import Service
from shared.storage.migrate import is_current

log = logging.getLogger(__name__)
_GRACE: Final = 15.0
_LOOK_AGAIN: Final = 1.0


class Process:
    """Plays the roles of one service until stopped; one per operating-system process."""

    def __init__(self, service: Service, roles: Sequence[Role]) -> None:
        """Raises PortBusy, or BadSettings when role api lacks the issuer's keys."""
        self._service = service
        self._parts = [part for role in roles for part in parts_of(service, role)]
        probes: list[Probe] = [part.checks for part in self._parts]
        if "consume" not in roles:
            probes.append(Onlooker(service).checks)
        health = Health(service, probes)
        app = create_app(service, health) if "api" in roles else health_app(service, health)
        self.stopping: asyncio.Event = app.state.stopping
        settings = service.settings
        self._server = HttpServer(app, settings.http_host, settings.http_port)

    @property
    def port(self) -> int:
        """Where it answers /live, /ready and /metrics, and the API in role api."""
        return self._server.port

    async def run(self) -> bool:
        """Work until `stopping` is set, then finish what is in hand (15 s at most).

        Returns whether everything ended cleanly in that time.
        """
        works = [asyncio.create_task(self._server.run(self.stopping))]
        works += [asyncio.create_task(self._play(part)) for part in self._parts]
        log.info("started", extra={"port": self.port, "parts": [part.name for part in self._parts]})
        stopped = asyncio.create_task(self.stopping.wait())
        # Nothing but the server can end by itself, and then only by a failure.
        await asyncio.wait((stopped, *works), return_when=asyncio.FIRST_COMPLETED)
        self.stopping.set()
        return await self._end(works)

    async def _play(self, part: Part) -> None:
        await self._migrated()
        await part.run(self.stopping)

    async def _migrated(self) -> None:
        """Wait for the tables: `migrate` may run beside the start of the other roles."""
        while not self.stopping.is_set():
            with suppress(SQLAlchemyError, OSError):
                async with self._service.database.reading() as session:
                    if await is_current(session, self._service.chains):
                        return
            with suppress(TimeoutError):
                await asyncio.wait_for(self.stopping.wait(), _LOOK_AGAIN)

    async def _end(self, works: Sequence[asyncio.Task[None]]) -> bool:
        done, late = await asyncio.wait(works, timeout=_GRACE)
        for task in late:
            task.cancel()
        await asyncio.gather(*works, return_exceptions=True)
        await self._service.database.dispose()
        failures = [error for task in done if (error := task.exception()) is not None]
        for error in failures:
            log.error("ended by a failure", exc_info=error)
        clean = not (late or failures)
        log.info("stopped", extra={"clean": clean})
        return clean
