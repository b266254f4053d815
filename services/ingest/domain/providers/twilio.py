"""Twilio's webhooks for SMS and WhatsApp: form fields, one message or one status each.

https://www.twilio.com/docs/messaging/guides/webhook-request
"""

from collections.abc import Iterator, Mapping
from typing import Any

from services.ingest.domain.providers.found import Found, Ignored, Media, NotOurs, Post, Status
from services.ingest.domain.providers.walk import address, id_of, line, word, words

_STATUSES: Mapping[str, Any] = {
    "sent": "sent", "delivered": "delivered", "read": "read", "failed": "failed",
    "undelivered": "failed",
}  # fmt: skip


def read(form: Mapping[str, str]) -> Iterator[Found]:
    """What a webhook brings. Raises NotOurs where it names no message."""
    id = id_of(form.get("MessageSid")) or id_of(form.get("SmsMessageSid"))
    if id is None:
        raise NotOurs("MessageSid must be given")
    status = word(form.get("MessageStatus") or "received")
    if status in _STATUSES:
        yield _status(form, id, status)
    elif status == "received" and "From" in form:
        yield _post(form, id)
    else:
        yield Ignored(f"status-{status}"[:40])


def bare(number: str) -> str:
    """The number without Twilio's `whatsapp:` before it."""
    return number.removeprefix("whatsapp:")


def _status(form: Mapping[str, str], id: str, status: str) -> Status:
    code = line(form.get("ErrorCode"), 20)
    reason = None
    if code or _STATUSES[status] == "failed":
        said = line(form.get("ErrorMessage") or form.get("ChannelStatusMessage"), 300)
        reason = ": ".join(filter(None, (code or status, said)))
    recipient = id_of(bare(form.get("To", "")))
    return Status(kind=_STATUSES[status], id=id, at=None, recipient=recipient, reason=reason)


def _post(form: Mapping[str, str], id: str) -> Found:
    sender = id_of(bare(form["From"]))
    if sender is None:
        return Ignored("message-without-sender")
    place = (form.get("Label"), form.get("Address"), _position(form))
    text = "\n".join(filter(None, (words(form.get("Body")), *map(line, place))))
    return Post(
        id=id, thread=sender, author=sender, name=line(form.get("ProfileName")), text=text,
        sent_at=None, media=_media(form),
    )  # fmt: skip


def _position(form: Mapping[str, str]) -> str | None:
    at = form.get("Latitude"), form.get("Longitude")
    return f"{at[0]}, {at[1]}" if all(at) else None


def _media(form: Mapping[str, str]) -> tuple[Media, ...]:
    found = []
    for number in range(10):  # Twilio's own limit
        url = address(form.get(f"MediaUrl{number}"))
        if url is not None:
            given = line(form.get(f"MediaContentType{number}"), 255)
            found.append(Media(f"media-{number + 1}", given or "application/octet-stream", url=url))
    return tuple(found)
