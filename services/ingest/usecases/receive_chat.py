"""Announced chat messages become messages."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from services.ingest.domain.accounts import account_of
from services.ingest.domain.headers import Person
from services.ingest.domain.messages import Attachment, Blob, Message
from services.ingest.domain.texts import clean
from services.ingest.domain.threads import chat_names, identity
from services.ingest.usecases.announce import announce_received
from services.ingest.usecases.keep_messages import Draft, keep
from services.ingest.usecases.receive_mail import known_senders
from shared.contracts.inbound import ChatFile, InboundChatMessageSent
from shared.messaging.events import Received
from shared.messaging.outbox import Outbox
from shared.storage import Session


async def receive_chats(
    session: Session,
    outbox: Outbox,
    received: Sequence[Received[InboundChatMessageSent]],
    now: datetime,
) -> None:
    """Stores and announces chat messages; one session of one account is one conversation.

    A message id that came before in its session announces nothing more.
    """
    known = await known_senders(session, outbox, received, "chat")
    known = [one for one in known if _own_files(outbox, one)]
    kept = await keep(session, outbox, [_draft(one) for one in known])
    events = {one.uid: one for one in known}
    for message, version in kept.new:
        event = events[message.id]
        announce_received(outbox, message, version, event.cause, held_by=event.data.held_by)


def _draft(received: Received[InboundChatMessageSent]) -> Draft:
    said, tenant = received.data, received.tenant
    account = account_of(received.event.source) or ""
    visitor = said.visitor
    sender = Person(visitor.name, visitor.email) if visitor else Person(None, None)
    message = Message(
        tenant=tenant,
        id=received.uid,
        identity=identity("chat", account, said.session_id, said.message_id),
        conversation_id=received.uid,
        direction="inbound",
        channel="chat",
        account=account,
        sender=sender,
        # Nobody receives what Kafka has not got yet: an adapter's fast clock does no harm.
        received_at=min(received.time, received.at),
        text=clean(said.text),
        sent_at=said.sent_at,
        language=said.language,
        attachments=tuple(map(_attachment, said.files)),
        thread_id=said.session_id,
    )
    return Draft(message, chat_names(tenant, account, said.session_id), sender)


def _attachment(file: ChatFile) -> Attachment:
    blob = file.blob
    return Attachment(
        file.name, Blob(blob.key, blob.size, blob.sha256, blob.media_type), False, None
    )


def _own_files(outbox: Outbox, received: Received[Any]) -> bool:
    """Whether its files are the tenant's own; else it is refused."""
    for file in received.data.files:
        if file.blob.key.split("/")[1:2] != [received.tenant]:
            outbox.refuse(received, "missing-blob", "a file is not a blob of this tenant's")
            return False
    return True
