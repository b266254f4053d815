"""Who a message comes from: identities, the customers that they belong to, and merges.

An identity is what a channel itself says of the sender: the address that a mail came from, the
number or the account at a network that a post came from, a chat session. What somebody typed into a
chat or a form is none: it is kept as such, for itself, until something proves it.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeVar
from uuid import UUID

import phonenumbers

from services.ingest.domain.messages import Message
from services.ingest.domain.threads import identity as _hashed

IdentityKind = Literal["email", "phone", "handle", "chat", "typed", "external"]
Key = tuple[str, UUID]
"""(tenant, customer id)."""

_T = TypeVar("_T")
LONGEST_VALUE = 320
_PHONES = frozenset({"whatsapp", "sms"})
_CONFIRMED = frozenset({"whatsapp"})
_NUMBER = re.compile(r"\+?[\d\s()./-]{5,30}")


@dataclass(frozen=True, slots=True)
class Identity:
    """What a customer is known by. verified: proved, by the network or by a signature.

    network and account: where the value means something; None where it does everywhere.
    """

    kind: IdentityKind
    value: str
    network: str | None = None
    account: str | None = None
    verified: bool = False

    @property
    def name(self) -> UUID:
        """128 bits of SHA-256; the same identity has the same name, verified or not."""
        return _hashed("customer", self.kind, self.network or "", self.account or "", self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """Somebody who writes to a tenant, as known after all merges.

    value: what the customer is worth a year, in the tenant's currency. aliases: the ids of
    customers that are part of this one. merged_into: the customer that it is part of.
    """

    tenant: str
    id: UUID
    version: int
    created_at: datetime
    updated_at: datetime
    name: str | None = None
    plan: str | None = None
    value: float | None = None
    language: str | None = None
    preferred_channel: str | None = None
    merged_into: UUID | None = None
    root_id: UUID | None = None
    facts_at: datetime | None = None
    erased_at: datetime | None = None
    identities: tuple[Identity, ...] = ()
    aliases: tuple[UUID, ...] = ()

    @property
    def key(self) -> Key:
        """(tenant, id)."""
        return self.tenant, self.id


def mail_address(given: str) -> str | None:
    """A mail address in lower case, its domain as ASCII (IDNA 2003); None where it is none."""
    given = given.strip()
    local, _, domain = given.rpartition("@")
    if not (local and domain) or len(given) > LONGEST_VALUE or " " in given:
        return None
    if not domain.isascii():
        try:
            domain = domain.encode("idna").decode("ascii")
        except UnicodeError:
            return None
    return f"{local}@{domain}".lower()


def phone_number(given: str, region: str | None = None) -> str | None:
    """A telephone number as E.164, such as +4930123456; None where it is none.

    region: the ISO 3166 country of numbers without a country's code; they are refused without it.
    """
    given = given.strip()
    if not _NUMBER.fullmatch(given):
        return None
    if region is None and not given.startswith("+"):
        given = f"+{given}"
    try:
        number = phonenumbers.parse(given, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def identity_of(message: Message) -> Identity | None:
    """What the sender of an inbound message is known by; None where nobody in particular wrote."""
    if message.spam or message.own or message.kind in ("bounce", "complaint"):
        return None
    value = (message.sender.address or "").strip()[:LONGEST_VALUE]
    if message.channel == "chat":
        return _of_session(message)
    if not value:
        return None
    if message.channel == "email":
        return _of_mail(message, value)
    if message.channel == "form":
        typed = mail_address(value) or phone_number(value)
        return Identity("typed", typed) if typed else None
    return _of_network(message, value)


def _of_session(message: Message) -> Identity | None:
    session = (message.thread_id or "")[:LONGEST_VALUE]
    return Identity("chat", session, account=message.account) if session else None


def _of_mail(message: Message, value: str) -> Identity | None:
    address = mail_address(value)
    if address is None:
        return None
    return Identity("email", address, verified=message.authentication.get("dmarc") == "pass")


def _of_network(message: Message, value: str) -> Identity:
    network = message.network
    if network in _PHONES or message.channel == "voice":
        number = phone_number(value)
        if number is not None:
            return Identity("phone", number, verified=network in _CONFIRMED)
    # Ids of most networks mean something to one account only, so two accounts never share them.
    return Identity("handle", value, network or message.channel, message.account)


def whole(members: Sequence[Customer], root: UUID) -> Customer:
    """The customer that `members`, merged, are: what the root does not know, the oldest says."""
    [head] = [one for one in members if one.id == root]
    others = sorted((one for one in members if one.id != root), key=lambda one: one.created_at)
    every = [head, *others]
    return Customer(
        tenant=head.tenant, id=head.id, version=head.version, created_at=head.created_at,
        updated_at=head.updated_at, name=_first(one.name for one in every),
        plan=_first(one.plan for one in every), value=_first(one.value for one in every),
        language=_first(one.language for one in every),
        preferred_channel=_first(one.preferred_channel for one in every),
        facts_at=head.facts_at, erased_at=head.erased_at, merged_into=head.merged_into,
        root_id=head.root_id, identities=tuple(i for one in every for i in one.identities),
        aliases=tuple(one.id for one in others),
    )  # fmt: skip


def _first(known: Iterable[_T | None]) -> _T | None:
    return next((one for one in known if one is not None), None)


def survivor(one: Customer, other: Customer) -> tuple[Customer, Customer]:
    """(who stays, who becomes a part) where nobody has said it: the older one stays."""
    first, second = sorted((one, other), key=lambda it: (it.created_at, it.id))
    return first, second
