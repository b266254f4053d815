"""Conversations over HTTP."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends

from services.ingest.api import views
from services.ingest.repository import Conversations, Deliveries, Messages
from shared.service import NOT_FOUND, AskedPage, Caller, NotFound, Page, require
from shared.storage import Database


def add_routes(routes: APIRouter, database: Database) -> None:
    """GET /conversations/{id}/messages."""

    @routes.get("/conversations/{id}/messages", tags=["conversations"], responses=NOT_FOUND)
    async def list_messages(
        id: UUID, caller: Annotated[Caller, Depends(require("messages:read"))], asked: AskedPage
    ) -> Page[views.MessageSummary]:
        """A conversation's messages both ways, oldest first.

        Where two conversations turned out to be one, either's id shows the messages of both.
        The answers of a chat are read here by the visitor's page, until it has a socket.
        """
        key = caller.tenant, id
        after = asked.after_as(datetime.fromisoformat, UUID)
        async with database.reading() as session:
            parts = await Conversations(session).parts(key)
            if not parts:
                raise NotFound("conversation", id)
            page = await Messages(session).page(
                caller.tenant, parts, (after[0], after[1]) if after else None, asked.fetch
            )
            sent = [(one.tenant, one.id) for one in page if one.direction == "outbound"]
            deliveries = await Deliveries(session).find(sent)
        return asked.page(
            page,
            lambda message: views.summary(message, deliveries.get(message.id)),
            lambda message: [message.received_at.isoformat(), str(message.id)],
        )
