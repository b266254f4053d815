"""Whether a post is really the provider's: compared in constant time, and never said why not."""

import base64
import binascii
import hashlib
import hmac
from collections import OrderedDict
from collections.abc import Mapping
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_public_key, load_pem_public_key

SIGNATURE: Final = "x-twilio-email-event-webhook-signature"
TIMESTAMP: Final = "x-twilio-email-event-webhook-timestamp"
_MOST_TOKENS: Final = 20_000


def has_password(authorization: str, user: str, password: str) -> bool:
    """Whether this is HTTP basic auth (RFC 7617) with this user and password."""
    scheme, _, given = authorization.partition(" ")
    expected = base64.b64encode(f"{user}:{password}".encode())
    same = hmac.compare_digest(given.strip().encode("utf-8", "replace"), expected)
    return same and scheme.lower() == "basic"


def is_timely(timestamp: str, now: float, window: float) -> bool:
    """Whether the timestamp (Unix seconds) is at most `window` seconds away."""
    return timestamp.isdecimal() and len(timestamp) < 16 and abs(now - int(timestamp)) <= window


def is_mailguns(key: str, fields: Mapping[str, str]) -> bool:
    """Whether Mailgun signed this: HMAC-SHA256 of timestamp and token, in hexadecimal."""
    if not fields.get("token"):
        return False
    signed = fields.get("timestamp", "") + fields.get("token", "")
    expected = hmac.new(key.encode(), signed.encode("utf-8", "replace"), hashlib.sha256)
    given = fields.get("signature", "").encode("utf-8", "replace")
    return hmac.compare_digest(given, expected.hexdigest().encode())


def is_sendgrids(public_key: str, headers: Mapping[str, str], body: bytes) -> bool:
    """Whether SendGrid signed this: ECDSA with SHA-256 of the timestamp header and the body."""
    try:
        key = _public_key(public_key)
        signature = base64.b64decode(headers.get(SIGNATURE, ""), validate=True)
        signed = headers.get(TIMESTAMP, "").encode("utf-8", "replace") + body
        key.verify(signature, signed, ec.ECDSA(hashes.SHA256()))
    except (InvalidSignature, ValueError, TypeError, binascii.Error):
        return False
    return True


def _public_key(text: str) -> ec.EllipticCurvePublicKey:
    """As SendGrid shows it (base64 of DER), or PEM. Raises ValueError."""
    if "BEGIN" in text:
        key = load_pem_public_key(text.encode())
    else:
        key = load_der_public_key(base64.b64decode(text))
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise ValueError("not an elliptic curve key")
    return key


class UsedTokens:
    """Which mail each of Mailgun's tokens came with: the signature does not cover the mail.

    The same token with the same mail is a second try; with another mail it is somebody else's.
    """

    def __init__(self) -> None:
        self._mails: OrderedDict[str, bytes] = OrderedDict()

    def is_fresh(self, token: str, mail: bytes) -> bool:
        """Whether the token is new, or came with this very mail."""
        digest = hashlib.sha256(mail).digest()
        known = self._mails.setdefault(token, digest)
        if len(self._mails) > _MOST_TOKENS:
            self._mails.popitem(last=False)
        return known == digest
