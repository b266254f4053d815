"""Sending by the X API v2: direct messages, and answers to public posts, each below the last.

https://docs.x.com/x-api/direct-messages/manage/introduction
https://docs.x.com/x-api/posts/creation-of-a-post
"""

from typing import Final

from services.ingest.domain.providers.splitting import weighted
from services.ingest.domain.providers.walk import dig, id_of, line
from services.ingest.providers.api_base import segment
from services.ingest.providers.calls import Answer, Call
from services.ingest.providers.sending import Network, Piece, Refusal

_PUBLIC: Final = "post:"
_LONGEST_POST: Final = 280
_LONGEST_MESSAGE: Final = 10_000


def _limit(recipient: str) -> int:
    return _LONGEST_POST if recipient.startswith(_PUBLIC) else _LONGEST_MESSAGE


def _call(piece: Piece) -> Call:
    if not piece.recipient.startswith(_PUBLIC):
        url = f"{piece.base}/2/dm_conversations/with/{segment(piece.recipient)}/messages"
        return Call(url, piece.bearer(), json={"text": piece.text})
    answered = piece.previous or piece.recipient.removeprefix(_PUBLIC)
    body = {"text": piece.text, "reply": {"in_reply_to_tweet_id": answered}}
    return Call(f"{piece.base}/2/tweets", piece.bearer(), json=body)


def _id(answer: Answer) -> str | None:
    data = dig(answer.body, "data")
    return id_of(dig(data, "id")) or id_of(dig(data, "dm_event_id"))


def _refusal(answer: Answer) -> Refusal | None:
    said = line(dig(answer.body, "detail")) or line(dig(answer.body, "title"))
    if 400 <= answer.status < 429 and answer.status != 401:
        return Refusal("refused", f"{answer.status}: {said or 'no reason given'}")
    return None


X: Final = Network(_limit, _call, _id, _refusal, measure=weighted)
