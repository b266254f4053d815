"""Announced chat messages become messages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.ingest.domain.accounts import account_of
from services.ingest.domain.headers import Person
from services.ingest.domain.messages import Attachment, Message
from services.ingest.domain.texts import clean
from services.ingest.domain.threads import chat_names, identity
from services.ingest.usecases.announce import announce_received
from services.ingest.usecases.claim_blobs import Unclaimable, claim
from services.ingest.usecases.keep_messages import Draft, keep
from services.ingest.usecases.receive_mail import known_senders
from shared.contracts.inbound import ChatFile, InboundChatMessageSent
from shared.messaging.events import Received
from shared.messaging.outbox import Outbox
from shared.storage import BlobStore, Session


@dataclass(frozen=True, slots=True)
class ReadChat:
    """A chat message with its files in our blob store; fault: why they cannot be had."""

    said: InboundChatMessageSent
    attachments: tuple[Attachment, ...] = ()
    fault: str | None = None


class ChatReader:
    """Makes announced chat messages ready to be stored, outside of transactions."""

    def __init__(self, blobs: BlobStore) -> None:
        self._blobs = blobs

    async def read(self, received: Sequence[Received[Any]]) -> list[Received[Any]]:
        """The same events; each message as ReadChat. Only files are asked for in the store."""
        return [
            Received(one.uid, one.event, await self._one(one.tenant, one.data), one.at)
            if isinstance(one.data, InboundChatMessageSent)
            else one
            for one in received
        ]

    async def _one(self, tenant: str, said: InboundChatMessageSent) -> ReadChat:
        try:
            return ReadChat(said, tuple([await self._file(tenant, one) for one in said.files]))
        except Unclaimable as error:
            return ReadChat(said, fault=str(error))

    async def _file(self, tenant: str, file: ChatFile) -> Attachment:
        return Attachment(file.name, await claim(self._blobs, tenant, file.blob), False, None)


async def receive_chats(
    session: Session,
    outbox: Outbox,
    received: Sequence[Received[ReadChat]],
    now: datetime,
) -> None:
    """Stores and announces chat messages; one session of one account is one conversation.

    A message id that came before in its session announces nothing more.
    """
    known = await known_senders(session, outbox, received, "chat")
    known = [one for one in known if _is_usable(outbox, one)]
    kept = await keep(session, outbox, [_draft(one) for one in known])
    events = {one.uid: one for one in known}
    for message, version in kept.new:
        event = events[message.id]
        announce_received(outbox, message, version, event.cause, held_by=event.data.said.held_by)


def _draft(received: Received[ReadChat]) -> Draft:
    said, tenant = received.data.said, received.tenant
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
        attachments=received.data.attachments,
        thread_id=said.session_id,
    )
    return Draft(message, chat_names(tenant, account, said.session_id), sender)


def _is_usable(outbox: Outbox, received: Received[Any]) -> bool:
    fault = received.data.fault
    if fault is not None:
        outbox.refuse(received, "missing-blob", fault)
    return fault is None
