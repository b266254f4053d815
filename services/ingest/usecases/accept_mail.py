"""A raw mail is handed in: stored and announced, and not looked into."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from services.ingest.domain.accounts import Account, default_account, source_of
from services.ingest.repository import Accounts, RawMails
from services.ingest.repository.blob_removals import queue_removals
from services.ingest.repository.raw_mails import RawMail, insert_raw_mails
from services.ingest.usecases.erase_customer import BLOB_REST
from shared.contracts.inbound import InboundEmailReceived
from shared.contracts.payload import BlobRef
from shared.messaging.events import Cause
from shared.messaging.outbox import Outbox
from shared.storage import Session

LONGEST_IN_ROW = 65_536
"""Bytes of a mail that lies in its row and travels in its event; a longer one is a blob."""


@dataclass(frozen=True, slots=True)
class OfferedMail:
    """A mail that somebody hands in for `tenant`; exactly one of body and blob_key is set.

    id: a new UUIDv7, the raw mail's if its bytes are new. account: None for the tenant's first.
    envelope_from, envelope_to: as SMTP said, 100 recipients at most; none where nobody said.
    """

    tenant: str
    account: str | None
    id: UUID
    sha256: bytes
    size: int
    body: bytes | None = field(repr=False)
    blob_key: str | None
    traceparent: str | None
    envelope_from: str | None = None
    envelope_to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NoAccount:
    """The mail was not taken: the tenant has no such e-mail account."""

    account: str | None


async def accept_mails(
    session: Session, outbox: Outbox, offered: Sequence[OfferedMail], now: datetime
) -> list[UUID | NoAccount]:
    """Stores what is new and announces it; the result is each mail's raw id, or why not.

    The same bytes again, also within `offered`, get the id that they got first.
    """
    accounts = await Accounts(session).of_tenants({mail.tenant for mail in offered})
    chosen = [_account(accounts, mail) for mail in offered]
    mails = _first_of_each(offered, chosen, now)
    fresh = await insert_raw_mails(session, list(mails.values())) if mails else set()
    by_id = {mail.id: mail for mail in offered}
    for raw in mails.values():
        if raw.id in fresh:
            _announce(outbox, raw, by_id[raw.id])
    ids = {(raw.tenant, raw.sha256): raw.id for raw in mails.values() if raw.id in fresh}
    older = await RawMails(session).known([key for key in mails if key not in ids])
    ids |= {key: known.id for key, known in older.items()}
    # The row of a mail that came before need not name its bytes any more: retention, erasure.
    again = {raw.blob_key for key, raw in mails.items() if key in older and raw.blob_key}
    await queue_removals(session, again, now + BLOB_REST)
    return [
        ids[mail.tenant, mail.sha256] if account else NoAccount(mail.account)
        for mail, account in zip(offered, chosen, strict=True)
    ]


def _account(accounts: Mapping[tuple[str, str], Account], mail: OfferedMail) -> Account | None:
    if mail.account is None:
        return default_account((a for a in accounts.values() if a.tenant == mail.tenant), "email")
    account = accounts.get((mail.tenant, mail.account))
    return account if account and account.kind == "email" else None


def _first_of_each(
    offered: Sequence[OfferedMail], accounts: Sequence[Account | None], now: datetime
) -> dict[tuple[str, bytes], RawMail]:
    mails: dict[tuple[str, bytes], RawMail] = {}
    for mail, account in zip(offered, accounts, strict=True):
        key = mail.tenant, mail.sha256
        if account and key not in mails:
            mails[key] = RawMail(
                tenant=mail.tenant, id=mail.id, sha256=mail.sha256, account=account.id,
                size=mail.size, body=mail.body, blob_key=mail.blob_key, received_at=now,
            )  # fmt: skip
    return mails


def _announce(outbox: Outbox, raw: RawMail, mail: OfferedMail) -> None:
    digest = raw.sha256.hex()
    blob = None
    if raw.blob_key is not None:
        blob = BlobRef(key=raw.blob_key, size=raw.size, sha256=digest, media_type="message/rfc822")
    # Built without validation: the text was made by b64encode a line further down, and checking
    # it again would cost as much as all else that is done for a mail here.
    payload = InboundEmailReceived.model_construct(
        raw=None if raw.body is None else base64.b64encode(raw.body).decode("ascii"),
        blob=blob, received_at=raw.received_at,
        envelope_from=mail.envelope_from, envelope_to=mail.envelope_to,
    )  # fmt: skip
    outbox.add(
        payload, tenant=raw.tenant, key=digest, subject=str(raw.id),
        source=source_of(raw.account), cause=Cause(raw.id, 0, mail.traceparent),
    )  # fmt: skip
