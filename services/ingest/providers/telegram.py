"""Sending by the Telegram Bot API. https://core.telegram.org/bots/api#sendmessage"""

from typing import Final

from services.ingest.domain.providers.splitting import utf16
from services.ingest.domain.providers.walk import dig, id_of, line
from services.ingest.providers.calls import Answer, Call
from services.ingest.providers.sending import Network, Piece, Refusal

_LONGEST: Final = 4096
_UNKNOWN_BOT: Final = frozenset({401, 404})


def _call(piece: Piece) -> Call:
    body = {"chat_id": piece.recipient, "text": piece.text}
    return Call(f"{piece.base}/bot{piece.secret('bot-token')}/sendMessage", json=body)


def _id(answer: Answer) -> str | None:
    chat = id_of(dig(answer.body, "result", "chat", "id"))
    number = id_of(dig(answer.body, "result", "message_id"))
    return f"{chat}:{number}" if chat and number else None


def _refusal(answer: Answer) -> Refusal | None:
    reason = line(dig(answer.body, "description")) or f"it answered {answer.status}"
    if answer.status in _UNKNOWN_BOT:
        return Refusal("blocked", f"Telegram does not know the bot's token: {reason}")
    if answer.status == 429:
        wait = dig(answer.body, "parameters", "retry_after")
        return Refusal("deferred", reason, float(wait) if isinstance(wait, int) else None)
    return Refusal("refused", reason) if 400 <= answer.status < 500 else None


TELEGRAM: Final = Network(lambda _to: _LONGEST, _call, _id, _refusal, measure=utf16)
