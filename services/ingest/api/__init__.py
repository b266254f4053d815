"""ingest's HTTP API: mails in, messages and conversations out, channel accounts."""

from fastapi import APIRouter

from services.ingest.api import accounts, chat, conversations, mails, messages, webhooks
from services.ingest.chat.desk import ChatDesk
from services.ingest.pressure import Pressure
from services.ingest.settings import IngestSettings
from shared.messaging.unit import UnitOfWork
from shared.storage import BlobStore


def routes(
    unit: UnitOfWork,
    blobs: BlobStore,
    pressure: Pressure,
    settings: IngestSettings,
    desk: ChatDesk,
) -> APIRouter:
    """All endpoints, below /v1."""
    # One flat router, the busiest endpoint first: each router inside another costs every request.
    router = APIRouter(prefix="/v1")
    mails.add_routes(router, unit, blobs, pressure, settings.mail_limit)
    messages.add_routes(router, unit.database, blobs)
    conversations.add_routes(router, unit.database)
    accounts.add_routes(router, unit.database)
    webhooks.add_routes(router, unit, pressure, settings)
    chat.add_socket(router, desk)
    chat.add_files(router, desk, blobs)
    chat.add_agents(router, desk)
    return router
