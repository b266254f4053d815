"""Announced mails become messages."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from services.ingest.domain.accounts import Account, Kind, account_of
from services.ingest.metric_names import FORGOTTEN, MAILS_HELD, OWN_MAILS
from services.ingest.repository import Accounts, RawMails
from services.ingest.repository.blob_removals import forget_raws, note_copies, queue_removals
from services.ingest.repository.raw_mails import insert_raw_mails, mark_parsed
from services.ingest.repository.returned import mark_returned
from services.ingest.usecases.announce import Notice, announce
from services.ingest.usecases.draft_mail import draft_of
from services.ingest.usecases.erase_customer import BLOB_REST
from services.ingest.usecases.keep_messages import Draft, Kept, keep
from services.ingest.usecases.mail_facts import Facts, facts_of
from services.ingest.usecases.read_mail import ReadMail, Unreadable
from shared.contracts.inbound import InboundEmailReceived
from shared.messaging.events import Received
from shared.messaging.outbox import Outbox
from shared.storage import Session

UNKNOWN_ACCOUNT = "unknown-account"

AccountKey = tuple[str, str]
"""(tenant, account id)."""


async def receive_mails(
    session: Session, outbox: Outbox, received: Sequence[Received[Any]], now: datetime
) -> None:
    """Stores and announces the messages of mails that `MailReader.read` has read.

    A mail that is known already, by its bytes or as a copy of a message, announces nothing more;
    nor does one of ours that came back, or one that is held as spam. One from an unknown account,
    or without its bytes, is refused.
    """
    accounts = await Accounts(session).of_tenants({one.tenant for one in received})
    known = _known_senders(accounts, outbox, received, "email")
    known = await _without_old(session, known)
    read = [one for one in known if not _refused(outbox, one)]
    mails = [one.data for one in read]
    raw_ids = await _raw_ids(session, mails)
    facts = await facts_of(session, mails)
    drafts = [
        draft_of(
            replace(mail, message=replace(mail.message, raw_id=_raw_id(mail, raw_ids))),
            facts, accounts,
        )
        for mail in mails
    ]  # fmt: skip
    kept = await keep(session, outbox, drafts)
    _announce(outbox, read, kept, facts, accounts)
    await mark_returned(session, _reasons(mails, kept, facts))
    _count(drafts, kept)
    await _mark(session, drafts, kept, now)
    await _forget(session, mails, drafts, kept, now)


async def known_senders(
    session: Session, outbox: Outbox, received: Sequence[Received[Any]], kind: Kind
) -> list[Received[Any]]:
    """Those that come through a channel account of their tenant; the others are refused."""
    accounts = await Accounts(session).of_tenants({one.tenant for one in received})
    return _known_senders(accounts, outbox, received, kind)


def _known_senders(
    accounts: Mapping[AccountKey, Account],
    outbox: Outbox,
    received: Sequence[Received[Any]],
    kind: Kind,
) -> list[Received[Any]]:
    known = []
    for one in received:
        account = accounts.get((one.tenant, account_of(one.event.source) or ""))
        if account is not None and account.kind == kind:
            known.append(one)
        else:
            detail = f"source must be /channels/<id> of one of the tenant's {kind} accounts"
            outbox.refuse(one, UNKNOWN_ACCOUNT, detail)
    return known


async def _without_old(session: Session, received: Sequence[Received[Any]]) -> list[Received[Any]]:
    """Without mails that were taken in long ago and whose blobs are gone since: by retention, or
    because their senders were erased. Parking their announcements would bring addresses back."""
    lost = {
        (one.tenant, bytes.fromhex(announced.blob.sha256)): one.uid
        for one in received
        if isinstance(one.data, Unreadable)
        and isinstance(announced := one.event.data, InboundEmailReceived)
        and announced.blob is not None
    }
    old = await RawMails(session).known(lost)
    passed_over = {lost[key] for key, raw in old.items() if raw.message_id is not None}
    return [one for one in received if one.uid not in passed_over]


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


def _raw_id(mail: ReadMail, raw_ids: Mapping[tuple[str, bytes], UUID]) -> UUID:
    return raw_ids[mail.raw.tenant, mail.raw.sha256]


def _announce(
    outbox: Outbox,
    read: Sequence[Received[ReadMail]],
    kept: Kept,
    facts: Facts,
    accounts: Mapping[AccountKey, Account],
) -> None:
    causes = {one.uid: one for one in read}
    for message, version in kept.new:
        one = causes[message.id]
        account = accounts[message.tenant, message.account]
        notice = Notice(
            one.data.bounce, one.data.complaint, facts.returned.get(message.id),
            opens=account.settings.get("auto_replies") == "open",
        )  # fmt: skip
        announce(
            outbox, message, version, one.cause, notice, merges=kept.merges.get(message.id, ())
        )


def _reasons(mails: Sequence[ReadMail], kept: Kept, facts: Facts) -> dict[tuple[str, UUID], str]:
    new = {message.id for message, _ in kept.new}
    reasons = {}
    for mail in mails:
        delivery = facts.returned.get(mail.message.id)
        if mail.bounce and delivery and mail.message.id in new:
            status = f" ({mail.bounce.status})" if mail.bounce.status else ""
            reason = f"bounced: {mail.bounce.reason}{status}"
            reasons[delivery.tenant, delivery.request_id] = reason
    return reasons


def _count(drafts: Sequence[Draft], kept: Kept) -> None:
    stored = [d.message for d in drafts if kept.ids[d.message.id] == d.message.id]
    OWN_MAILS.inc(sum(message.own for message in stored))
    MAILS_HELD.inc(sum(message.spam for message in stored))


async def _mark(session: Session, drafts: Sequence[Draft], kept: Kept, now: datetime) -> None:
    parsed = {
        draft.message.raw_id: (draft.message.tenant, kept.ids[draft.message.id])
        for draft in reversed(drafts)
    }
    marks = [(tenant, raw_id, id) for raw_id, (tenant, id) in parsed.items() if raw_id]
    if marks:
        await mark_parsed(session, marks, now)
    # The message names its first raw mail itself.
    await note_copies(session, {
        (draft.message.tenant, kept.ids[draft.message.id], draft.message.raw_id)
        for draft in drafts
        if draft.message.raw_id and kept.ids[draft.message.id] != draft.message.id
    })  # fmt: skip


async def _forget(
    session: Session,
    mails: Sequence[ReadMail],
    drafts: Sequence[Draft],
    kept: Kept,
    now: datetime,
) -> None:
    """Takes the bytes off mails that their senders wrote before they were erased.

    Blobs of theirs, and of mails that came again, go unless a row names them.
    """
    FORGOTTEN.inc(len(kept.forgotten))
    again = kept.forgotten | {id for id, stored in kept.ids.items() if id != stored}
    if not again:
        return
    gone = [
        (mail, draft)
        for mail, draft in zip(mails, drafts, strict=True)
        if draft.message.id in again
    ]
    forgotten = [one for _, one in gone if one.message.id in kept.forgotten]
    await forget_raws(session, {(one.message.tenant, one.message.raw_id) for one in forgotten})
    keys = {mail.raw.blob_key for mail, _ in gone if mail.raw.blob_key}
    files = {key for _, draft in gone for key in draft.message.blob_keys()}
    await queue_removals(session, keys | files, now + BLOB_REST)
