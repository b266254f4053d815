"""Alembic as two functions: bring a database up to date, and ask whether it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.storage.engine import Database
from shared.storage.sessions import ReadSession

_LOCK = 7_302_614_905_114


@dataclass(frozen=True)
class Chain:
    """One line of migrations: a folder of alembic revisions with a version table of its own."""

    name: str
    folder: Path

    @property
    def version_table(self) -> str:
        """Where PostgreSQL keeps this chain's revision."""
        return f"alembic_{self.name}"

    def script(self) -> ScriptDirectory:
        """Alembic's view of the folder."""
        return ScriptDirectory(str(self.folder), version_locations=[str(self.folder)])


async def upgrade(database: Database, chains: Sequence[Chain]) -> None:
    """Runs every chain to its head, in order. Two processes at once take turns by a lock."""
    async with database.writing() as session:
        await session.execute(text("SET LOCAL statement_timeout = 0"))
        await session.execute(text("SET LOCAL lock_timeout = 0"))
        await session.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
        for chain in chains:
            await AsyncConnection.run_sync(session, _upgrade, chain)


async def is_current(session: ReadSession, chains: Sequence[Chain]) -> bool:
    """Whether the database is at the head of every chain, or beyond it.

    A revision that this version does not know was made by a newer one, whose migrations are safe
    to run while this version still serves.
    """
    for chain in chains:
        found = await AsyncConnection.run_sync(session, _revision, chain)
        script = chain.script()
        known = {one.revision for one in script.walk_revisions()}
        if found is None or (found in known and found != script.get_current_head()):
            return False
    return True


def _revision(connection: Connection, chain: Chain) -> str | None:
    context = MigrationContext.configure(connection, opts={"version_table": chain.version_table})
    return context.get_current_revision()


def _upgrade(connection: Connection, chain: Chain) -> None:
    script = chain.script()
    context = MigrationContext.configure(
        connection,
        opts={
            "version_table": chain.version_table,
            "fn": lambda revision, _context: script._upgrade_revs("heads", revision),
        },
    )
    with Operations.context(context):
        context.run_migrations()
