"""From a request to say something to the message that says it, and how it is to be delivered."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from services.ingest.domain.accounts import Account, default_account, is_mail_address
from services.ingest.domain.compose import header_id
from services.ingest.domain.deliveries import Delivery, answer_subject, references_of
from services.ingest.domain.headers import Person
from services.ingest.domain.messages import Attachment, Conversation, Message
from services.ingest.domain.threads import identity

STORED = "kept for the visitor to read"
"""Why a chat answer counts as sent: it lies where the visitor's page reads it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Something is to be said in a conversation, or to a recipient in a new one."""

    tenant: str
    id: UUID
    conversation_id: UUID
    ticket_id: UUID | None
    kind: str
    channel: str | None
    recipient: Person | None
    subject: str | None
    text: str
    html: str | None
    automatic: bool
    requested_by: str
    requested_at: datetime
    cause_id: UUID
    cause_hops: int
    cause_traceparent: str | None
    attachments: tuple[Attachment, ...] = ()
    unsubscribe_url: str | None = None


@dataclass(frozen=True, slots=True)
class Preferred:
    """The channel that a customer prefers, and who it is there; None: as known already."""

    channel: str
    recipient: Person | None


@dataclass(frozen=True, slots=True)
class Plan:
    """What a request comes to. Without message and conversation there was nowhere to send it.

    delivery: None where an adapter delivers it, which announces the end itself.
    """

    delivery: Delivery | None
    message: Message | None
    conversation: Conversation | None


def plan(
    request: Request,
    conversation: Conversation | None,
    accounts: Mapping[str, Account],
    last: Message | None,
    *,
    now: datetime,
    mail_domain: str,
    preferred: Preferred | None = None,
    known_by: str | None = None,
) -> Plan:
    """accounts: the tenant's, by id. last: the latest inbound message of the conversation.

    preferred: how the customer wants to be reached, where it is known. known_by: the account by
    which the recipient last wrote on the channel that is asked for, in any conversation.
    """
    usual = preferred_channel(conversation, last)
    open_ = request.channel is None and request.recipient is None
    moved = preferred if open_ and preferred and preferred.channel != usual else None
    channel = request.channel or (moved.channel if moved else usual)
    recipient = (
        request.recipient
        or (moved.recipient if moved else None)
        or _addressee(channel, conversation, last)
    )
    account = _account(channel, conversation, last, accounts, recipient, known_by=known_by)
    delivery = _delivery(request, channel or "other", account, recipient, now)
    if recipient is None:
        return Plan(
            _failed(delivery, "there is no such conversation, and no recipient"), None, None
        )
    if account is None:
        reason = f"the tenant has no {channel or 'such'} account to send it by"
        return Plan(_failed(delivery, reason), None, None)
    opened = conversation or Conversation(
        request.tenant, request.conversation_id, account.channel, account.id, request.subject,
        recipient, 0,
    )  # fmt: skip
    message = _message(request, opened, account, recipient, now)
    if account.kind == "email":
        message = _as_mail(message, request, opened, last, mail_domain)
    if account.delivery == "adapter":
        return Plan(None, message, opened)
    if account.kind == "email" and not is_mail_address(recipient.address or ""):
        delivery = _failed(delivery, "there is no mail address to send it to")
    elif account.kind == "chat":
        delivery = replace(delivery, state="sent", attempts=1, reason=STORED)
    return Plan(delivery, message, opened)


def preferred_channel(conversation: Conversation | None, last: Message | None) -> str | None:
    """The channel for a request that names none; None where there is nothing to go by.

    That of the customer's last message, else that of the conversation.
    """
    if last is not None and last.kind == "message":
        return last.channel
    return conversation.channel if conversation else None


def _addressee(
    channel: str | None, conversation: Conversation | None, last: Message | None
) -> Person | None:
    """The conversation's customer, by the address that belongs to the channel."""
    if conversation is None:
        return None
    if last is not None and last.channel == channel != conversation.channel:
        return last.sender
    return conversation.customer


def _account(
    channel: str | None,
    conversation: Conversation | None,
    last: Message | None,
    accounts: Mapping[str, Account],
    recipient: Person | None,
    *,
    known_by: str | None,
) -> Account | None:
    """The conversation's own account, else the one that the customer wrote to last, there or
    anywhere, else the tenant's first of the channel that knows such addresses. What came by a form
    or a call is answered by mail."""
    if conversation is not None and channel == conversation.channel:
        found = accounts.get(conversation.account)
    elif last is not None and channel == last.channel:
        found = accounts.get(last.account)
    else:
        found = accounts.get(known_by or "") or _first(accounts, channel or "email", recipient)
    silent = found.kind in _SILENT if found else channel in _SILENT
    if silent and recipient is not None and is_mail_address(recipient.address or ""):
        return default_account(accounts.values(), "email")
    return found


_SILENT = ("form", "voice")


_BY_NUMBER = ("whatsapp", "twilio-sms", "twilio-whatsapp")


def _first(
    accounts: Mapping[str, Account], channel: str, recipient: Person | None
) -> Account | None:
    fitting = [
        account
        for account in accounts.values()
        if account.channel == channel and _knows(account, recipient)
    ]
    return min(fitting, key=lambda account: (account.created_at, account.id), default=None)


def _knows(account: Account, recipient: Person | None) -> bool:
    """Whether the account's network could have this address: only some go by phone numbers."""
    if account.channel != "social" or account.kind == "webhook" or recipient is None:
        return True
    return (recipient.address or "").startswith("+") == (account.kind in _BY_NUMBER)


def _delivery(
    request: Request,
    channel: str,
    account: Account | None,
    recipient: Person | None,
    now: datetime,
) -> Delivery:
    return Delivery(
        tenant=request.tenant, request_id=request.id, conversation_id=request.conversation_id,
        ticket_id=request.ticket_id, kind=request.kind,
        channel=account.channel if account else channel, account=account.id if account else "",
        recipient=recipient.address if recipient else None, requested_by=request.requested_by,
        queued_at=now, due_at=now, cause_id=request.cause_id, cause_hops=request.cause_hops,
        cause_traceparent=request.cause_traceparent, unsubscribe_url=request.unsubscribe_url,
    )  # fmt: skip


def _failed(delivery: Delivery, reason: str) -> Delivery:
    return replace(delivery, state="failed", reason=reason)


def _message(
    request: Request,
    conversation: Conversation,
    account: Account,
    recipient: Person,
    now: datetime,
) -> Message:
    return Message(
        tenant=request.tenant, id=request.id, identity=identity("outgoing", str(request.id)),
        conversation_id=conversation.id, direction="outbound", channel=account.channel,
        account=account.id, sender=Person(account.name, account.address), received_at=now,
        to=(recipient,), text=request.text, html=request.html, sent_at=request.requested_at,
        automatic=request.automatic, attachments=request.attachments,
    )  # fmt: skip


def _as_mail(
    message: Message,
    request: Request,
    conversation: Conversation,
    last: Message | None,
    mail_domain: str,
) -> Message:
    return replace(
        message,
        subject=request.subject or answer_subject(conversation.subject),
        header_id=header_id(request.id, mail_domain),
        in_reply_to=last.header_id if last and last.channel == "email" else None,
        references=references_of(last) if last and last.channel == "email" else (),
    )
