"""A small service to try the shared parts on: notes by HTTP, and one for each chat message."""

import argparse
import asyncio
import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field
from pydantic_settings import SettingsConfigDict
from sqlalchemy import Column, Integer, Table, Text, Uuid, func, insert, select, update
from starlette.responses import Response

from shared.contracts.inbound import InboundChatMessageSent
from shared.messaging import Consumer, Outbox, Received, UnitOfWork, new_id
from shared.service import (
    Caller,
    Command,
    NotFound,
    Reply,
    Service,
    ServiceSettings,
    Work,
    command,
    load,
    require,
)
from shared.service.run import OwnCommand
from shared.storage import Database, Session, new_metadata
from shared.tools import CannotDo

MIGRATIONS = Path(__file__).parent / "migrations"
# Parked records go to the DLQ of the service that the group names, so it must be one of the suite.
GROUP = "support.kb.chats"

metadata = new_metadata()
notes = Table(
    "note",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("tenant", Text),
    Column("text", Text),
    Column("version", Integer),
)


class NoteSettings(ServiceSettings):
    """Settings of the service of these tests."""

    model_config = SettingsConfigDict(env_prefix="NOTES_", extra="ignore")

    topic: str = Field("support.inbound.chat.v1", description="Where chat messages come from")


class Note(BaseModel):
    text: str = Field(max_length=1000)


class NoteView(BaseModel):
    id: UUID
    text: str
    version: int


class Gate:
    """Lets a test hold an effect in the middle of its transaction."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self.open = asyncio.Event()
        self.open.set()

    async def passed(self) -> None:
        self.reached.set()
        await self.open.wait()


Writer = Annotated[Command, Depends(command("tickets:write"))]
Reader = Annotated[Caller, Depends(require("tickets:read"))]


def note_routes(database: Database, gate: Gate) -> APIRouter:
    routes = APIRouter(prefix="/v1")

    @routes.post("/notes", status_code=201, response_model=NoteView)
    async def write(asked: Note, command: Writer) -> Response:
        async def effect(work: Work) -> Reply:
            view = NoteView(id=new_id(), text=asked.text, version=1)
            row = {"tenant": command.caller.tenant, **view.model_dump()}
            await work.session.execute(insert(notes).values(row))
            await gate.passed()
            return Reply(view, version=1, location=f"/v1/notes/{view.id}")

        return await command.run(effect)

    @routes.put("/notes/{note_id}", response_model=NoteView)
    async def change(note_id: UUID, asked: Note, command: Writer) -> Response:
        async def effect(work: Work) -> Reply:
            mine = (notes.c.id == note_id, notes.c.tenant == command.caller.tenant)
            row = (await work.session.execute(select(notes).where(*mine).with_for_update())).first()
            if row is None:
                raise NotFound("note", note_id)
            command.expects(row.version)
            view = NoteView(id=note_id, text=asked.text, version=row.version + 1)
            await work.session.execute(
                update(notes).where(*mine).values(text=view.text, version=view.version)
            )
            return Reply(view, version=view.version)

        return await command.run(effect)

    @routes.get("/notes/count")
    async def count(caller: Reader) -> int:
        async with database.reading() as session:
            query = select(func.count()).where(notes.c.tenant == caller.tenant)
            return int((await session.execute(query)).scalar_one())

    return routes


async def note_chats(
    session: Session, outbox: Outbox, received: Sequence[Received[Any]], now: datetime
) -> None:
    """One note a message; what begins with "fail" is more than it can take."""
    for message in received:
        if message.data.text.startswith("fail") and not os.environ.get("NOTES_REPAIRED"):
            raise ValueError("words of a customer")
        row = {"id": message.uid, "tenant": message.tenant, "text": "chat", "version": 1}
        await session.execute(insert(notes).values(row))


async def greet(service: Service, asked: argparse.Namespace) -> int:
    """A command of its own."""
    if asked.whom == "nobody":
        raise CannotDo("there is nobody to greet")
    async with service.database.reading() as session:
        return int((await session.execute(select(7))).scalar_one())


GREET = OwnCommand("greet", "say hello", lambda parser: parser.add_argument("whom"), greet)


def build(settings: NoteSettings | None = None, gate: Gate | None = None) -> Service:
    """The service, wired."""
    settings = settings or load(NoteSettings)
    database = Database(settings.database, "notes")
    consumer = Consumer(GROUP, (settings.topic,), (InboundChatMessageSent,), note_chats)
    return Service(
        name="notes",
        settings=settings,
        database=database,
        unit=UnitOfWork(database, "/deskstream/notes"),
        migrations=MIGRATIONS,
        consumers=[consumer],
        routers=[note_routes(database, gate or Gate())],
    )
