"""ingest's composition root: settings to consumers, workers and API."""

import asyncio
from datetime import timedelta
from pathlib import Path

from services.ingest.api import chat, forms, routes
from services.ingest.blob_sweep import BlobSweep
from services.ingest.chat.desk import ChatDesk
from services.ingest.chat.hearing import idle_chats
from services.ingest.mail_in.account_file import AccountFile, read_accounts
from services.ingest.mail_in.door import MailDoor
from services.ingest.mail_in.imap_worker import MailboxFetcher
from services.ingest.mail_in.listener import MailListener
from services.ingest.mail_out.carrier import mail_carrier
from services.ingest.pressure import Pressure
from services.ingest.providers.carrier import ProviderCarrier
from services.ingest.providers.media import MediaFetcher
from services.ingest.providers.networks import NETWORKS
from services.ingest.providers.reading import PostReader
from services.ingest.providers.tone import Classifier
from services.ingest.queue_watch import QueueWatch
from services.ingest.rate_limits import RateLimits
from services.ingest.repository.calls import next_call_due
from services.ingest.repository.delivery_statuses import next_status_due
from services.ingest.secrets import Secrets
from services.ingest.sender import Carrier, Sender
from services.ingest.settings import IngestSettings
from services.ingest.subscribers import consumers
from services.ingest.usecases.apply_statuses import apply_statuses
from services.ingest.usecases.erase_customer import erasures
from services.ingest.usecases.expire_mails import retention
from services.ingest.usecases.hear_customers import restate_customers
from services.ingest.usecases.read_mail import Reading
from services.ingest.usecases.receive_voice import Patience
from services.ingest.usecases.tell_calls import tell_calls
from shared.messaging.timers import Timer
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
    door = MailDoor(unit, blobs, pressure, memory=settings.mail_memory, longest=settings.mail_limit)
    accounts = AccountFile(unit, read_accounts(settings.accounts_file))
    queued = asyncio.Event()
    desk = ChatDesk(unit, settings.chat, settings.redis.url, pressure)
    limits = RateLimits(settings.redis.url)
    return Service(
        name="ingest",
        about="Takes in what customers say, finds the conversation it belongs to, sends answers.",
        settings=settings,
        database=database,
        unit=unit,
        migrations=Path(__file__).parent / "migrations",
        consumers=consumers(
            blobs,
            settings.mail_domain,
            _post_reader(database, blobs, settings),
            desk.take,
            queued.set,
            reading=_reading(settings),
            automatic_budget=settings.automatic_budget,
            patience=Patience(settings.call_grace, settings.call_longest),
        ),
        timers=[
            Timer("delivery-statuses", apply_statuses, next_status_due),
            idle_chats(desk.take),
            erasures(timedelta(seconds=settings.erasure_grace)),
            *retention(settings.retention()),
            Timer("calls", tell_calls, next_call_due),
        ],
        workers=[
            MailboxFetcher(door, settings).run,
            _sender(unit, blobs, settings, queued).run,
            QueueWatch(database).run,
            BlobSweep(unit, blobs).run,
        ],
        restates=[restate_customers],
        listeners=[
            pressure.watch,
            accounts.run,
            MailListener(door, settings).run,
            desk.listen,
            limits.run,
        ],
        routers=[
            routes(unit, blobs, pressure, settings, desk, door=door, queued=queued, limits=limits),
            chat.pages(desk),
            forms.pages(database),
        ],
    )


def _post_reader(database: Database, blobs: BlobStore, settings: IngestSettings) -> PostReader:
    fetcher = MediaFetcher(
        Secrets(settings), limit=settings.media_limit, seconds=settings.media_timeout
    )
    url = settings.sentiment_url
    classifier = Classifier(url, settings.sentiment_timeout) if url else None
    return PostReader(database, blobs, fetcher, classifier)


def _reading(settings: IngestSettings) -> Reading:
    seconds = settings.authentication_timeout if settings.check_authentication else None
    return Reading(settings.reply_secret(), settings.trusted(), seconds)


def _sender(
    unit: UnitOfWork, blobs: BlobStore, settings: IngestSettings, queued: asyncio.Event
) -> Sender:
    mails = mail_carrier(settings, blobs)
    networks = ProviderCarrier(
        Secrets(settings), seconds=settings.provider_timeout, public_url=settings.public_url
    )
    carriers: dict[str, Carrier] = dict.fromkeys(NETWORKS, networks.carry)
    carriers["email"] = mails.carry
    return Sender(
        unit,
        carriers,
        settings.patience(),
        at_once=settings.delivery_at_once,
        lease_seconds=settings.delivery_lease,
        poll_seconds=settings.delivery_poll,
        queued=queued,
        at_end=[mails.close, networks.close],
    )
