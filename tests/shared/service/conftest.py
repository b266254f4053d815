"""A small service with a real database, to try the shared parts on."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Annotated
from uuid import UUID

import httpx
import pytest
from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field
from pydantic_settings import SettingsConfigDict
from sqlalchemy import Column, Integer, Table, Text, Uuid, func, insert, select, update
from starlette.responses import Response

from deploy.local.postgres import Postgres
from shared.messaging.ids import new_id
from shared.messaging.unit import UnitOfWork
from shared.service import (
    Caller,
    Command,
    NotFound,
    Reply,
    Service,
    ServiceSettings,
    Work,
    command,
    create_app,
    require,
)
from shared.storage import Database, DatabaseSettings, new_metadata
from shared.storage.migrate import upgrade
from shared.testing.access import Access, access

__all__ = ["access"]

metadata = new_metadata()
notes = Table(
    "note",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("tenant", Text),
    Column("text", Text),
    Column("version", Integer),
)

MIGRATION = """
from alembic import op

revision = "0001"
down_revision = None

def upgrade() -> None:
    op.execute("CREATE TABLE note (id uuid PRIMARY KEY, tenant text, text text, version int)")
"""


class NoteSettings(ServiceSettings):
    """Settings of the service of these tests."""

    model_config = SettingsConfigDict(env_prefix="NOTES_", extra="ignore")


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


@pytest.fixture(scope="session")
def migrations(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("migrations")
    (folder / "0001_notes.py").write_text(MIGRATION)
    return folder


BuildService = Callable[..., Service]


@pytest.fixture(scope="session")
def build_service(migrations: Path, access: Access) -> BuildService:
    def build(url: str, gate: Gate | None = None, **settings: object) -> Service:
        given = NoteSettings(
            database=DatabaseSettings(url=url),
            auth=settings.pop("auth", access.settings),
            http_port=0,
            **settings,
        )
        database = Database(given.database, "notes")
        return Service(
            name="notes",
            settings=given,
            database=database,
            unit=UnitOfWork(database, "/deskstream/notes"),
            migrations=migrations,
            routers=[note_routes(database, gate or Gate())],
        )

    return build


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
async def service(
    postgres: Postgres, build_service: BuildService, access: Access, gate: Gate
) -> AsyncIterator[Service]:
    service = build_service(postgres.database("notes"), gate)
    await upgrade(service.database, service.chains)
    await access.know(service.database, "demo")
    yield service
    await service.database.dispose()


@pytest.fixture
async def client(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=create_app(service))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client
