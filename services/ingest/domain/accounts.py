"""Channel accounts: the mailboxes and chats of a tenant that contacts come through."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Kind = Literal["email", "chat"]
"""Channels that ingest itself sends by."""

_SOURCE = "/channels/"
_ADDRESS = re.compile(r"[!-?A-~]{1,64}@[A-Za-z0-9\u0080-\U0010ffff.-]{1,253}")
_NOT_IN_ADDRESS = re.compile(r"[\s<>()\[\],;:\\\"]")


@dataclass(frozen=True, slots=True)
class Account:
    """One channel account. address: the mailbox's own; of a chat, the site it is on, if known."""

    tenant: str
    id: str
    kind: Kind
    address: str | None
    name: str
    version: int
    created_at: datetime
    updated_at: datetime


def source_of(account: str) -> str:
    """The CloudEvents source of what comes in through an account."""
    return _SOURCE + account


def account_of(source: str) -> str | None:
    """The account id that a CloudEvents source names, None where it names none."""
    return source.removeprefix(_SOURCE) if source.startswith(_SOURCE) else None


def is_mail_address(text: str) -> bool:
    """Whether a mail can be addressed so: one @, no spaces or brackets, an ASCII local part."""
    return bool(_ADDRESS.fullmatch(text)) and not _NOT_IN_ADDRESS.search(text)


def default_account(accounts: Iterable[Account], kind: Kind) -> Account | None:
    """The tenant's account of a kind that is used when none is named: its oldest."""
    fitting = [account for account in accounts if account.kind == kind]
    return min(fitting, key=lambda account: (account.created_at, account.id), default=None)
