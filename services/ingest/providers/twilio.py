"""Sending SMS and WhatsApp by Twilio.

https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource
"""

from functools import partial
from typing import Final

from services.ingest.domain.providers.walk import count, dig, id_of, line
from services.ingest.providers.calls import Answer, Call
from services.ingest.providers.sending import Network, Piece, Refusal

_LONGEST: Final = 1600
_WINDOW: Final = 63016
_BUSY: Final = frozenset({14107, 20429, 30022, 63018})


def _call(piece: Piece, prefix: str) -> Call:
    settings = piece.account.settings
    sid, service = str(settings.get("account_sid", "")), settings.get("messaging_service_sid")
    form = {"To": prefix + piece.recipient, "Body": piece.text}
    if service:
        form["MessagingServiceSid"] = str(service)
    else:
        form["From"] = prefix + (piece.account.address or "")
    if piece.callback is not None:
        form["StatusCallback"] = piece.callback
    url = f"{piece.base}/2010-04-01/Accounts/{sid}/Messages.json"
    return Call(url, form=form, basic=(sid, piece.secret("auth-token")))


def _id(answer: Answer) -> str | None:
    return id_of(dig(answer.body, "sid"))


def _refusal(answer: Answer) -> Refusal | None:
    code = count(dig(answer.body, "code"))
    reason = f"{code or answer.status}: {line(dig(answer.body, 'message')) or 'no reason given'}"
    if code == _WINDOW:
        return Refusal("refused", f"WhatsApp's 24-hour window is closed ({reason})")
    if code in _BUSY:
        return Refusal("deferred", reason)
    if 400 <= answer.status < 429 and answer.status != 401:
        return Refusal("refused", reason)
    return None


_NEEDS: Final = ("account_sid",)
SMS: Final = Network(lambda _to: _LONGEST, partial(_call, prefix=""), _id, _refusal, needs=_NEEDS)
WHATSAPP_BY_TWILIO: Final = Network(
    lambda _to: _LONGEST, partial(_call, prefix="whatsapp:"), _id, _refusal, needs=_NEEDS
)
