"""Where each provider's API is, unless an account's `api_base` says otherwise."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from services.ingest.domain.accounts import Account, Kind

_BASES: Final[Mapping[Kind, str]] = {
    "whatsapp": "https://graph.facebook.com/v23.0",
    "messenger": "https://graph.facebook.com/v23.0",
    "instagram": "https://graph.instagram.com/v23.0",
    "telegram": "https://api.telegram.org",
    "line": "https://api.line.me",
    "x": "https://api.x.com",
    "twilio-sms": "https://api.twilio.com",
    "twilio-whatsapp": "https://api.twilio.com",
}


def api_base(account: Account) -> str:
    """The base address without a slash at its end; empty for a generic webhook without one."""
    given = account.settings.get("api_base")
    return str(given).rstrip("/") if given else _BASES.get(account.kind, "")


def segment(id: str) -> str:
    """An id from outside as one segment of an address's path, whatever it holds."""
    return "%2E" * len(id) if id in (".", "..") else quote(id, safe="")
