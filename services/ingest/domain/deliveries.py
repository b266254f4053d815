"""What becomes of a message on its way out: sent, tried again, given up."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from services.ingest.domain.accounts import Account
from services.ingest.domain.messages import Message

State = Literal["queued", "sending", "sent", "failed", "not-confirmed"]
SETTLED: frozenset[State] = frozenset({"sent", "failed", "not-confirmed"})

LONGEST_REASON = 500
_UNREACHABLE_PAUSE = timedelta(seconds=15)
_LONGEST_BLOCKED = timedelta(minutes=5)  # once somebody has mended the account, mails go soon


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One request to say something to a customer, and how far it has come.

    cause_*: what requested it, for the events that follow. unconfirmed: how often its outcome
    stayed unknown. lease: names the process that is sending it. unsubscribe_url: for the header
    List-Unsubscribe. provider_id: what the channel calls it once it is sent.
    delivered_at, read_at: as the channel said later, if it did.
    """

    tenant: str
    request_id: UUID
    conversation_id: UUID
    ticket_id: UUID | None
    kind: str
    channel: str
    account: str
    recipient: str | None
    requested_by: str
    queued_at: datetime
    due_at: datetime
    cause_id: UUID
    cause_hops: int
    cause_traceparent: str | None
    state: State = "queued"
    attempts: int = 0
    unconfirmed: int = 0
    reason: str | None = None
    lease: UUID | None = None
    unsubscribe_url: str | None = None
    provider_id: str | None = None
    delivered_at: datetime | None = None
    read_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Leased:
    """A delivery that this process may send now, what it says, and the account it goes by.

    account: as it is set up now; None when it has been taken away since.
    """

    delivery: Delivery
    message: Message
    account: Account | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one attempt came to.

    sent; refused: for good; deferred: for now; unreachable: nobody took the call; unknown: the
    whole message was handed over, and no answer came. lost: so it was, and to a channel that would
    not know it when it is sent again. blocked: the account itself is turned away
    (bad password, a relay closed to us), so that every message of it would be. provider_id: what
    the channel calls the message from now on, where it says so. wait: how long the channel asks us
    to leave it alone.
    """

    kind: Literal["sent", "refused", "deferred", "unreachable", "blocked", "unknown", "lost"]
    reason: str | None = None
    provider_id: str | None = None
    wait: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to try. pause: after the first deferral, doubled by each up to `longest_pause`.

    repeats: how often a message whose outcome is unknown is sent again, the same bytes under the
    same Message-ID.
    """

    pause: timedelta = timedelta(seconds=30)
    longest_pause: timedelta = timedelta(minutes=30)
    give_up_after: timedelta = timedelta(hours=48)
    repeats: int = 3


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be stored of an attempt. due_at: when a queued delivery is tried again."""

    delivery: Delivery
    state: State
    reason: str | None
    due_at: datetime
    unconfirmed: int
    provider_id: str | None = None


def judge(delivery: Delivery, outcome: Outcome, now: datetime, patience: Patience) -> Verdict:
    """From an attempt's outcome to the delivery's next state."""
    unconfirmed = delivery.unconfirmed + (outcome.kind in ("unknown", "lost"))
    state, due_at = _next(delivery, outcome, now, patience, unconfirmed)
    reason = (outcome.reason or "")[:LONGEST_REASON] or None
    return Verdict(delivery, state, reason, due_at, unconfirmed, outcome.provider_id)


def is_spent(delivery: Delivery, patience: Patience) -> bool:
    """Whether no further attempt is allowed, since processes died while sending it."""
    return delivery.unconfirmed > patience.repeats


def references_of(message: Message, most: int = 50) -> tuple[str, ...]:
    """References of an answer to `message` (RFC 5322 §3.6.4): its own, then its id; the last 50."""
    thread = message.references or tuple(filter(None, (message.in_reply_to,)))
    ids = dict.fromkeys((*thread, *filter(None, (message.header_id,))))
    return tuple(ids)[-most:]


def answer_subject(subject: str | None) -> str:
    """The subject of an answer to a conversation: `Re: ` before it, once."""
    subject = (subject or "").strip()
    return subject if subject[:3].lower() == "re:" else f"Re: {subject}".strip()


def _next(
    delivery: Delivery, outcome: Outcome, now: datetime, patience: Patience, unconfirmed: int
) -> tuple[State, datetime]:
    match outcome.kind:
        case "sent":
            return "sent", now
        case "refused":
            return "failed", now
        case "lost":
            return "not-confirmed", now
        case "unknown" if unconfirmed > patience.repeats:
            return "not-confirmed", now
    if now - delivery.queued_at >= patience.give_up_after:
        return ("not-confirmed" if unconfirmed else "failed"), now
    return "queued", now + max(_pause(delivery, outcome, patience), outcome.wait or timedelta())


def _pause(delivery: Delivery, outcome: Outcome, patience: Patience) -> timedelta:
    if outcome.kind == "unreachable":
        return min(_UNREACHABLE_PAUSE, patience.pause)
    doubled: timedelta = patience.pause * 2 ** min(max(0, delivery.attempts - 1), 20)
    longest = _LONGEST_BLOCKED if outcome.kind == "blocked" else patience.longest_pause
    return min(longest, patience.longest_pause, doubled)
