"""Posts of networks: which account kinds have them, what makes a post the same post."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, get_args
from uuid import UUID

from services.ingest.domain.accounts import Account, Kind
from services.ingest.domain.providers.found import Media, Post, Status
from services.ingest.domain.threads import Name, identity

NETWORK_OF: Final[Mapping[Kind, str]] = {
    "whatsapp": "whatsapp", "messenger": "messenger", "instagram": "instagram",
    "telegram": "telegram", "line": "line", "x": "x", "twilio-sms": "sms",
    "twilio-whatsapp": "whatsapp", "webhook": "webhook",
}  # fmt: skip
"""The network of each kind of account that has posts."""

assert set(NETWORK_OF) <= set(get_args(Kind))

_SINCE = datetime(1970, 1, 1, tzinfo=UTC)


def network_of(account: Account) -> str:
    """The network an account is on; a generic webhook's may name its own in its settings."""
    named: Any = account.settings.get("network")
    return named if account.kind == "webhook" and named else NETWORK_OF[account.kind]


def revision(post: Post) -> str:
    """Names this wording of a post: equal for retries, another one for an edit.

    Addresses of files are left out: providers sign them anew for each retry.
    """
    said = [
        post.thread, post.author, post.text, [[one.name, one.media_type, one.id] for one in
        post.media], post.sent_at and post.sent_at.isoformat(),
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:20]


def written_at(post: Post) -> datetime:
    """When it was written, or 1970 where the provider does not say: the same for each retry."""
    return post.sent_at or _SINCE


def post_names(tenant: str, account: str, thread: str) -> tuple[Name, ...]:
    """The one name of all posts of a thread on an account."""
    return ((tenant, identity("social", account, thread)),)


def status_name(status: Status) -> UUID:
    """Equal for retries of a status."""
    parts = (status.kind, status.id or "", status.recipient or "", status.reason or "")
    # Which message it is about is enough; a watermark is told apart by its time.
    at = status.at.isoformat() if status.at and not status.id else ""
    return identity("status", *parts, at)


def placeholder(media: Media, why: str) -> tuple[str, bytes]:
    """Name and bytes of the text that stands for a file that could not be had."""
    text = f"{media.name} ({media.media_type}) could not be fetched from the provider: {why}.\n"
    return f"{media.name} - not fetched.txt"[-255:], text.encode()
