"""Channel accounts: the mailboxes and chats of a tenant that contacts come through."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

Kind = Literal[
    "email",
    "chat",
    "whatsapp",
    "messenger",
    "instagram",
    "telegram",
    "line",
    "x",
    "twilio-sms",
    "twilio-whatsapp",
    "voice",
    "form",
    "webhook",
]
"""What an account is with: a mailbox, a page's chat, a provider, or anything by webhook."""

Delivery = Literal["internal", "adapter"]
"""Who sends answers: ingest itself, or an adapter that reads support.outgoing.v1."""

Channel = Literal["email", "chat", "social", "voice", "form", "other"]
CHANNEL_OF: Final[Mapping[Kind, Channel]] = {
    "email": "email",
    "chat": "chat",
    "whatsapp": "social",
    "messenger": "social",
    "instagram": "social",
    "telegram": "social",
    "line": "social",
    "x": "social",
    "twilio-sms": "social",
    "twilio-whatsapp": "social",
    "voice": "voice",
    "form": "form",
    "webhook": "social",
}
"""The channel that messages of an account are of: every messaging network is social."""

ENVIRONMENT_PREFIX: Final = "INGEST_SECRET_"
_SOURCE = "/channels/"
_ENV_NAME = re.compile(r"(?!.*__)[A-Z0-9][A-Z0-9_]{0,99}")
_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_ADDRESS = re.compile(r"[!-?A-~]{1,64}@[A-Za-z0-9\u0080-\U0010ffff.-]{1,253}")
_NOT_IN_ADDRESS = re.compile(r"[\s<>()\[\],;:\\\"]")


@dataclass(frozen=True, slots=True)
class Account:
    """One channel account.

    address: the mailbox's own; a phone number or handle at a provider; of a chat or form, its site.
    settings: as services.ingest.account_settings validated them for the kind. secrets: what each
    secret is for, and the reference that services.ingest.secrets resolves; never the secret itself.
    """

    tenant: str
    id: str
    kind: Kind
    address: str | None
    name: str
    version: int
    created_at: datetime
    updated_at: datetime
    delivery: Delivery = "internal"
    settings: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)

    @property
    def channel(self) -> Channel:
        """The channel that its messages are of."""
        return CHANNEL_OF[self.kind]


def source_of(account: str) -> str:
    """The CloudEvents source of what comes in through an account."""
    return _SOURCE + account


def account_of(source: str) -> str | None:
    """The account id that a CloudEvents source names, None where it names none."""
    return source.removeprefix(_SOURCE) if source.startswith(_SOURCE) else None


def is_mail_address(text: str) -> bool:
    """Whether a mail can be addressed so: one @, no spaces or brackets, an ASCII local part."""
    return bool(_ADDRESS.fullmatch(text)) and not _NOT_IN_ADDRESS.search(text)


def is_secret_reference_of(tenant: str, reference: str) -> bool:
    """Whether a tenant's account may name this secret: only those in the tenant's own space.

    `env:INGEST_SECRET_<TENANT>__<NAME>` (upper case, - as _) or `file:<tenant>/<name>`. A tenant
    chooses the server that a secret is sent to, so it must not name what belongs to others.
    """
    scheme, _, name = reference.partition(":")
    if scheme == "env":
        space = f"{ENVIRONMENT_PREFIX}{tenant.upper().replace('-', '_')}__"
        return name.startswith(space) and bool(_ENV_NAME.fullmatch(name.removeprefix(space)))
    owner, _, file = name.partition("/")
    return scheme == "file" and owner == tenant and bool(_FILE_NAME.fullmatch(file))


def addresses_for(recipient: str) -> list[str]:
    """Under which account addresses a mail to `recipient` is taken, the best first, lower case.

    The address itself, then without its plus-detail (`help+x@…`); a domain in Unicode and in
    Punycode is the same. Empty for what is no mail address.
    """
    if not is_mail_address(recipient):
        return []
    local, _, domain = recipient.lower().rpartition("@")
    locals_ = [local] + ([local.partition("+")[0]] if local.find("+") > 0 else [])
    domains = dict.fromkeys([domain, _idna(domain, to_ascii=True), _idna(domain, to_ascii=False)])
    return [f"{name}@{place}" for name in locals_ for place in domains if place]


def _idna(domain: str, *, to_ascii: bool) -> str:
    try:
        if to_ascii:
            return domain.encode("idna").decode("ascii")
        return domain.encode("ascii").decode("idna")
    except UnicodeError:
        return ""


def default_account(accounts: Iterable[Account], kind: Kind) -> Account | None:
    """The tenant's account of a kind that is used when none is named: its oldest."""
    fitting = [account for account in accounts if account.kind == kind]
    return min(fitting, key=lambda account: (account.created_at, account.id), default=None)
