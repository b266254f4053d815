"""Before the transaction: fetch a mail's bytes, read it, put away what is too large for a row."""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from services.ingest.domain.accounts import account_of
from services.ingest.domain.files import File
from services.ingest.domain.forwards import Forwarded
from services.ingest.domain.headers import Person
from services.ingest.domain.kinds import Bounce, Complaint
from services.ingest.domain.mail import ParsedMail
from services.ingest.domain.marks import Marks, own_request, recipients
from services.ingest.domain.messages import LONGEST_TEXT, Attachment, Blob, Message
from services.ingest.domain.texts import beginning
from services.ingest.domain.threads import Name, mail_names
from services.ingest.repository.raw_mails import RawMail
from services.ingest.usecases.accept_mail import LONGEST_IN_ROW
from services.ingest.usecases.examine_mail import (
    Reading,
    Taken,
    authenticated,
    signed_conversation,
    take,
)
from shared.contracts.inbound import InboundEmailReceived
from shared.messaging.events import Received
from shared.storage import BlobStore, UnknownBlob

SERVICE = "ingest"
"""First part of the keys of ingest's blobs."""


@dataclass(frozen=True, slots=True)
class ReadMail:
    """A mail that was read: the raw mail, the message that it is, its names, whom to answer.

    marks: what machines have written above it. signed: the conversation that one of its addresses
    names, which we have signed. own_request: what it answers, if it is a mail of ours.
    """

    raw: RawMail
    message: Message
    names: tuple[Name, ...]
    customer: Person
    marks: Marks = field(default_factory=dict)
    signed: UUID | None = None
    own_request: UUID | None = None
    forwarded: Forwarded | None = None
    bounce: Bounce | None = None
    complaint: Complaint | None = None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A mail whose bytes cannot be had: reason and detail for the parked record."""

    reason: str
    detail: str


class MailReader:
    """Reads announced mails; what is larger than a row goes to the blob store."""

    def __init__(self, blobs: BlobStore, reading: Reading | None = None) -> None:
        self._blobs = blobs
        self._reading = reading or Reading()

    async def read(self, received: Sequence[Received[Any]]) -> list[Received[Any]]:
        """The same events with ReadMail or Unreadable as their data.

        Mails that travel inside their events are parsed together in a thread; of those that do
        not, one at a time is in memory.
        """
        small = [one for one in received if one.data.raw is not None]
        parsed = dict(
            zip([one.uid for one in small], await asyncio.to_thread(_parse, small), strict=True)
        )
        checked = await authenticated(parsed, self._reading)
        return [
            Received(
                one.uid, one.event,
                await self._one(one, parsed.get(one.uid), checked.get(one.uid)), one.at,
            )
            for one in received
        ]  # fmt: skip

    async def _one(
        self,
        received: Received[InboundEmailReceived],
        taken: Taken | None,
        checked: Mapping[str, str] | None,
    ) -> ReadMail | Unreadable:
        if taken is None:
            raw = await self._fetched(received)
            if isinstance(raw, Unreadable):
                return raw
            taken = await asyncio.to_thread(take, raw)
            checked = (await authenticated({received.uid: taken}, self._reading))[received.uid]
        return await self._stored(received, taken, checked or {})

    def _addressed(self, received: Received[InboundEmailReceived], taken: Taken) -> UUID | None:
        """The conversation that one of the addresses names which the mail went to."""
        people = [person.address for person in (*taken.mail.to, *taken.mail.cc)]
        addresses = recipients(taken.marks, *received.data.envelope_to, *people)
        return signed_conversation(addresses, received.tenant, self._reading.reply_key)

    async def _fetched(self, received: Received[InboundEmailReceived]) -> bytes | Unreadable:
        blob = received.data.blob
        assert blob is not None
        # A blob of another tenant's is none of this one's business, whoever names it.
        if blob.key.split("/")[1:2] != [received.tenant]:
            return Unreadable("missing-blob", "the blob's key must have the event's own tenant")
        try:
            raw = await self._blobs.get(blob.key)
        except UnknownBlob:
            return Unreadable("missing-blob", "there is no blob under the key: send it again")
        if hashlib.sha256(raw).hexdigest() != blob.sha256:
            return Unreadable("missing-blob", "the blob's bytes have another SHA-256 than stated")
        return raw

    async def _stored(
        self,
        received: Received[InboundEmailReceived],
        taken: Taken,
        checked: Mapping[str, str],
    ) -> ReadMail:
        mail = taken.mail
        tenant, account = received.tenant, account_of(received.event.source) or ""
        # Nobody receives what Kafka has not got yet: an adapter's fast clock does no harm.
        received_at = min(received.data.received_at, received.at)
        text, text_blob = beginning(mail.text, LONGEST_TEXT), None
        if len(text) < len(mail.text):
            text_blob = await self._put(tenant, mail.text.encode(), "text/plain; charset=utf-8")
        quoted, quoted_blob = beginning(mail.quoted, LONGEST_TEXT), None
        if len(quoted) < len(mail.quoted):
            quoted_blob = await self._put(tenant, mail.quoted.encode(), "text/plain; charset=utf-8")
        html, html_blob = mail.html, None
        if html is not None and len(html.encode()) > LONGEST_TEXT:
            html_blob = await self._put(tenant, html.encode(), "text/html; charset=utf-8")
            html = None
        message = Message(
            tenant=tenant, id=received.uid, identity=mail.identity, conversation_id=received.uid,
            direction="inbound", channel="email", account=account, sender=mail.sender,
            received_at=received_at, to=mail.to, cc=mail.cc, subject=mail.subject, text=text,
            text_blob=text_blob, html=html, html_blob=html_blob,
            attachments=tuple([await self._attached(tenant, file) for file in mail.files]),
            header_id=mail.message_id, in_reply_to=next(iter(mail.in_reply_to), None),
            references=mail.references[-50:], sent_at=mail.sent_at, automatic=mail.automatic,
            language=mail.language, kind=mail.kind, quoted=quoted, quoted_blob=quoted_blob,
            reply_to=next(iter(mail.reply_to), None), authentication=checked,
        )  # fmt: skip
        names = mail_names(tenant, mail.message_id, mail.in_reply_to, mail.references)
        return ReadMail(
            raw=await self._raw(received, taken.raw, account, received_at), message=message,
            names=names, customer=_customer(mail), marks=taken.marks,
            signed=self._addressed(received, taken),
            own_request=own_request(mail.message_id, taken.marks), forwarded=taken.forwarded,
            bounce=mail.bounce, complaint=mail.complaint,
        )  # fmt: skip

    async def _raw(
        self,
        received: Received[InboundEmailReceived],
        raw: bytes,
        account: str,
        received_at: datetime,
    ) -> RawMail:
        """The raw mail as it would be stored, were it not stored already."""
        key = None
        if len(raw) > LONGEST_IN_ROW:
            key = received.data.blob.key if received.data.blob else None
            if key is None or not key.startswith(f"{SERVICE}/"):
                # An adapter's blob may go when the adapter likes: who must keep one copies it.
                key = await self._blobs.put(SERVICE, received.tenant, raw)
        return RawMail(
            tenant=received.tenant, id=received.uid, sha256=hashlib.sha256(raw).digest(),
            account=account, size=len(raw), body=raw if key is None else None, blob_key=key,
            received_at=received_at,
        )  # fmt: skip

    async def _attached(self, tenant: str, file: File) -> Attachment:
        blob = await self._put(tenant, file.content, file.media_type)
        return Attachment(file.name, blob, file.inline, file.content_id)

    async def _put(self, tenant: str, data: bytes, media_type: str) -> Blob:
        key = await self._blobs.put(SERVICE, tenant, data)
        return Blob(key, len(data), key.rpartition("/")[2], media_type)


def _parse(received: Sequence[Received[InboundEmailReceived]]) -> list[Taken]:
    return [take(one.data.decoded() or b"") for one in received]


def _customer(mail: ParsedMail) -> Person:
    """Whom to answer: Reply-To, under the name that From gives where it gives none."""
    answer = next((person for person in mail.reply_to if person.address), None)
    if answer is None:
        return mail.sender
    return Person(answer.name or mail.sender.name, answer.address)


__all__ = ["MailReader", "ReadMail", "Reading", "Unreadable"]
