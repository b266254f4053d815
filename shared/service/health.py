"""/live, /ready and /metrics: whether a process is alive, and what keeps it from being ready."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel, Field
from sqlalchemy.exc import SQLAlchemyError
from starlette.responses import JSONResponse, Response

from shared.messaging.errors import describe
from shared.service.metric_names import READY
from shared.service.service import Service
from shared.storage.migrate import is_current

_PATIENCE: Final = 3.0


class Check(BaseModel):
    """One thing that must hold for a process to be ready."""

    name: str = Field(description="What was looked at", examples=["database"])
    ok: bool = Field(description="Whether it holds")
    reason: str | None = Field(None, description="What is wrong, when it does not hold")


class Readiness(BaseModel):
    """Whether the process is ready, and each reason why not."""

    ready: bool = Field(description="Whether every check holds")
    checks: list[Check] = Field(description="Everything that was looked at")


Probe = Callable[[], Awaitable[Sequence[Check]]]
"""Asks one part of the process how it is; what it raises counts as not well."""


class Health:
    """The checks of one process: its database, and what its roles add."""

    def __init__(self, service: Service, probes: Sequence[Probe] = ()) -> None:
        self._service = service
        self._probes = (self._database, *probes)

    async def readiness(self) -> Readiness:
        """Look at everything now, all at once; takes 3 seconds at most."""
        found = await asyncio.gather(*(_asked(probe) for probe in self._probes))
        checks = [check for several in found for check in several]
        ready = all(check.ok for check in checks)
        READY.set(ready)
        return Readiness(ready=ready, checks=checks)

    async def _database(self) -> Sequence[Check]:
        try:
            async with self._service.database.reading() as session:
                current = await is_current(session, self._service.chains)
        except (SQLAlchemyError, OSError) as error:
            return [Check(name="database", ok=False, reason=f"not reachable: {describe(error)}")]
        behind = f"run python -m services.{self._service.name} migrate"
        return [
            Check(name="database", ok=True),
            Check(name="migrations", ok=current, reason=None if current else behind),
        ]


def health_routes(health: Health) -> APIRouter:
    """The three endpoints; none of them needs a token."""
    routes = APIRouter(tags=["health"])

    @routes.get("/live")
    async def live() -> dict[str, bool]:
        """Whether the process answers at all; restart it when it does not."""
        return {"live": True}

    @routes.get("/ready", response_model=Readiness, responses={503: {"model": Readiness}})
    async def ready() -> Response:
        """Whether it can do its work: 200, or 503 with the reasons."""
        readiness = await health.readiness()
        content = readiness.model_dump(exclude_none=True)
        return JSONResponse(content, 200 if readiness.ready else 503)

    @routes.get("/metrics", response_class=Response)
    async def metrics() -> Response:
        """Figures of this process, for Prometheus."""
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return routes


async def _asked(probe: Probe) -> Sequence[Check]:
    try:
        return await asyncio.wait_for(probe(), _PATIENCE)
    except TimeoutError:
        return [Check(name=_name(probe), ok=False, reason="gives no answer")]
    except Exception as error:  # a probe that fails says that its part is not well
        return [Check(name=_name(probe), ok=False, reason=describe(error))]


def _name(probe: Probe) -> str:
    return getattr(probe, "__name__", type(probe).__name__).strip("_")
