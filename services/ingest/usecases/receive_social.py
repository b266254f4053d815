"""Announced posts of networks become messages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.ingest.domain.accounts import Account, account_of
from services.ingest.domain.headers import Person
from services.ingest.domain.messages import Attachment, Message, Sentiment
from services.ingest.domain.sentiment import needs_quick_answer
from services.ingest.domain.social import NETWORK_OF, post_names
from services.ingest.domain.texts import clean, one_line
from services.ingest.domain.threads import identity
from services.ingest.repository import Accounts
from services.ingest.usecases.announce import announce_received
from services.ingest.usecases.keep_messages import Draft, keep
from services.ingest.usecases.receive_mail import UNKNOWN_ACCOUNT
from shared.contracts.inbound_social import InboundSocialPosted
from shared.messaging.events import Received
from shared.messaging.outbox import Outbox
from shared.storage import Session


@dataclass(frozen=True, slots=True)
class ReadPost:
    """A post with its files in the blob store, its language, and how it sounds."""

    posted: InboundSocialPosted
    attachments: tuple[Attachment, ...]
    language: str | None
    sentiment: Sentiment | None


async def receive_posts(
    session: Session, outbox: Outbox, received: Sequence[Received[Any]], now: datetime
) -> None:
    """Stores and announces posts that `PostReader.read` has read, one conversation a thread.

    One that came before under its account, thread, id and revision announces nothing more.
    """
    found = await Accounts(session).of_tenants({one.tenant for one in received})
    known = []
    for one in received:
        account = found.get((one.tenant, account_of(one.event.source) or ""))
        if account is not None and account.kind in NETWORK_OF:
            known.append((one, account))
        else:
            detail = "source must be /channels/<id> of one of the tenant's accounts at a network"
            outbox.refuse(one, UNKNOWN_ACCOUNT, detail)
    kept = await keep(session, outbox, [_draft(one, account) for one, account in known])
    causes = {one.uid: one.cause for one, _account in known}
    for message, version in kept.new:
        announce_received(outbox, message, version, causes[message.id])


def _draft(received: Received[ReadPost], account: Account) -> Draft:
    read, posted, tenant = received.data, received.data.posted, received.tenant
    name = one_line(posted.author.name or "", 200) or None
    author = Person(name, one_line(posted.author.address or "", 320) or None)
    thread, id = posted.thread_id, posted.message_id
    message = Message(
        tenant=tenant, id=received.uid,
        identity=identity("social", account.id, thread, id, posted.revision or ""),
        conversation_id=received.uid, direction="inbound", channel=account.channel,
        account=account.id, sender=author,
        # Nobody receives what Kafka has not got yet: an adapter's fast clock does no harm.
        received_at=min(received.time, received.at), text=clean(posted.text),
        attachments=read.attachments, sent_at=posted.sent_at, language=read.language,
        public=posted.public, reach=posted.reach, sentiment=read.sentiment,
        network=clean(posted.network), urgent=needs_quick_answer(read.sentiment, posted.public),
        thread_id=thread,
    )  # fmt: skip
    answer_to = Person(name, one_line(posted.answer_to or "", 320) or author.address)
    return Draft(message, post_names(tenant, account.id, thread), answer_to)
