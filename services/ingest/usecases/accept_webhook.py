"""A provider's webhook: its posts are announced as any adapter would, its statuses are kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from services.ingest.domain.accounts import source_of
from services.ingest.domain.providers.found import Media, Post, Status
from services.ingest.domain.social import revision, status_name, written_at
from services.ingest.repository.delivery_statuses import ToldStatus, insert_statuses
from shared.contracts.inbound_social import InboundSocialPosted, SocialAuthor, SocialMedia
from shared.messaging.events import Cause
from shared.messaging.ids import timer_id
from shared.messaging.outbox import Outbox
from shared.storage import Session

# A status tends to come while the outcome of the sending is being stored.
_FIRST_LOOK = timedelta(milliseconds=500)


@dataclass(frozen=True, slots=True)
class TakenWebhook:
    """What a webhook brought to an account that exists and whose signature was right."""

    tenant: str
    account: str
    network: str
    posts: tuple[Post, ...]
    statuses: tuple[Status, ...]
    traceparent: str | None


async def accept_webhooks(
    session: Session, outbox: Outbox, taken: Sequence[TakenWebhook], now: datetime
) -> list[None]:
    """Announces posts on support.inbound.social.v1 and stores statuses to be applied.

    A retry announces the same ids again, which the consumer knows; one that is in the same group
    is announced once. Nothing is looked up here.
    """
    announced: set[UUID] = set()
    for webhook in taken:
        for post in webhook.posts:
            cause = _cause(webhook, post)
            if cause.id not in announced:
                announced.add(cause.id)
                _announce(outbox, webhook, post, cause, now)
    told = [_told(webhook, status, now) for webhook in taken for status in webhook.statuses]
    await insert_statuses(session, list({(s.tenant, s.account, s.name): s for s in told}.values()))
    return [None] * len(taken)


def _cause(webhook: TakenWebhook, post: Post) -> Cause:
    """The same for each retry, so that what is announced has the same id."""
    named = (webhook.tenant, webhook.account, post.thread, post.id, revision(post))
    return Cause(timer_id(written_at(post), "post", *named), 0, webhook.traceparent)


def _announce(
    outbox: Outbox, webhook: TakenWebhook, post: Post, cause: Cause, now: datetime
) -> None:
    payload = InboundSocialPosted(
        network=webhook.network, thread_id=post.thread, message_id=post.id, revision=revision(post),
        author=SocialAuthor(address=post.author, name=post.name), text=post.text,
        media=tuple(map(_media, post.media)), sent_at=post.sent_at or now,
        answer_to=post.answer_to, public=post.public, reach=post.reach, language=post.language,
    )  # fmt: skip
    outbox.add(
        payload, tenant=webhook.tenant, key=post.thread, source=source_of(webhook.account),
        cause=cause,
    )  # fmt: skip


def _media(file: Media) -> SocialMedia:
    return SocialMedia(
        name=file.name, media_type=file.media_type, provider_id=file.id, url=file.url
    )


def _told(webhook: TakenWebhook, status: Status, now: datetime) -> ToldStatus:
    # Nobody reads what has not been sent yet: a provider's fast clock does no harm.
    at = min(status.at or now, now)
    return ToldStatus(
        webhook.tenant, webhook.account, status_name(status), status.kind, status.id,
        status.recipient, at, status.reason, now + _FIRST_LOOK,
    )  # fmt: skip
