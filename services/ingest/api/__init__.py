"""ingest's HTTP API: mails in, messages and conversations out, channel accounts."""

import asyncio
from datetime import timedelta

from fastapi import APIRouter

from services.ingest.api import (
    accounts,
    chat,
    chat_agents,
    chat_files,
    conversations,
    customers,
    deliveries,
    files,
    forms,
    mail_webhooks,
    mails,
    messages,
    quarantine,
    voice,
    webhooks,
)
from services.ingest.chat.desk import ChatDesk
from services.ingest.mail_in.door import MailDoor
from services.ingest.pressure import Pressure
from services.ingest.rate_limits import RateLimits
from services.ingest.secrets import Secrets
from services.ingest.settings import IngestSettings
from services.ingest.uploads import Uploads
from shared.messaging.unit import UnitOfWork
from shared.storage import BlobStore


def routes(
    unit: UnitOfWork,
    blobs: BlobStore,
    pressure: Pressure,
    settings: IngestSettings,
    desk: ChatDesk,
    *,
    door: MailDoor,
    queued: asyncio.Event,
    limits: RateLimits,
) -> APIRouter:
    """All endpoints, below /v1. queued: set once there is something for the sender."""
    # One flat router, the busiest endpoint first: each router inside another costs every request.
    router = APIRouter(prefix="/v1")
    mails.add_routes(router, unit, blobs, pressure, door)
    messages.add_routes(router, unit.database, blobs)
    conversations.add_routes(router, unit.database)
    quarantine.add_routes(router, unit.database)
    customers.add_routes(router, unit.database, timedelta(seconds=settings.erasure_within))
    accounts.add_routes(router, unit.database)
    mail_webhooks.add_routes(router, door, Secrets(settings), settings.webhook_window)
    deliveries.add_routes(router, unit.database, queued)
    webhooks.add_routes(router, unit, pressure, settings)
    voice.add_routes(router, unit, pressure, settings)
    uploads = Uploads(unit, blobs, settings)
    files.add_routes(router, uploads, pressure, settings)
    forms.add_routes(router, unit, uploads, limits, pressure=pressure, settings=settings)
    chat.add_socket(router, desk, limits)
    visitors = chat_files.VisitorFiles(uploads, pressure, limits, settings.chat)
    chat.add_files(router, desk, blobs, visitors)
    chat_agents.add_routes(router, desk)
    return router
