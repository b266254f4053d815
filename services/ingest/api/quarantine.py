"""Mails held as spam, over HTTP: looked through, and let go."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from starlette.responses import Response

from services.ingest.api import views
from services.ingest.repository import Messages
from services.ingest.usecases.release_mail import NotHeld, release_mail
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


def add_routes(routes: APIRouter, database: Database) -> None:
    """GET /quarantine and POST /quarantine/{id}/release."""

    @routes.get("/quarantine", tags=["quarantine"])
    async def list_held(
        caller: Annotated[Caller, Depends(require("messages:read"))], asked: AskedPage
    ) -> Page[views.MessageSummary]:
        """Mails that are held as spam, oldest first. Nobody has been told of them."""
        after = asked.after_as(datetime.fromisoformat, UUID)
        async with database.reading() as session:
            page = await Messages(session).quarantined(
                caller.tenant, (after[0], after[1]) if after else None, asked.fetch
            )
        return asked.page(
            page,
            lambda message: views.summary(message, None),
            lambda message: [message.received_at.isoformat(), str(message.id)],
        )

    @routes.post(
        "/quarantine/{id}/release",
        tags=["quarantine"],
        response_model=views.MessageSummary,
        responses=NOT_FOUND | COMMAND,
    )
    async def release(
        id: UUID, command: Annotated[Command, Depends(command("messages:write"))]
    ) -> Response:
        """Let a mail go: it joins its conversation and is announced as if it had just come.

        `id` is the message's. 409 where it is not held, also because it was let go before.
        """

        async def effect(work: Work) -> Reply:
            tenant = command.caller.tenant
            try:
                message = await release_mail(
                    work.session, work.outbox, tenant, id, cause=work.cause, now=work.now
                )
            except NotHeld:
                raise Conflict("The message is not in quarantine; only held ones go.") from None
            if message is None:
                raise NotFound("message", id)
            return Reply(views.summary(message, None))

        return await command.run(effect)
