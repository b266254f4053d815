"""Announced forms become messages."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.ingest.domain.accounts import account_of
from services.ingest.domain.headers import Person
from services.ingest.domain.languages import language_of
from services.ingest.domain.messages import LONGEST_TEXT, Attachment, Blob, Message
from services.ingest.domain.texts import beginning, body, one_line
from services.ingest.domain.threads import identity
from services.ingest.usecases.announce import announce_received
from services.ingest.usecases.claim_blobs import Unclaimable, claim
from services.ingest.usecases.keep_messages import Draft, keep
from services.ingest.usecases.read_mail import SERVICE
from services.ingest.usecases.receive_mail import known_senders
from shared.contracts.inbound_form import FormFile, InboundFormSubmitted
from shared.messaging.events import Received
from shared.messaging.outbox import Outbox
from shared.storage import BlobStore, Session


@dataclass(frozen=True, slots=True)
class ReadForm:
    """A form with its files in our blob store; fault: why they cannot be had."""

    form: InboundFormSubmitted
    text: str
    text_blob: Blob | None
    language: str | None
    attachments: tuple[Attachment, ...] = ()
    fault: str | None = None


class FormReader:
    """Makes announced forms ready to be stored, outside of transactions."""

    def __init__(self, blobs: BlobStore) -> None:
        self._blobs = blobs

    async def read(self, received: Sequence[Received[Any]]) -> list[Received[Any]]:
        """The same events with ReadForm as their data."""
        languages = await asyncio.to_thread(_languages, [one.data for one in received])
        return [
            Received(one.uid, one.event, await self._one(one.tenant, one.data, language), one.at)
            for one, language in zip(received, languages, strict=True)
        ]

    async def _one(self, tenant: str, form: InboundFormSubmitted, language: str | None) -> ReadForm:
        whole = text_of(form)
        text, blob = beginning(whole, LONGEST_TEXT), None
        if len(text) < len(whole):
            key = await self._blobs.put(SERVICE, tenant, whole.encode())
            kind = "text/plain; charset=utf-8"
            blob = Blob(key, len(whole.encode()), key.rpartition("/")[2], kind)
        try:
            files = tuple([await self._file(tenant, one) for one in form.files])
        except Unclaimable as error:
            return ReadForm(form, text, blob, language, fault=str(error))
        return ReadForm(form, text, blob, language, files)

    async def _file(self, tenant: str, file: FormFile) -> Attachment:
        blob = await claim(self._blobs, tenant, file.blob)
        return Attachment(one_line(file.name, 255), blob, inline=False, content_id=None)


async def receive_forms(
    session: Session, outbox: Outbox, received: Sequence[Received[ReadForm]], now: datetime
) -> None:
    """Stores and announces forms, each a conversation; one that came before announces nothing."""
    known = await known_senders(session, outbox, received, "form")
    usable = [one for one in known if _is_usable(outbox, one)]
    kept = await keep(session, outbox, [_draft(one) for one in usable])
    causes = {one.uid: one.cause for one in usable}
    for message, version in kept.new:
        announce_received(outbox, message, version, causes[message.id])


def text_of(form: InboundFormSubmitted) -> str:
    """What the person wrote, and below it what else was filled in, a line for each field.

    A telephone number is shown there too where it is not who to answer to.
    """
    lines = [f"{one.label or one.name}: {body(one.value)}" for one in form.fields]
    if form.phone and form.email:
        lines.append(form.phone)
    return "\n\n".join(filter(None, [body(form.text), "\n".join(lines)]))


def _is_usable(outbox: Outbox, received: Received[Any]) -> bool:
    fault = received.data.fault
    if fault is not None:
        outbox.refuse(received, "missing-blob", fault)
    return fault is None


def _draft(received: Received[ReadForm]) -> Draft:
    read, form, tenant = received.data, received.data.form, received.tenant
    account = account_of(received.event.source) or ""
    address = one_line(form.email or form.phone or "", 320) or None
    sender = Person(one_line(form.name or "", 200) or None, address)
    named = identity("form", account, form.submission_id)
    message = Message(
        tenant=tenant, id=received.uid, identity=named, conversation_id=received.uid,
        direction="inbound", channel="form", account=account, sender=sender,
        # Nobody receives what Kafka has not got yet: an adapter's fast clock does no harm.
        received_at=min(received.time, received.at),
        subject=one_line(form.subject or "", 998) or None, text=read.text,
        text_blob=read.text_blob, attachments=read.attachments, sent_at=form.submitted_at,
        language=read.language, thread_id=form.submission_id,
    )  # fmt: skip
    return Draft(message, ((tenant, named),), sender)


def _languages(forms: Sequence[InboundFormSubmitted]) -> list[str | None]:
    """Of each form: as its own text says, else as its page does."""
    return [language_of(form.text) or form.language for form in forms]
