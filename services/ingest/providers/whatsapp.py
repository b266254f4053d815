"""Sending by the WhatsApp Cloud API.

https://developers.facebook.com/docs/whatsapp/cloud-api/reference/messages
"""

from typing import Final

from services.ingest.domain.providers.walk import count, dig, id_of, rows
from services.ingest.providers.calls import Answer, Call
from services.ingest.providers.graph import graph_reason
from services.ingest.providers.sending import Network, Piece, Refusal

_LONGEST: Final = 4096
_WINDOW: Final = frozenset({131047, 470})
_BUSY: Final = frozenset({4, 80007, 130429, 131048, 131056})
_BLOCKED: Final = frozenset({0, 190, 131005, 131031, 131042, 133010})


def _call(piece: Piece) -> Call:
    number_id = piece.account.settings.get("phone_number_id", "")
    to = {"recipient_type": "individual", "to": piece.recipient}
    if piece.recipient.startswith("group:"):
        to = {"recipient_type": "group", "to": piece.recipient.removeprefix("group:")}
    body = {
        "messaging_product": "whatsapp", **to, "type": "text",
        "text": {"preview_url": False, "body": piece.text},
    }  # fmt: skip
    return Call(f"{piece.base}/{number_id}/messages", piece.bearer(), json=body)


def _id(answer: Answer) -> str | None:
    return id_of(dig(next(rows(answer.body, "messages"), None), "id"))


def _refusal(answer: Answer) -> Refusal | None:
    code = count(dig(answer.body, "error", "code"))
    if code in _WINDOW:
        return Refusal(
            "refused",
            "WhatsApp's 24-hour window is closed: the customer last wrote more than a day ago, and "
            f"only an approved template may be sent now ({code})",
        )
    if code in _BUSY:
        return Refusal("deferred", graph_reason(answer))
    if code in _BLOCKED and answer.status < 500:
        return Refusal("blocked", graph_reason(answer))
    return Refusal("refused", graph_reason(answer)) if 400 <= answer.status < 429 else None


WHATSAPP: Final = Network(lambda _to: _LONGEST, _call, _id, _refusal, needs=("phone_number_id",))
