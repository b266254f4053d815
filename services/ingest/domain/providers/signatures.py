"""Whether a webhook is its provider's: every comparison takes the same time, right or wrong."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

TOLERANCE = timedelta(minutes=5)
"""How far a Standard Webhooks timestamp may be from now, either way."""


def is_meta(secret: str, body: bytes, header: str | None) -> bool:
    """X-Hub-Signature-256: `sha256=` and the HMAC of the body in hexadecimal (Meta's networks)."""
    return same(f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}", header)


def is_line(secret: str, body: bytes, header: str | None) -> bool:
    """X-Line-Signature: the HMAC of the body in base64."""
    return same(_base64_of(secret.encode(), body), header)


def is_x(secret: str, body: bytes, header: str | None) -> bool:
    """x-twitter-webhooks-signature: `sha256=` and the HMAC of the body in base64."""
    return same("sha256=" + _base64_of(secret.encode(), body), header)


def x_answer(secret: str, token: str) -> str:
    """What X's challenge (crc_token) is answered with."""
    return "sha256=" + _base64_of(secret.encode(), token.encode())


def is_twilio(secret: str, url: str, form: Iterable[tuple[str, str]], header: str | None) -> bool:
    """X-Twilio-Signature: HMAC-SHA1 of the public URL and all fields sorted, in base64.

    https://www.twilio.com/docs/usage/security#validating-requests
    """
    signed = url + "".join(name + value for name, value in sorted(set(form)))
    digest = hmac.new(secret.encode(), signed.encode("utf-8", "surrogatepass"), hashlib.sha1)
    return same(base64.b64encode(digest.digest()).decode(), header)


def is_standard(secret: str, body: bytes, headers: Mapping[str, str], now: datetime) -> bool:
    """Standard Webhooks: webhook-id, webhook-timestamp, webhook-signature (any one of several).

    secret: base64, with or without `whsec_` before it.
    https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
    """
    id, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not id or not _is_near(stamp, now):
        return False
    right = standard_signature(secret, id, stamp, body)
    given = headers.get("webhook-signature", "").split(" ")[:20]
    # Not `any`: the time must not tell which of them was right.
    return sum(same(right, one) for one in given) > 0


def standard_signature(secret: str, id: str, stamp: str, body: bytes) -> str:
    """`v1,` and the HMAC of id, timestamp and body. Raises ValueError for an unusable secret."""
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error as error:
        raise ValueError("a Standard Webhooks secret is base64, after whsec_") from error
    return "v1," + _base64_of(key, f"{id}.{stamp}.".encode() + body)


def same(right: str, given: str | None) -> bool:
    """Whether two secrets are equal, in constant time; a missing one is wrong."""
    return hmac.compare_digest(
        right.encode("utf-8", "surrogatepass"), (given or "").encode("utf-8", "surrogatepass")
    )


def _base64_of(key: bytes, data: bytes) -> str:
    return base64.b64encode(hmac.new(key, data, hashlib.sha256).digest()).decode()


def _is_near(stamp: str, now: datetime) -> bool:
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        return False
    return abs(now.timestamp() - int(stamp)) <= TOLERANCE.total_seconds()
