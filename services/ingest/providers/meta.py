"""Sending by Messenger and Instagram: private messages, and answers below public comments.

https://developers.facebook.com/docs/messenger-platform/reference/send-api
https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/messaging-api
"""

from functools import partial
from typing import Final

from services.ingest.domain.providers.splitting import utf8
from services.ingest.domain.providers.walk import count, dig, id_of
from services.ingest.providers.api_base import segment
from services.ingest.providers.calls import Answer, Call
from services.ingest.providers.graph import graph_reason
from services.ingest.providers.sending import Network, Piece, Refusal

_PUBLIC: Final = "comment:"
_WINDOW: Final = frozenset({2018278, 2534022})
_BUSY: Final = frozenset({4, 17, 32, 613, 80006})


def _call(piece: Piece, below: str) -> Call:
    if piece.recipient.startswith(_PUBLIC):
        comment = piece.recipient.removeprefix(_PUBLIC)
        url = f"{piece.base}/{segment(comment)}/{below}"
        return Call(url, piece.bearer(), json={"message": piece.text})
    page = piece.account.settings.get("page_id", "me")
    body = {
        "recipient": {"id": piece.recipient}, "messaging_type": "RESPONSE",
        "message": {"text": piece.text},
    }  # fmt: skip
    return Call(f"{piece.base}/{page}/messages", piece.bearer(), json=body)


def _id(answer: Answer) -> str | None:
    return id_of(dig(answer.body, "message_id")) or id_of(dig(answer.body, "id"))


def _refusal(answer: Answer) -> Refusal | None:
    if count(dig(answer.body, "error", "error_subcode")) in _WINDOW:
        reason = "the 24-hour window is closed: the customer last wrote more than a day ago"
        return Refusal("refused", f"{reason} ({graph_reason(answer)})")
    code = count(dig(answer.body, "error", "code"))
    if code in _BUSY:
        return Refusal("deferred", graph_reason(answer))
    if code == 190:
        return Refusal("blocked", graph_reason(answer))
    return Refusal("refused", graph_reason(answer)) if 400 <= answer.status < 429 else None


def _limit(private: int, public: int, recipient: str) -> int:
    return public if recipient.startswith(_PUBLIC) else private


MESSENGER: Final = Network(
    partial(_limit, 2000, 8000), partial(_call, below="comments"), _id, _refusal
)
INSTAGRAM: Final = Network(
    partial(_limit, 1000, 2200), partial(_call, below="replies"), _id, _refusal, measure=utf8
)
