"""ingest's HTTP API: mails in, messages and conversations out, channel accounts."""

from fastapi import APIRouter

from services.ingest.api import accounts, conversations, mails, messages, webhooks
from services.ingest.pressure import Pressure
from services.ingest.settings import IngestSettings
from shared.messaging.unit import UnitOfWork
from shared.storage import BlobStore


def routes(
    unit: UnitOfWork, blobs: BlobStore, pressure: Pressure, settings: IngestSettings
) -> APIRouter:
    """All endpoints, below /v1."""
    # One flat router, the busiest endpoint first: each router inside another costs every request.
    router = APIRouter(prefix="/v1")
    mails.add_routes(router, unit, blobs, pressure, settings.mail_limit)
    messages.add_routes(router, unit.database, blobs)
    conversations.add_routes(router, unit.database)
    accounts.add_routes(router, unit.database)
    webhooks.add_routes(router, unit, pressure, settings)
    return router
