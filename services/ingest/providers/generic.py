"""Sending to a generic webhook: POSTed to the account's api_base, signed as Standard Webhooks.

The body and what is expected of the receiver: docs/social.md.
"""

import json
from typing import Final

from services.ingest.domain.providers.signatures import standard_signature
from services.ingest.domain.providers.walk import dig, id_of
from services.ingest.providers.calls import Answer, Call
from services.ingest.providers.sending import Network, Piece

_LONGEST: Final = 60_000


def _call(piece: Piece) -> Call:
    body = {
        "type": "message", "id": str(piece.key), "account": piece.account.id,
        "to": piece.recipient, "text": piece.text,
    }  # fmt: skip
    raw, stamp = json.dumps(body).encode(), str(int(piece.at.timestamp()))
    signature = standard_signature(piece.secret("signing-secret"), str(piece.key), stamp, raw)
    headers = {
        "webhook-id": str(piece.key), "webhook-timestamp": stamp, "webhook-signature": signature,
    }  # fmt: skip
    return Call(piece.base, headers, raw=raw)


def _id(answer: Answer) -> str | None:
    return id_of(dig(answer.body, "id"))


GENERIC: Final = Network(lambda _to: _LONGEST, _call, _id, repeats=True)
