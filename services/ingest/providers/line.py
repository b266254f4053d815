"""Sending by the LINE Messaging API: push messages under a retry key, so that LINE knows repeats.

https://developers.line.biz/en/docs/messaging-api/retrying-api-request/
"""

from typing import Final

from services.ingest.domain.providers.splitting import utf16
from services.ingest.domain.providers.walk import dig, id_of, line, rows
from services.ingest.providers.calls import Answer, Call
from services.ingest.providers.sending import Network, Piece, Refusal

_LONGEST: Final = 5000


def _call(piece: Piece) -> Call:
    headers = {**piece.bearer(), "X-Line-Retry-Key": str(piece.key)}
    body = {"to": piece.recipient, "messages": [{"type": "text", "text": piece.text}]}
    return Call(f"{piece.base}/v2/bot/message/push", headers, json=body)


def _taken(answer: Answer) -> bool:
    # 409 with the id of the request that was accepted: this very part is out already.
    return answer.is_good or (
        answer.status == 409 and "x-line-accepted-request-id" in answer.headers
    )


def _id(answer: Answer) -> str | None:
    return id_of(dig(next(rows(answer.body, "sentMessages"), None), "id"))


def _refusal(answer: Answer) -> Refusal | None:
    said = line(dig(answer.body, "message"))
    if answer.status == 429 and said and "monthly limit" in said.lower():
        return Refusal("blocked", f"the account's messages of this month are used up: {said}")
    if 400 <= answer.status < 429 and answer.status != 401:
        return Refusal("refused", f"{answer.status}: {said or 'no reason given'}")
    return None


LINE: Final = Network(
    lambda _to: _LONGEST, _call, _id, _refusal, measure=utf16, repeats=True, taken=_taken
)
