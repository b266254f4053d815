"""A channel account is made, or its address and name are changed."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from services.ingest.domain.accounts import Account, Kind
from services.ingest.repository import Accounts
from services.ingest.repository.accounts import save_account
from shared.storage import Session


class AddressTaken(Exception):
    """Another e-mail account of the tenant receives mail under this address."""


class KindFixed(Exception):
    """An account cannot change its kind: its conversations are of the one that it has."""

    def __init__(self, kind: Kind) -> None:
        super().__init__(kind)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Wanted:
    """An account as somebody wants it to be."""

    tenant: str
    id: str
    kind: Kind
    address: str | None
    name: str


async def set_up_account(
    session: Session, wanted: Wanted, expects: Callable[[int], None], now: datetime
) -> Account:
    """Stores the account; one that is already so keeps its version.

    expects: called with the present version, 0 for a new account; raises where that is not the one
    that the caller has seen. Raises AddressTaken or KindFixed, named for what is wrong.
    """
    accounts = Accounts(session)
    before = await accounts.locked(wanted.tenant, wanted.id)
    expects(before.version if before else 0)
    if before is not None and before.kind != wanted.kind:
        raise KindFixed(before.kind)
    mailbox = wanted.address if wanted.kind == "email" else None
    if mailbox and await accounts.has_address(wanted.tenant, mailbox, other_than=wanted.id):
        raise AddressTaken
    account = _changed(before, wanted, now)
    if account != before:
        await save_account(session, account)
    return account


def _changed(before: Account | None, wanted: Wanted, now: datetime) -> Account:
    if before is None:
        return Account(
            wanted.tenant, wanted.id, wanted.kind, wanted.address, wanted.name, 1, now, now
        )
    if (before.address, before.name) == (wanted.address, wanted.name):
        return before
    return replace(
        before, address=wanted.address, name=wanted.name, version=before.version + 1, updated_at=now
    )
