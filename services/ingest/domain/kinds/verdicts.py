"""What a mail can turn out to be."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["message", "bounce", "complaint", "auto-reply"]


@dataclass(frozen=True, slots=True)
class Bounce:
    """A mail that did not arrive, as its notice tells it; None where the notice does not.

    status: an enhanced status code (RFC 3463) such as 5.1.1. hard: the address will never work.
    reason: one of `reasons.HARD`. original_message_id: in angle brackets.
    """

    recipient: str | None
    status: str | None
    hard: bool
    reason: str
    original_message_id: str | None


@dataclass(frozen=True, slots=True)
class Complaint:
    """A feedback report (RFC 5965) about a mail of ours; None where the report does not say.

    feedback: its Feedback-Type in lower case, such as abuse, fraud, virus, opt-out, auth-failure.
    """

    feedback: str
    recipient: str | None
    original_message_id: str | None


@dataclass(frozen=True, slots=True)
class Classified:
    """A mail's kind; `bounce` and `complaint` go with the kind of their name.

    automatic: written by a robot or for many readers, so no robot may answer it (RFC 3834).
    """

    kind: Kind
    automatic: bool
    bounce: Bounce | None = None
    complaint: Complaint | None = None
