"""The queue of deliveries over HTTP: to look at, to send again, to cancel."""

import asyncio
from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field
from starlette.responses import Response

from services.ingest.domain.deliveries import Delivery, State
from services.ingest.repository.queue import Placed, find_delivery, page_of_deliveries
from services.ingest.usecases.requeue import NothingToSend, WrongState, cancel, resend
from shared.service import (
    COMMAND,
    NOT_FOUND,
    AskedPage,
    Caller,
    Command,
    Conflict,
    NotFound,
    Page,
    Reply,
    Work,
    command,
    require,
)
from shared.storage import Database

Reader = Annotated[Caller, Depends(require("deliveries:read"))]
Operator = Annotated[Command, Depends(command("operations:write"))]


class DeliveryRow(BaseModel):
    """One request to say something to a customer, and how far it has come."""

    request_id: UUID
    conversation_id: UUID
    ticket_id: UUID | None
    kind: str = Field(description="Why it is sent, such as reply or acknowledgement")
    channel: str
    account: str = Field(description="The channel account that it goes by")
    recipient: str | None
    requested_by: str
    state: State
    attempts: int
    reason: str | None = Field(description="What the channel said last")
    provider_id: str | None = Field(description="What the channel calls the message")
    queued_at: datetime
    due_at: datetime | None = Field(description="When it is tried next; null once it is settled")
    settled_at: datetime | None
    delivered_at: datetime | None = Field(description="When it reached the customer's device")
    read_at: datetime | None = Field(description="When the customer saw it; null if not known")

    @classmethod
    def of(cls, placed: Placed) -> Self:
        """From the row."""
        return cls.made(placed.delivery, placed.settled_at)

    @classmethod
    def made(cls, delivery: Delivery, settled_at: datetime | None) -> Self:
        """From the domain."""
        open_ = delivery.state in ("queued", "sending")
        return cls(
            request_id=delivery.request_id, conversation_id=delivery.conversation_id,
            ticket_id=delivery.ticket_id, kind=delivery.kind, channel=delivery.channel,
            account=delivery.account, recipient=delivery.recipient,
            requested_by=delivery.requested_by, state=delivery.state, attempts=delivery.attempts,
            reason=delivery.reason, provider_id=delivery.provider_id,
            queued_at=delivery.queued_at, due_at=delivery.due_at if open_ else None,
            settled_at=settled_at, delivered_at=delivery.delivered_at, read_at=delivery.read_at,
        )  # fmt: skip


def add_routes(routes: APIRouter, database: Database, queued: asyncio.Event) -> None:
    """GET /deliveries, GET /deliveries/{request_id}, and POST …/resend and …/cancel there."""

    @routes.get("/deliveries", tags=["deliveries"])
    async def list_deliveries(
        caller: Reader,
        asked: AskedPage,
        state: Annotated[State | None, Query(description="Only those in this state")] = None,
        account: Annotated[
            str | None, Query(max_length=60, description="Only those of this account")
        ] = None,
    ) -> Page[DeliveryRow]:
        """The tenant's deliveries, the latest first."""
        after = asked.after_as(int)
        async with database.reading() as session:
            rows = await page_of_deliveries(
                session, caller.tenant, state=state, account=account,
                before=after[0] if after else None, limit=asked.fetch,
            )  # fmt: skip
        return asked.page(rows, DeliveryRow.of, lambda placed: [placed.position])

    @routes.get("/deliveries/{request_id}", tags=["deliveries"], responses=NOT_FOUND)
    async def show_delivery(request_id: UUID, caller: Reader) -> DeliveryRow:
        """One delivery, by the id of its request."""
        async with database.reading() as session:
            placed = await find_delivery(session, caller.tenant, request_id)
        if placed is None:
            raise NotFound("delivery", request_id)
        return DeliveryRow.of(placed)

    @routes.post(
        "/deliveries/{request_id}/resend",
        tags=["deliveries"],
        response_model=DeliveryRow,
        responses=NOT_FOUND | COMMAND,
    )
    async def resend_delivery(request_id: UUID, command: Operator) -> Response:
        """Sends a failed or unconfirmed one again: the same mail, under the same Message-ID.

        Where the first one did arrive after all, the recipient's mailbox may show it twice.
        """

        async def effect(work: Work) -> Reply:
            tenant = command.caller.tenant
            try:
                found = await resend(work.session, tenant, request_id, work.cause, work.now)
            except WrongState as wrong:
                raise Conflict(
                    f"It is {wrong.state}; only what has failed or is not confirmed is sent again"
                ) from None
            except NothingToSend:
                raise Conflict("There is no message to send: ask for it anew") from None
            if found is None:
                raise NotFound("delivery", request_id)
            work.outbox.once_committed(queued.set)
            return Reply(DeliveryRow.made(found, None))

        return await command.run(effect)

    @routes.post(
        "/deliveries/{request_id}/cancel",
        tags=["deliveries"],
        response_model=DeliveryRow,
        responses=NOT_FOUND | COMMAND,
    )
    async def cancel_delivery(request_id: UUID, command: Operator) -> Response:
        """Ends a queued one; it is announced as failed."""

        async def effect(work: Work) -> Reply:
            caller = command.caller
            try:
                found = await cancel(
                    work.session,
                    work.outbox,
                    caller.tenant,
                    request_id,
                    work.now,
                    by=caller.subject,
                )
            except WrongState as wrong:
                raise Conflict(
                    f"It is {wrong.state}; only what is queued can be cancelled"
                ) from None
            if found is None:
                raise NotFound("delivery", request_id)
            return Reply(DeliveryRow.made(found, work.now))

        return await command.run(effect)
