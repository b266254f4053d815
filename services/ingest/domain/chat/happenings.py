"""What can happen to a chat session, and what follows from it for others."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from services.ingest.domain.chat.sessions import NOBODY, Entry, File, Outcome
from services.ingest.domain.headers import Person

Who = Literal["visitor", "agent", "bot", "system"]


# What somebody does.


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """The visitor writes. id: the client's own, the same for each retry.

    offline: nobody was in, and the visitor left an address: that is all of the session.
    """

    id: str
    text: str
    sent_at: datetime
    files: tuple[File, ...] = ()
    visitor: Person = NOBODY
    language: str | None = None
    page: str | None = None
    offline: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Speak:
    """We write, as requested through support.outgoing.v1; kind as there."""

    request_id: UUID
    kind: str
    text: str
    automatic: bool
    requested_by: str
    ticket_id: UUID | None
    hand_over: bool = False


@dataclass(frozen=True, slots=True)
class Read:
    """The visitor has read up to an entry."""

    seq: int


@dataclass(frozen=True, slots=True)
class AskPerson:
    """The visitor wants a person rather than the bot."""


@dataclass(frozen=True, slots=True)
class Invite:
    """An invitation was shown, accepted or dismissed."""

    invitation: str
    outcome: Outcome
    page: str | None = None


@dataclass(frozen=True, slots=True)
class WantTranscript:
    """The visitor wants the transcript by mail when the session ends."""

    email: str


@dataclass(frozen=True, slots=True)
class Join:
    """An agent got the ticket. name: what the visitor sees. at: names the event."""

    agent_id: UUID
    name: str | None
    event: str


@dataclass(frozen=True, slots=True)
class Leave:
    """The agent no longer has the ticket."""

    agent_id: UUID
    event: str


@dataclass(frozen=True, slots=True)
class End:
    """Somebody ends the session; system: it was idle."""

    by: Who
    agent_id: UUID | None = None


Action = Say | Speak | Read | AskPerson | Invite | WantTranscript | Join | Leave | End


# What others are told.


@dataclass(frozen=True, slots=True)
class Started:
    """It has begun, with what was said first."""

    said: Say


@dataclass(frozen=True, slots=True)
class Said:
    """The visitor wrote."""

    said: Say
    entry: Entry


@dataclass(frozen=True, slots=True)
class Queued:
    """The visitor waits for a person."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A person answered for the first time."""

    by: str
    waited_seconds: float


@dataclass(frozen=True, slots=True)
class Abandoned:
    """The visitor went without an answer."""

    waited_seconds: float


@dataclass(frozen=True, slots=True)
class HandedOver:
    """People hold it now, not the bot."""

    by: Who


@dataclass(frozen=True, slots=True)
class Invited:
    """What became of an invitation."""

    invite: Invite


@dataclass(frozen=True, slots=True)
class WasRead:
    """The visitor read entries beyond `after` up to `until`."""

    after: int
    until: int


@dataclass(frozen=True, slots=True)
class Ended:
    """It is over."""

    end: End
    seconds: float


@dataclass(frozen=True, slots=True)
class Missed:
    """We wrote after the end, to a visitor who left an address: it is mailed too."""

    spoken: Speak


News = (
    Started | Said | Queued | Answered | Abandoned | HandedOver | Invited | WasRead | Ended | Missed
)
