"""PostgreSQL, blobs and migrations: what a service keeps its own data with."""

from shared.storage.batches import unnest
from shared.storage.blobs import BlobStore, UnknownBlob
from shared.storage.constants import constant
from shared.storage.engine import Database
from shared.storage.metadata import new_metadata
from shared.storage.sessions import ReadSession, Session
from shared.storage.settings import BlobSettings, DatabaseSettings

__all__ = [
    "BlobSettings",
    "BlobStore",
    "Database",
    "DatabaseSettings",
    "ReadSession",
    "Session",
    "UnknownBlob",
    "constant",
    "new_metadata",
    "unnest",
]
