"""A visitor's chat session and the entries that its page shows."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal, Self
from uuid import UUID

from services.ingest.domain.headers import Person
from services.ingest.domain.messages import Blob

State = Literal["open", "bot", "waiting", "active", "ended"]
"""open: nothing was said yet; bot: a bot answers; waiting: for a person; active: has a person."""

EntryKind = Literal["message", "reply", "bot", "notice", "joined", "left", "handed-over", "ended"]
"""message is the visitor's; reply a person's; notice is automatic; the rest is what happened."""

Outcome = Literal["shown", "accepted", "dismissed"]

NOBODY = Person(None, None)

Key = tuple[str, UUID]
"""(tenant, session id)."""


@dataclass(frozen=True, slots=True)
class File:
    """A file in a chat."""

    name: str
    blob: Blob


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of a chat. client_id: unique in its session, the sender's own name for it.

    ticket_id, delivery_kind: of what was requested through support.outgoing.v1.
    """

    seq: int
    kind: EntryKind
    client_id: str
    at: datetime
    author: str | None = None
    text: str = ""
    files: tuple[File, ...] = ()
    ticket_id: UUID | None = None
    delivery_kind: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """One session. seq: its last entry's. read_seq: how far the visitor has read.

    invited: the outcome of each invitation, by its id. waiting_since stays once somebody answered.
    """

    tenant: str
    id: UUID
    account: str
    due_at: datetime
    state: State = "open"
    seq: int = 0
    visitor: Person = NOBODY
    language: str | None = None
    page: str | None = None
    invitation: str | None = None
    invited: Mapping[str, Outcome] = field(default_factory=dict)
    read_seq: int = 0
    messages: int = 0
    replies: int = 0
    agent_id: UUID | None = None
    agent_name: str | None = None
    transcript_to: str | None = None
    started_at: datetime | None = None
    waiting_since: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def key(self) -> Key:
        """What names it."""
        return self.tenant, self.id

    def with_entry(self, entry: Entry) -> Self:
        """The session after one more entry."""
        return replace(self, seq=entry.seq)


@dataclass(frozen=True, slots=True)
class Rules:
    """How an account's chats go. idle: silence that ends one; keep: how long an ended one stays."""

    bot: bool = False
    idle: timedelta = timedelta(minutes=30)
    keep: timedelta = timedelta(days=30)
