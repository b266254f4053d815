"""A channel account is made, or what may change of it is changed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from services.ingest.domain.accounts import (
    Account,
    Delivery,
    Kind,
    is_secret_reference_of,
)
from services.ingest.repository import Accounts
from services.ingest.repository.accounts import save_account
from services.ingest.repository.mailboxes import wake_mailbox
from shared.storage import Session


class AddressTaken(Exception):
    """Another account has this address: an e-mail account of any tenant, else of this tenant."""


class KindFixed(Exception):
    """An account cannot change its kind: its conversations are of the one that it has."""

    def __init__(self, kind: Kind) -> None:
        super().__init__(kind)
        self.kind = kind


class ForeignSecret(Exception):
    """A secret's reference leads out of the tenant's own space."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


@dataclass(frozen=True, slots=True)
class Wanted:
    """An account as somebody wants it to be. secrets: None leaves them as they are."""

    tenant: str
    id: str
    kind: Kind
    address: str | None
    name: str
    delivery: Delivery = "internal"
    settings: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, str] | None = None


_SHARED_ADDRESSES: Final = frozenset({"chat", "form", "webhook"})
"""Kinds whose address is only told: two chats may be on one site."""
_CHANGEABLE: Final = ("address", "name", "delivery", "settings", "secrets")


async def set_up_account(
    session: Session, wanted: Wanted, expects: Callable[[int], None], now: datetime
) -> Account:
    """Stores the account; one that is already so keeps its version.

    expects: called with the present version, 0 for a new account; raises where that is not the one
    that the caller has seen. Raises AddressTaken, KindFixed or ForeignSecret, named for what is
    wrong.
    """
    for name, reference in (wanted.secrets or {}).items():
        if not is_secret_reference_of(wanted.tenant, reference):
            raise ForeignSecret(name)
    accounts = Accounts(session)
    before = await accounts.locked(wanted.tenant, wanted.id)
    expects(before.version if before else 0)
    if before is not None and before.kind != wanted.kind:
        raise KindFixed(before.kind)
    if wanted.address and wanted.kind not in _SHARED_ADDRESSES:
        tenant, kind, address = wanted.tenant, wanted.kind, wanted.address
        if await accounts.has_address(tenant, kind, address, other_than=wanted.id):
            raise AddressTaken
    account = _changed(before, wanted, now)
    if account != before:
        await save_account(session, account)
        await wake_mailbox(session, account, now)
    return account


def _changed(before: Account | None, wanted: Wanted, now: datetime) -> Account:
    given = {name: getattr(wanted, name) for name in _CHANGEABLE}
    if wanted.secrets is None:
        given["secrets"] = before.secrets if before else {}
    if before is None:
        return Account(
            tenant=wanted.tenant, id=wanted.id, kind=wanted.kind, version=1,
            created_at=now, updated_at=now, **given,
        )  # fmt: skip
    changed = replace(before, **given)
    if changed == before:
        return before
    return replace(changed, version=before.version + 1, updated_at=now)
