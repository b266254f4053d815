"""What was said on a ticket, and what became of what we said."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

EntryKind = Literal["message", "reply", "acknowledgement", "note"]
Outcome = Literal["sent", "failed", "not-confirmed"]

BEGINNING: Final = 2000
"""Characters of a customer's message that router keeps; the whole of it is ingest's."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing said. position: the ticket's version at which it was.

    reference: the message's id, the request that carries an answer, or the note's id. delivery:
    requested, then its Outcome; None for what is not sent.
    """

    tenant: str
    ticket_id: UUID
    position: int
    kind: EntryKind
    at: datetime
    by: str
    reference: UUID
    text: str
    agent_id: UUID | None = None
    conversation_id: UUID | None = None
    html: str | None = None
    automatic: bool = False
    delivery: str | None = None
    delivered_at: datetime | None = None
    delivery_reason: str | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of an answer (`reference`: its request)."""

    tenant: str
    ticket_id: UUID
    reference: UUID
    delivery: Outcome
    delivered_at: datetime
    delivery_reason: str | None
