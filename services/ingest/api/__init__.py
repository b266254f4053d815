"""ingest's HTTP API: mails in, messages and conversations out, channel accounts."""

from fastapi import APIRouter

from services.ingest.api import accounts, conversations, mails, messages
from services.ingest.pressure import Pressure
from services.ingest.settings import IngestSettings
from shared.messaging.unit import UnitOfWork
from shared.storage import BlobStore


def routes(
    unit: UnitOfWork, blobs: BlobStore, pressure: Pressure, settings: IngestSettings
) -> APIRouter:
    """All endpoints, below /v1."""
    router = APIRouter(prefix="/v1")
    router.include_router(accounts.routes(unit.database))
    router.include_router(mails.routes(unit, blobs, pressure, settings.mail_limit))
    router.include_router(messages.routes(unit.database, blobs))
    router.include_router(conversations.routes(unit.database))
    return router
