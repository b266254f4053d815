"""Signed passes: a visitor's session, and a file that may be read by who holds the link.

A pass is `base64url(JSON).base64url(HMAC-SHA-256)`, no padding. Its first field says what it is
for, so that one kind never passes for the other.
"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from services.ingest.domain.chat.sessions import File
from services.ingest.domain.messages import Blob

LONGEST = 4096
_SESSION, _FILE = "s", "f"


@dataclass(frozen=True, slots=True)
class SessionPass:
    """Whose session a token is: the bearer is the visitor."""

    tenant: str
    account: str
    session: UUID
    issued_at: datetime


@dataclass(frozen=True, slots=True)
class FilePass:
    """A file of a session."""

    tenant: str
    session: UUID
    file: File
    until: datetime


def sign_session(key: bytes, given: SessionPass) -> str:
    """The visitor's token."""
    issued = int(given.issued_at.timestamp())
    return _sign(key, [_SESSION, given.tenant, given.account, given.session.hex, issued])


def read_session(key: bytes, token: str, now: datetime, longest: timedelta) -> SessionPass | None:
    """What a token says; None where it was not made with this key, or is older than `longest`."""
    fields = _read(key, token, _SESSION, 4)
    if fields is None:
        return None
    tenant, account, session, issued = fields
    issued_at = datetime.fromtimestamp(int(str(issued)), UTC)
    if now - issued_at > longest:
        return None
    return SessionPass(str(tenant), str(account), UUID(str(session)), issued_at)


def sign_file(key: bytes, given: FilePass) -> str:
    """A link's token."""
    blob = given.file.blob
    until = int(given.until.timestamp())
    return _sign(
        key,
        [_FILE, given.tenant, given.session.hex, given.file.name, blob.key, blob.size, blob.sha256,
         blob.media_type, until],
    )  # fmt: skip


def read_file(key: bytes, token: str, now: datetime) -> FilePass | None:
    """What a link's token says; None where it is not ours, or over."""
    fields = _read(key, token, _FILE, 8)
    if fields is None:
        return None
    tenant, session, name, blob, size, sha256, media_type, until = fields
    ends = datetime.fromtimestamp(int(str(until)), UTC)
    if now > ends:
        return None
    file = File(str(name), Blob(str(blob), int(str(size)), str(sha256), str(media_type)))
    return FilePass(str(tenant), UUID(str(session)), file, ends)


def _sign(key: bytes, fields: Sequence[str | int]) -> str:
    body = _encode(json.dumps(fields, separators=(",", ":"), ensure_ascii=False).encode())
    return f"{body}.{_encode(_mac(key, body))}"


def _read(key: bytes, token: str, kind: str, count: int) -> list[object] | None:
    body, dot, mac = token.partition(".")
    if not dot or len(token) > LONGEST or not token.isascii():
        return None
    try:
        if not hmac.compare_digest(_decode(mac), _mac(key, body)):
            return None
        fields = json.loads(_decode(body))
    except (binascii.Error, ValueError):
        return None
    if fields[0] != kind or len(fields) != count + 1:
        return None
    return list(fields[1:])


def _mac(key: bytes, body: str) -> bytes:
    return hmac.new(key, body.encode(), hashlib.sha256).digest()


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
