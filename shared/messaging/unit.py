"""One transaction of the engine: effects and announcements together, or neither."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from sqlalchemy import func, select

from shared.messaging import failpoint, tables
from shared.messaging.outbox import Outbox
from shared.storage.engine import Database
from shared.storage.sessions import Session

_EPOCH = select(func.now(), tables.engine_state.c.epoch)


class UnitOfWork:
    """Opens transactions with an outbox, commits them, and wakes the relay of this process."""

    def __init__(self, database: Database, source: str) -> None:
        """source: the CloudEvents source of what is announced, such as "/deskstream/router"."""
        self.database = database
        self.source = source
        self.committed = asyncio.Event()

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[tuple[Session, Outbox, datetime]]:
        """Yields (session, outbox, now): now is the database's time of this transaction (UTC).

        At the end of the block the announcements are written and everything is committed; any
        exception rolls all of it back and is raised again.
        """
        async with self.database.writing() as session:
            now, epoch = (await session.execute(_EPOCH)).one()
            outbox = Outbox(source=self.source, epoch=epoch, now=now)
            yield session, outbox, now
            await outbox.flush(session)
            failpoint.hit("P3")
        failpoint.hit("P4")
        for hint in outbox.hints:
            hint()
        if outbox:
            self.committed.set()
        failpoint.hit("P5")
