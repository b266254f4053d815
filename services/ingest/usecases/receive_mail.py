"""Announced mails become messages."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from services.ingest.domain.accounts import Kind, account_of
from services.ingest.repository import Accounts, RawMails
from services.ingest.repository.raw_mails import insert_raw_mails, mark_parsed
from services.ingest.usecases.announce import announce_received
from services.ingest.usecases.keep_messages import Draft, keep
from services.ingest.usecases.read_mail import ReadMail, Unreadable
from shared.messaging.events import Received
from shared.messaging.outbox import Outbox
from shared.storage import Session

UNKNOWN_ACCOUNT = "unknown-account"


async def receive_mails(
    session: Session, outbox: Outbox, received: Sequence[Received[Any]], now: datetime
) -> None:
    """Stores and announces the messages of mails that `MailReader.read` has read.

    A mail that is known already, by its bytes or as a copy of a message, announces nothing more.
    One from an unknown account, or without its bytes, is refused.
    """
    known = await known_senders(session, outbox, received, "email")
    read = [one for one in known if not _refused(outbox, one)]
    raw_ids = await _raw_ids(session, [one.data for one in read])
    drafts = [_draft(one.data, raw_ids) for one in read]
    kept = await keep(session, drafts)
    causes = {one.uid: one.cause for one in read}
    for message, version in kept.new:
        announce_received(outbox, message, version, causes[message.id])
    parsed = {
        draft.message.raw_id: (draft.message.tenant, kept.ids[draft.message.id])
        for draft in reversed(drafts)
    }
    if parsed:
        marks = [(tenant, raw_id, id) for raw_id, (tenant, id) in parsed.items() if raw_id]
        await mark_parsed(session, marks, now)


async def known_senders(
    session: Session, outbox: Outbox, received: Sequence[Received[Any]], kind: Kind
) -> list[Received[Any]]:
    """Those that come through a channel account of their tenant; the others are refused."""
    accounts = await Accounts(session).of_tenants({one.tenant for one in received})
    known = []
    for one in received:
        account = accounts.get((one.tenant, account_of(one.event.source) or ""))
        if account is not None and account.kind == kind:
            known.append(one)
        else:
            detail = f"source must be /channels/<id> of one of the tenant's {kind} accounts"
            outbox.refuse(one, UNKNOWN_ACCOUNT, detail)
    return known


def _refused(outbox: Outbox, received: Received[Any]) -> bool:
    if isinstance(received.data, Unreadable):
        outbox.refuse(received, received.data.reason, received.data.detail)
        return True
    return False


async def _raw_ids(session: Session, read: Sequence[ReadMail]) -> dict[tuple[str, bytes], UUID]:
    """The raw mail of each; what an adapter announced is stored here."""
    raws = {(one.raw.tenant, one.raw.sha256): one.raw for one in reversed(read)}
    stored = await RawMails(session).known(raws)
    missing = [raw for key, raw in raws.items() if key not in stored]
    if missing:
        await insert_raw_mails(session, missing)
        stored |= await RawMails(session).known([(raw.tenant, raw.sha256) for raw in missing])
    return {key: known.id for key, known in stored.items()}


def _draft(read: ReadMail, raw_ids: dict[tuple[str, bytes], UUID]) -> Draft:
    raw_id = raw_ids[read.raw.tenant, read.raw.sha256]
    return Draft(replace(read.message, raw_id=raw_id), read.names, read.customer)
