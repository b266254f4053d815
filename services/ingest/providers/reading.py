"""Posts before they are stored: files fetched, language told, tone judged. Outside transactions."""

import asyncio
import hashlib
import logging
from collections.abc import Mapping, Sequence
from typing import Any

from services.ingest.domain.accounts import Account, account_of
from services.ingest.domain.languages import language_of
from services.ingest.domain.messages import Attachment, Blob, Sentiment
from services.ingest.domain.providers.found import Media
from services.ingest.domain.sentiment import of_english
from services.ingest.domain.social import placeholder
from services.ingest.metric_names import MEDIA
from services.ingest.providers.media import MediaFetcher, NotFetched
from services.ingest.providers.tone import Classifier
from services.ingest.repository import Accounts
from services.ingest.usecases.read_mail import SERVICE
from services.ingest.usecases.receive_social import ReadPost
from shared.contracts.inbound_social import InboundSocialPosted, SocialMedia
from shared.messaging.errors import describe, is_transient
from shared.messaging.events import Received
from shared.storage import BlobStore, Database, UnknownBlob

log = logging.getLogger(__name__)

_TOGETHER = 8
# The engine's watchdog ends a process whose partition stands still for 60 s.
_BATCH_SECONDS = 30.0

Accounts_ = Mapping[tuple[str, str], Account]


class PostReader:
    """Makes announced posts ready to be stored."""

    def __init__(
        self,
        database: Database,
        blobs: BlobStore,
        fetcher: MediaFetcher,
        classifier: Classifier | None,
    ) -> None:
        """classifier: asked about texts that are not English; without one they are unknown."""
        self._database = database
        self._blobs = blobs
        self._fetcher = fetcher
        self._classifier = classifier

    async def read(self, received: Sequence[Received[Any]]) -> list[Received[Any]]:
        """The same events with ReadPost as their data.

        A file that cannot be had within the batch's 30 s, or after three attempts, is replaced by
        a short text that names it: a post is never lost for its picture.
        """
        async with self._database.reading() as session:
            accounts = await Accounts(session).of_tenants({one.tenant for one in received})
        languages = await asyncio.to_thread(_languages, [one.data for one in received])
        deadline = asyncio.get_running_loop().time() + _BATCH_SECONDS
        places = asyncio.Semaphore(_TOGETHER)

        async def one(event: Received[Any], language: str | None) -> Received[Any]:
            account = accounts.get((event.tenant, account_of(event.event.source) or ""))
            posted: InboundSocialPosted = event.data
            async with places:
                files = [await self._file(event.tenant, account, f, deadline) for f in posted.media]
                tone = await self._tone(posted, language, deadline)
            read = ReadPost(posted, tuple(files), language, tone)
            return Received(event.uid, event.event, read, event.at)

        return list(await asyncio.gather(*map(one, received, languages)))

    async def _tone(
        self, posted: InboundSocialPosted, language: str | None, deadline: float
    ) -> Sentiment | None:
        if not posted.public:
            return None
        if language is not None and language.partition("-")[0] == "en":
            return await asyncio.to_thread(of_english, posted.text)
        if self._classifier is None or asyncio.get_running_loop().time() > deadline:
            return "unknown"
        return await self._classifier.judge(posted.text, language)

    async def _file(
        self, tenant: str, account: Account | None, file: SocialMedia, deadline: float
    ) -> Attachment:
        try:
            if file.blob is not None:
                return await self._kept(tenant, file)
            if account is None:
                raise NotFetched("its account is not known")
            media = Media(file.name, file.media_type, file.provider_id, file.url)
            async with asyncio.timeout_at(deadline):
                data, media_type = await self._fetcher.fetch(account, media)
            MEDIA.labels("fetched").inc()
            return await self._attached(tenant, file.name or "file", media_type, data)
        except (NotFetched, TimeoutError) as error:
            why = str(error) or "the provider took too long"
        except Exception as error:
            if is_transient(error):
                raise
            log.error("file of a post not understood", extra={"error": describe(error)})
            why = "what the provider answered could not be understood"
        return await self._instead(tenant, file, why)

    async def _instead(self, tenant: str, file: SocialMedia, why: str) -> Attachment:
        MEDIA.labels("not-fetched").inc()
        log.warning("file of a post not fetched", extra={"tenant": tenant, "reason": why})
        name, text = placeholder(Media(file.name or "file", file.media_type), why)
        return await self._attached(tenant, name, "text/plain", text)

    async def _kept(self, tenant: str, file: SocialMedia) -> Attachment:
        """A copy of our own: an adapter's blob may go when the adapter likes."""
        assert file.blob is not None
        if file.blob.key.split("/")[1:2] != [tenant]:
            raise NotFetched("the blob's key must have the event's own tenant")
        try:
            data = await self._blobs.get(file.blob.key)
        except UnknownBlob:
            raise NotFetched("there is no blob under the key") from None
        if hashlib.sha256(data).hexdigest() != file.blob.sha256:
            raise NotFetched("the blob's bytes have another SHA-256 than stated")
        return await self._attached(tenant, file.name or "file", file.media_type, data)

    async def _attached(self, tenant: str, name: str, media_type: str, data: bytes) -> Attachment:
        key = await self._blobs.put(SERVICE, tenant, data)
        blob = Blob(key, len(data), key.rpartition("/")[2], media_type)
        return Attachment(name, blob, inline=False, content_id=None)


def _languages(posts: Sequence[InboundSocialPosted]) -> list[str | None]:
    """Of each post: as the text itself says, else as the network does."""
    return [language_of(post.text) or post.language for post in posts]
