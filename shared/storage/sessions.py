"""Two kinds of database session: a read path that gets a ReadSession cannot write by type."""

from typing import NewType

from sqlalchemy.ext.asyncio import AsyncConnection

ReadSession = NewType("ReadSession", AsyncConnection)
"""One connection inside a read-only transaction."""

Session = NewType("Session", ReadSession)
"""One connection inside a transaction that the edge commits; nobody else does."""
