"""LINE Messaging API webhooks. https://developers.line.biz/en/reference/messaging-api/#webhooks"""

from collections.abc import Iterator, Mapping
from typing import Any

from services.ingest.domain.providers.found import Found, Ignored, Media, NotOurs, Post
from services.ingest.domain.providers.walk import (
    address,
    dig,
    id_of,
    line,
    milliseconds,
    rows,
    word,
    words,
)

_TYPES = {"image": "image/jpeg", "video": "video/mp4", "audio": "audio/x-m4a"}


def read(body: Any) -> Iterator[Found]:
    """What a webhook brings; a test ping has no events. Raises NotOurs for another shape."""
    if not isinstance(dig(body, "events"), list):
        raise NotOurs("events must be a list")
    for event in rows(body, "events"):
        kind = word(event.get("type"))
        # A message in standby mode belongs to another channel that holds the chat.
        yield _message(event) if kind in ("message", "messageEdited") else Ignored(kind)


def _message(event: Mapping[str, Any]) -> Found:
    source, message = event.get("source"), event.get("message")
    author = id_of(dig(source, "userId"))
    place = id_of(dig(source, "groupId")) or id_of(dig(source, "roomId"))
    id, thread = id_of(dig(message, "id")), place or author
    if id is None or thread is None:
        return Ignored("message-without-id")
    return Post(
        id=id, thread=thread, author=author, name=None, text=_text(message),
        sent_at=milliseconds(event.get("timestamp")), media=_media(message), answer_to=place,
    )  # fmt: skip


def _text(message: Any) -> str:
    kind = word(dig(message, "type"))
    match kind:
        case "text":
            return words(dig(message, "text"))
        case "location":
            at = f"{dig(message, 'latitude')}, {dig(message, 'longitude')}"
            parts = (line(dig(message, "title")), line(dig(message, "address")), line(at))
            return "\n".join(filter(None, parts))
        case "sticker":
            given = dig(message, "keywords")
            keywords = [line(one, 40) for one in given] if isinstance(given, list) else []
            return f"[sticker: {words(dig(message, 'text')) or ', '.join(filter(None, keywords))}]"
        case "image" | "video" | "audio" | "file":
            return ""
    return f"[a message of the kind {kind}]"


def _media(message: Any) -> tuple[Media, ...]:
    kind = word(dig(message, "type"))
    if kind not in (*_TYPES, "file"):
        return ()
    name = line(dig(message, "fileName"), 255) or kind
    media_type = _TYPES.get(kind, "application/octet-stream")
    if dig(message, "contentProvider", "type") == "external":
        url = address(dig(message, "contentProvider", "originalContentUrl"))
        return (Media(name, media_type, url=url),) if url else ()
    return (Media(name, media_type, id_of(dig(message, "id"))),)
