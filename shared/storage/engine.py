"""Connections to PostgreSQL, with the time limits that keep the dead from holding locks."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from shared.storage.sessions import ReadSession, Session
from shared.storage.settings import DatabaseSettings


def server_settings(settings: DatabaseSettings, application_name: str) -> dict[str, str]:
    """The session settings of every connection, as PostgreSQL wants them (milliseconds, seconds).

    A killed client, a frozen one and one behind a dead network all lose their locks by these.
    """
    return {
        "application_name": application_name,
        "statement_timeout": f"{settings.statement_timeout * 1000:.0f}",
        "lock_timeout": f"{settings.lock_timeout * 1000:.0f}",
        "idle_in_transaction_session_timeout": "15000",
        "tcp_user_timeout": "10000",
        "tcp_keepalives_idle": "5",
        "tcp_keepalives_interval": "2",
        "tcp_keepalives_count": "3",
        "jit": "off",
        "TimeZone": "UTC",
    }


class Database:
    """A service's own database: a pool of connections, handed out one transaction at a time."""

    def __init__(self, settings: DatabaseSettings, application_name: str) -> None:
        self.settings = settings
        self.application_name = application_name
        self.engine = _engine(settings, application_name)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[ReadSession]:
        """A read-only transaction. Raises what the driver raises when the database is away."""
        async with self.engine.connect() as connection:
            await connection.execution_options(postgresql_readonly=True)
            yield ReadSession(connection)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Session]:
        """A transaction that is committed at the end of the block, rolled back on any exception."""
        async with self.engine.begin() as connection:
            yield Session(ReadSession(connection))

    async def dispose(self) -> None:
        """Closes every connection of the pool."""
        await self.engine.dispose()


def _engine(settings: DatabaseSettings, application_name: str) -> AsyncEngine:
    arguments: dict[str, Any] = {
        "server_settings": server_settings(settings, application_name),
        "timeout": 10,
        # Longer than the server's own limit: the server's clear answer should win.
        "command_timeout": settings.statement_timeout + 10,
    }
    return create_async_engine(
        make_url(settings.url).set(drivername="postgresql+asyncpg"),
        pool_size=settings.pool_size,
        max_overflow=0,
        pool_timeout=settings.pool_timeout,
        pool_recycle=1800,
        # What customers wrote must not reach a log by way of an exception's text.
        hide_parameters=True,
        connect_args=arguments,
    )
