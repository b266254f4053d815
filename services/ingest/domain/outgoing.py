"""From a request to say something to the message that says it, and how it is to be delivered."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from services.ingest.domain.accounts import Account, Kind, default_account, is_mail_address
from services.ingest.domain.compose import header_id
from services.ingest.domain.deliveries import Delivery, answer_subject, references_of
from services.ingest.domain.headers import Person
from services.ingest.domain.messages import Conversation, Message
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


@dataclass(frozen=True, slots=True)
class Plan:
    """What a request comes to. Without message and conversation there was nowhere to send it."""

    delivery: Delivery
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
) -> Plan:
    """accounts: the tenant's, by id. last: the latest inbound message of the conversation."""
    channel = request.channel or (conversation.channel if conversation else None)
    account = _account(channel, conversation, accounts)
    recipient = request.recipient or (conversation.customer if conversation else None)
    delivery = _delivery(request, channel or "other", account, recipient, now)
    if recipient is None:
        return Plan(
            _failed(delivery, "there is no such conversation, and no recipient"), None, None
        )
    if account is None:
        reason = f"the tenant has no {channel or 'such'} account to send it by"
        return Plan(_failed(delivery, reason), None, None)
    opened = conversation or Conversation(
        request.tenant, request.conversation_id, account.kind, account.id, request.subject,
        recipient, 0,
    )  # fmt: skip
    message = _message(request, opened, account, recipient, now)
    if account.kind == "email":
        message = _as_mail(message, request, opened, last, mail_domain)
        if not is_mail_address(recipient.address or ""):
            delivery = _failed(delivery, "there is no mail address to send it to")
    else:
        delivery = replace(delivery, state="sent", attempts=1, reason=STORED)
    return Plan(delivery, message, opened)


def _account(
    channel: str | None, conversation: Conversation | None, accounts: Mapping[str, Account]
) -> Account | None:
    """The conversation's own account, or where another channel is asked for, that one's first."""
    if conversation is not None and channel == conversation.channel:
        return accounts.get(conversation.account)
    kind = _KINDS.get(channel or "email")
    return default_account(accounts.values(), kind) if kind else None


_KINDS: Mapping[str, Kind] = {"email": "email", "chat": "chat"}


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
        channel=account.kind if account else channel, account=account.id if account else "",
        recipient=recipient.address if recipient else None, requested_by=request.requested_by,
        queued_at=now, due_at=now, cause_id=request.cause_id, cause_hops=request.cause_hops,
        cause_traceparent=request.cause_traceparent,
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
        conversation_id=conversation.id, direction="outbound", channel=account.kind,
        account=account.id, sender=Person(account.name, account.address), received_at=now,
        to=(recipient,), text=request.text, html=request.html, sent_at=request.requested_at,
        automatic=request.automatic,
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
        in_reply_to=last.header_id if last else None,
        references=references_of(last) if last else (),
    )
