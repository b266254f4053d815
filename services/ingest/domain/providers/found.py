"""What a webhook's body holds, whichever network sent it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

StatusKind = Literal["sent", "delivered", "read", "failed"]


@dataclass(frozen=True, slots=True)
class Media:
    """A file that came with a post. id, url: how the provider gives its bytes out; blob: a key."""

    name: str
    media_type: str
    id: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """Something that a person wrote. id: the provider's; thread: what belongs together.

    author: their number or id there, None where the network does not say. answer_to: what an
    answer is addressed to where that is not the author. reach: how many people may see it.
    """

    id: str
    thread: str
    author: str | None
    name: str | None
    text: str
    sent_at: datetime | None
    media: tuple[Media, ...] = ()
    answer_to: str | None = None
    public: bool = False
    reach: int | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What became of a message of ours.

    Either `id` names it, or everything sent to `recipient` up to `at` is meant (a watermark).
    """

    kind: StatusKind
    id: str | None
    at: datetime | None
    recipient: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Ignored:
    """Something that is neither: its name, in the network's words."""

    name: str


Found = Post | Status | Ignored


class NotOurs(ValueError):
    """The body is not what this network sends: malformed, or another network's."""


MOST_FOUND = 1000
"""Things that one webhook may bring; WhatsApp, which sends most, stops at 1,000."""
