"""ingest's part for networks at work: posts are read and stored, statuses are applied."""

from collections.abc import Sequence
from typing import Any

from services.ingest.domain.messages import Message
from services.ingest.providers.media import MediaFetcher
from services.ingest.providers.reading import PostReader
from services.ingest.providers.tone import Classifier
from services.ingest.repository import Conversations
from services.ingest.secrets import Secrets
from services.ingest.settings import IngestSettings
from services.ingest.tables import delivery_status
from services.ingest.tables import message as messages
from services.ingest.usecases.apply_statuses import apply_statuses
from services.ingest.usecases.receive_social import receive_posts
from shared.contracts.envelope import Event
from shared.contracts.inbound_social import InboundSocialPosted
from shared.contracts.messages import MessageReceived
from shared.messaging import Received, UnitOfWork, tables
from shared.messaging.ids import inbound_ids
from shared.storage import BlobStore
from tests.ingest.mailroom import AT, Mailroom

__all__ = ["Conversations", "Message", "Switchboard"]


class Switchboard:
    """The consumer of support.inbound.social.v1 and the timer of statuses, called by hand."""

    def __init__(self, mailroom: Mailroom, settings: IngestSettings) -> None:
        self.mailroom = mailroom
        fetcher = MediaFetcher(
            Secrets(settings), limit=settings.media_limit, seconds=settings.media_timeout
        )
        classifier = Classifier(settings.sentiment_url, 2.0) if settings.sentiment_url else None
        self.reader = PostReader(self.unit.database, self.blobs, fetcher, classifier)
        self.refused: dict[Any, tuple[str, str]] = {}

    @property
    def unit(self) -> UnitOfWork:
        """The service's units of work."""
        return self.mailroom.unit

    @property
    def blobs(self) -> BlobStore:
        """The service's blob store."""
        return self.mailroom.blobs

    async def posted(self) -> list[Event[Any]]:
        """What webhooks have announced and nobody has consumed yet."""
        return await self.mailroom.announced(InboundSocialPosted)

    async def consume(self, events: Sequence[Event[Any]] | None = None) -> None:
        """Takes announced posts from the outbox, as Kafka gives them, and stores them as one batch.

        Copies are left out as the engine's inbox does.
        """
        if events is None:
            events = await self.posted()
            async with self.unit.database.writing() as session:
                kind = tables.outbox.c.topic == "support.inbound.social.v1"
                await session.execute(tables.outbox.delete().where(kind))
        by_uid = {}
        for event in events:
            uid, _claim = inbound_ids(AT, event.tenant, event.source, event.id)
            by_uid.setdefault(uid, Received(uid, event, event.data, AT))
        await self.store(await self.reader.read(list(by_uid.values())))

    async def store(self, read: Sequence[Received[Any]]) -> None:
        """Stores posts that were read, as one batch."""
        async with self.unit.begin() as (session, outbox, now):
            await receive_posts(session, outbox, read, now)
            self.refused |= outbox.refused

    async def received(self) -> list[MessageReceived]:
        """The messages that were announced."""
        return [event.data for event in await self.mailroom.announced(MessageReceived)]

    async def stored(self) -> Sequence[Any]:
        """All rows of messages."""
        return await self.mailroom.rows(messages)

    async def apply_statuses(self) -> int:
        """Applies the statuses that wait, as if they were all due."""
        async with self.unit.database.writing() as session:
            await session.execute(delivery_status.update().values(due_at=AT))
        async with self.unit.begin() as (session, outbox, now):
            return await apply_statuses(session, outbox, now, 1000)
