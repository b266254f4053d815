"""Accounts at every network, and webhooks signed as their providers sign them."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import httpx

from services.ingest.domain.accounts import Kind
from services.ingest.usecases.set_up_account import Wanted, set_up_account
from shared.messaging import UnitOfWork

KEY = "s3cret-of-the-app"
STANDARD_KEY = base64.b64encode(b"k" * 24).decode()
NAMES = (
    "app-secret", "verify-token", "access-token", "secret-token", "bot-token", "channel-secret",
    "consumer-secret", "auth-token",
)  # fmt: skip
KINDS: tuple[Kind, ...] = (
    "whatsapp", "messenger", "instagram", "telegram", "line", "x", "twilio-sms",
    "twilio-whatsapp", "webhook",
)  # fmt: skip
SETTINGS: dict[str, dict[str, Any]] = {
    "twilio-sms": {"account_sid": "AC00000001"},
    "twilio-whatsapp": {"account_sid": "AC00000001"},
    "whatsapp": {"phone_number_id": "5550001"},
}
ADDRESSES = {"twilio-sms": "+15550001111", "twilio-whatsapp": "+15550001111"}
PUBLIC = "https://desk.test"
"""INGEST_PUBLIC_URL of these tests."""


def environment() -> dict[str, str]:
    """The variables that the secrets of demo's accounts lie in."""
    return {
        "INGEST_SECRET_DEMO__KEY": KEY,
        "INGEST_SECRET_DEMO__SIGNING": f"whsec_{STANDARD_KEY}",
    }


async def open_networks(
    unit: UnitOfWork, tenant: str = "demo", *, api_base: str | None = None, **settings: Any
) -> None:
    """An account of each kind, its id the kind itself; settings: for all of them."""
    references = dict.fromkeys(NAMES, "env:INGEST_SECRET_DEMO__KEY")
    references["signing-secret"] = "env:INGEST_SECRET_DEMO__SIGNING"
    base = {"api_base": api_base} if api_base else {}
    async with unit.begin() as (session, _outbox, now):
        for kind in KINDS:
            given = SETTINGS.get(kind, {}) | base | settings
            wanted = Wanted(
                tenant, kind, kind, ADDRESSES.get(kind), "Larkspur", "internal", given, references
            )
            await set_up_account(session, wanted, lambda _version: None, now)


def path(kind: str, tenant: str = "demo") -> str:
    """Where the provider sends to."""
    return f"/v1/webhooks/{tenant}/{kind}"


async def send(
    client: httpx.AsyncClient, kind: str, body: Any, *, headers: Mapping[str, str] | None = None
) -> httpx.Response:
    """Sends a webhook, signed unless `headers` say otherwise. body: for Twilio a form."""
    if kind.startswith("twilio"):
        raw = urlencode(body).encode()
    else:
        raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    signed = signature(kind, raw, body) if headers is None else dict(headers)
    form = kind.startswith("twilio")
    media_type = "application/x-www-form-urlencoded" if form else "application/json"
    headers = {"content-type": media_type} | signed
    sent = [(name.encode(), value.encode()) for name, value in headers.items()]
    return await client.post(path(kind), content=raw, headers=sent)


def signature(kind: str, raw: bytes, form: Any = None, *, at: int | None = None) -> dict[str, str]:
    """The headers that prove the sender, written anew from the providers' documentation."""
    plain = hmac.new(KEY.encode(), raw, hashlib.sha256)
    in_base64 = base64.b64encode(plain.digest()).decode()
    match kind:
        case "whatsapp" | "messenger" | "instagram":
            return {"X-Hub-Signature-256": f"sha256={plain.hexdigest()}"}
        case "line":
            return {"X-Line-Signature": in_base64}
        case "x":
            return {"x-twitter-webhooks-signature": f"sha256={in_base64}"}
        case "telegram":
            return {"X-Telegram-Bot-Api-Secret-Token": KEY}
        case "webhook":
            stamp = str(at or int(time.time()))
            signed = b"msg_1." + stamp.encode() + b"." + raw
            digest = hmac.new(base64.b64decode(STANDARD_KEY), signed, hashlib.sha256).digest()
            value = f"v1,{base64.b64encode(digest).decode()}"
            return {
                "webhook-id": "msg_1", "webhook-timestamp": stamp, "webhook-signature": value,
            }  # fmt: skip
    text = PUBLIC + path(kind) + "".join(f"{name}{form[name]}" for name in sorted(form))
    digest = hmac.new(KEY.encode(), text.encode(), hashlib.sha1).digest()
    return {"X-Twilio-Signature": base64.b64encode(digest).decode()}
