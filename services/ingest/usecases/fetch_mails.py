"""A page of a mailbox is stored: its mails, and how far the folder is read, in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from services.ingest.domain.accounts import Account
from services.ingest.repository.mailboxes import (
    Cursor,
    RefusedMail,
    insert_refused,
    renew_lease,
    save_cursor,
)
from services.ingest.usecases.accept_mail import NoAccount, OfferedMail, accept_mails
from shared.messaging.outbox import Outbox
from shared.storage import Session


class LeaseLost(Exception):
    """Somebody else fetches from this mailbox now, or the account is gone."""


@dataclass(frozen=True, slots=True)
class Held:
    """A mailbox that this process fetches from, until `lease` ends after `seconds` more."""

    account: Account
    lease: UUID
    seconds: float


@dataclass(frozen=True, slots=True)
class FetchedPage:
    """Mails of one folder up to `last_uid`; `refused` maps UIDs to (size, reason)."""

    cursor: Cursor
    last_uid: int
    mails: Sequence[OfferedMail]
    refused: dict[int, tuple[int | None, str]]


async def store_page(
    session: Session, outbox: Outbox, held: Held, page: FetchedPage, now: datetime
) -> Cursor:
    """Stores the mails that are new and announces them; where the folder is now.

    Raises LeaseLost, and stores nothing, when another process has taken the mailbox over.
    """
    await keep_lease(session, held, now)
    results = await accept_mails(session, outbox, page.mails, now)
    if any(isinstance(result, NoAccount) for result in results):
        raise LeaseLost
    before = page.cursor
    passed_over = [
        RefusedMail(before.folder, before.uid_validity, uid, size, reason, now)
        for uid, (size, reason) in page.refused.items()
    ]
    await insert_refused(session, held.account, passed_over)
    cursor = replace(before, last_uid=page.last_uid, mails=before.mails + len(page.mails))
    await save_cursor(session, held.account, cursor, now)
    return cursor


async def keep_lease(session: Session, held: Held, now: datetime) -> None:
    """Prolongs the lease; raises LeaseLost."""
    if not await renew_lease(session, held.account, held.lease, held.seconds, now):
        raise LeaseLost
