"""What operators do over HTTP: look at parked records and stopped partitions, and settle them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field
from starlette.responses import Response

from shared.messaging import offsets
from shared.service.auth import Caller, require
from shared.service.commands import Command, Work, command
from shared.service.openapi import NOT_FOUND
from shared.service.problems import NotFound
from shared.service.service import Service


class StoppedPartition(BaseModel):
    """A partition that the breaker or an alarm has stopped."""

    consumer: str = Field(description="The consumer group that stands still")
    topic: str
    partition: int
    reason: str = Field(description="Why it was stopped")
    stopped_at: datetime


def routes(service: Service) -> APIRouter:
    """/v1/partitions of a service."""
    routes = APIRouter(prefix="/v1", tags=["operations"])

    @routes.get("/partitions")
    async def list_stopped(
        caller: Annotated[Caller, Depends(require("operations:read"))],
    ) -> list[StoppedPartition]:
        """The partitions that stand still until somebody resumes them."""
        async with service.database.reading() as session:
            return [StoppedPartition.model_validate(row) for row in await offsets.stops(session)]

    @routes.post(
        "/partitions/{consumer}/{topic}/{partition}/resume", status_code=204, responses=NOT_FOUND
    )
    async def resume(
        consumer: str,
        topic: str,
        partition: int,
        command: Annotated[Command, Depends(command("operations:write", "platform:operate"))],
    ) -> Response:
        """Let a stopped partition go on; a partition is shared by all tenants."""

        async def effect(work: Work) -> None:
            if not await offsets.resume(work.session, consumer, topic, partition):
                raise NotFound("stopped partition", f"{consumer} {topic} {partition}")

        return await command.run(effect)

    return routes
