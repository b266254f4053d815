"""ingest's composition root: settings to consumers, workers and API."""

from pathlib import Path

from services.ingest.api import routes
from services.ingest.mail_out.carrier import MailCarrier
from services.ingest.pressure import Pressure
from services.ingest.sender import Carrier, Sender
from services.ingest.settings import IngestSettings
from services.ingest.smtp import SmtpRelay
from services.ingest.subscribers import consumers
from shared.messaging.unit import UnitOfWork
from shared.service.service import Service
from shared.service.settings import load
from shared.storage import BlobStore, Database


def build(settings: IngestSettings | None = None) -> Service:
    """The whole service. Raises BadSettings when the environment does not fit."""
    settings = settings or load(IngestSettings)
    database = Database(settings.database, "ingest")
    unit = UnitOfWork(database, "/deskstream/ingest")
    blobs = BlobStore(settings.blobs)
    pressure = Pressure(database, settings)
    return Service(
        name="ingest",
        about="Takes in what customers say, finds the conversation it belongs to, sends answers.",
        settings=settings,
        database=database,
        unit=unit,
        migrations=Path(__file__).parent / "migrations",
        consumers=consumers(blobs, settings.mail_domain),
        workers=[_sender(unit, settings).run],
        listeners=[pressure.watch],
        routers=[routes(unit, blobs, pressure, settings)],
    )


def _sender(unit: UnitOfWork, settings: IngestSettings) -> Sender:
    relay = SmtpRelay(
        settings.smtp_host,
        settings.smtp_port,
        name=settings.mail_domain,
        seconds=settings.smtp_timeout,
    )
    mails = MailCarrier(relay)
    carriers: dict[str, Carrier] = {"email": mails.carry}
    return Sender(
        unit,
        carriers,
        settings.patience(),
        at_once=settings.smtp_connections,
        lease_seconds=settings.delivery_lease,
        poll_seconds=settings.delivery_poll,
        at_end=[mails.close],
    )
