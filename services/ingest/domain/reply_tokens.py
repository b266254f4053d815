"""Signed plus-address details: `help+<token>@…` says which conversation an answer belongs to.

A token is the conversation's id and 64 bits of HMAC-SHA-256 over the tenant and the id, as 39
lower-case letters and digits (base32, RFC 4648 §6). Whoever has not seen one cannot make one; it
says where a mail belongs, not who wrote it.
"""

import base64
import binascii
import hmac
from hashlib import sha256
from uuid import UUID

_MAC_BYTES = 8
_LENGTH = 39  # characters of base32 for 16 + 8 bytes


def reply_token(key: bytes, tenant: str, conversation_id: UUID) -> str:
    """The detail of an address whose mails belong to this conversation; 39 characters a-z 2-7."""
    signed = conversation_id.bytes + _mac(key, tenant, conversation_id)
    return base64.b32encode(signed).decode("ascii").rstrip("=").lower()


def read_token(key: bytes, tenant: str, detail: str) -> UUID | None:
    """The conversation that a plus-address detail names, None for any that we did not sign."""
    if len(detail) != _LENGTH or not detail.isascii():
        return None
    try:
        signed = base64.b32decode(detail.upper() + "=")
    except binascii.Error:
        return None
    conversation_id = UUID(bytes=signed[:16])
    # The last character has a spare bit, so that two spellings of a token are read; both are ours.
    if not hmac.compare_digest(signed[16:], _mac(key, tenant, conversation_id)):
        return None
    return conversation_id


def detail_of(address: str) -> str | None:
    """The plus-address detail of a mail address (RFC 5233), in lower case; None without one."""
    local, at, _ = address.lower().rpartition("@")
    _, plus, detail = local.rpartition("+")
    return detail if at and plus and detail else None


def _mac(key: bytes, tenant: str, conversation_id: UUID) -> bytes:
    named = b"reply\0" + tenant.encode() + b"\0" + conversation_id.bytes
    return hmac.new(key, named, sha256).digest()[:_MAC_BYTES]
