"""What operators do over HTTP: look at parked records and stopped partitions, and settle them."""

from __future__ import annotations

import base64
import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, Field
from starlette.responses import Response

from shared.messaging import offsets, parked
from shared.messaging.parked import StillBroken, UnknownParked
from shared.service.auth import Caller, require
from shared.service.commands import Command, Work, command
from shared.service.openapi import COMMAND, NOT_FOUND
from shared.service.paging import AskedPage, Page
from shared.service.problems import Conflict, NotFound
from shared.service.service import Service

log = logging.getLogger(__name__)


class ParkedSummary(BaseModel):
    """A record that could not be applied and waits for an operator; without its bytes."""

    id: UUID
    consumer: str = Field(description="The consumer group that set it aside")
    topic: str
    partition: int
    offset: int
    epoch: int = Field(description="Counts how often the topic was made anew")
    tenant: str | None = Field(description="Whose it is; null when it does not say")
    event_id: str | None
    event_type: str | None
    record_at: datetime = Field(description="Kafka's timestamp")
    reason: str = Field(description="Kind of failure", examples=["invalid-data", "unknown-type"])
    detail: str = Field(description="What was wrong, without the record's content")
    attempts: int = Field(description="How often it was retried or dropped")
    state: str = Field(description="parked, retried or dropped")
    parked_at: datetime
    settled_at: datetime | None


class ParkedRecord(ParkedSummary):
    """A parked record with its original bytes."""

    key: str | None = Field(description="Kafka key, base64")
    value: str | None = Field(description="Kafka value, base64")
    headers: list[tuple[str, str | None]] = Field(description="Names and base64 values")

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> ParkedRecord:
        """From the engine's row."""
        return cls.model_validate(
            {**row, "key": _base64(row["key"]), "value": _base64(row["value"])}
        )


class StoppedPartition(BaseModel):
    """A partition that the breaker or an alarm has stopped."""

    consumer: str = Field(description="The consumer group that stands still")
    topic: str
    partition: int
    reason: str = Field(description="Why it was stopped")
    stopped_at: datetime


Reader = Annotated[Caller, Depends(require("operations:read"))]
Operator = Annotated[Caller, Depends(require("operations:write"))]
Partition = Annotated[int, Path(ge=0, le=2**31 - 1)]
Platform = Annotated[Command, Depends(command("operations:write", "platform:operate"))]


def routes(service: Service) -> APIRouter:
    """/v1/parked and /v1/partitions of a service.

    A caller sees its own tenant's records; `platform:operate` sees all, also those of no tenant.
    """
    routes = APIRouter(prefix="/v1", tags=["operations"])

    @routes.get("/parked")
    async def list_parked(caller: Reader, asked: AskedPage) -> Page[ParkedSummary]:
        """Records that wait for an operator, oldest first."""
        after = asked.after_as(UUID)
        async with service.database.reading() as session:
            rows = await parked.list_parked(
                session,
                tenant=_whose(caller),
                after=after[0] if after else None,
                limit=asked.fetch,
            )
        return asked.page(rows, ParkedSummary.model_validate, lambda row: [str(row["id"])])

    @routes.get("/parked/{parked_id}", responses=NOT_FOUND)
    async def show_parked(caller: Reader, parked_id: UUID) -> ParkedRecord:
        """One record with its bytes, settled or not."""
        record = await _show(service, caller, parked_id)
        log.info("parked record shown", extra={"parked": str(parked_id), "by": caller.subject})
        return record

    @routes.post("/parked/{parked_id}/retry", responses=NOT_FOUND | COMMAND)
    async def retry_parked(caller: Operator, parked_id: UUID) -> ParkedSummary:
        """Apply it now; 409 when it fails again. Retrying what was retried changes nothing."""
        return await _settle(service, caller, parked_id, "retried")

    @routes.post("/parked/{parked_id}/drop", responses=NOT_FOUND | COMMAND)
    async def drop_parked(caller: Operator, parked_id: UUID) -> ParkedSummary:
        """Give it up. The bytes stay until they are cleaned away; dropping twice is once."""
        return await _settle(service, caller, parked_id, "dropped")

    @routes.get("/partitions")
    async def list_stopped(caller: Reader) -> list[StoppedPartition]:
        """The partitions that stand still until somebody resumes them."""
        async with service.database.reading() as session:
            return [StoppedPartition.model_validate(row) for row in await offsets.stops(session)]

    @routes.post(
        "/partitions/{consumer}/{topic}/{partition}/resume",
        status_code=204,
        responses=NOT_FOUND | COMMAND,
    )
    async def resume(
        consumer: str, topic: str, partition: Partition, command: Platform
    ) -> Response:
        """Let a stopped partition go on; it carries the records of every tenant."""

        async def effect(work: Work) -> None:
            if not await offsets.resume(work.session, consumer, topic, partition):
                raise NotFound("stopped partition", f"{consumer} {topic} {partition}")

        return await command.run(effect)

    return routes


async def _show(service: Service, caller: Caller, parked_id: UUID) -> ParkedRecord:
    try:
        async with service.database.reading() as session:
            row = await parked.show_parked(session, parked_id, tenant=_whose(caller))
    except UnknownParked:
        raise NotFound("parked record", parked_id) from None
    return ParkedRecord.of(row)


async def _settle(service: Service, caller: Caller, parked_id: UUID, state: str) -> ParkedSummary:
    """Bring one record of the caller's into the state; doing it again answers the same."""
    settle = parked.retry_parked if state == "retried" else parked.drop_parked
    before = await _show(service, caller, parked_id)
    if before.state == "parked":
        try:
            await settle(service.unit, service.all_consumers, parked_id)
        except StillBroken as error:
            raise Conflict(f"It stays parked: {error}.") from error
        except UnknownParked as error:
            log.info("parked record settled by another", extra={"reason": str(error)})
    after = await _show(service, caller, parked_id)
    if after.state != state:
        raise Conflict(f"The record is {after.state}; nothing can be done with it any more.")
    log.info("parked record settled", extra={"parked": str(parked_id), "state": state})
    return ParkedSummary.model_validate(after.model_dump())


def _whose(caller: Caller) -> str | None:
    return None if caller.may("platform:operate") else caller.tenant


def _base64(data: bytes | None) -> str | None:
    return None if data is None else base64.b64encode(data).decode()
