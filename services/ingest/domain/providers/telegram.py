"""Telegram Bot API updates. https://core.telegram.org/bots/api#update"""

from collections.abc import Iterator, Mapping
from typing import Any

from services.ingest.domain.providers.found import Found, Ignored, Media, NotOurs, Post
from services.ingest.domain.providers.walk import dig, id_of, line, rows, seconds, word, words

_TYPES = {
    "document": "application/octet-stream", "video": "video/mp4", "voice": "audio/ogg",
    "audio": "audio/mpeg", "animation": "video/mp4", "video_note": "video/mp4",
    "sticker": "image/webp",
}  # fmt: skip
_ADDRESSING = frozenset(
    {"message_id", "from", "chat", "date", "sender_chat", "message_thread_id", "edit_date"}
)


def read(body: Any) -> Iterator[Found]:
    """What one update brings. Raises NotOurs where it has no update_id."""
    if not isinstance(dig(body, "update_id"), int):
        raise NotOurs("update_id must be a number")
    for kind, value in body.items():
        if kind in ("message", "edited_message"):
            yield _message(value)
        elif kind != "update_id":
            yield Ignored(word(kind))


def _message(message: Any) -> Found:
    if dig(message, "from", "is_bot") is True:
        return Ignored("message-of-a-bot")
    number, chat = id_of(dig(message, "message_id")), id_of(dig(message, "chat", "id"))
    if number is None or chat is None:
        return Ignored("message-without-id")
    text, media = _text(message), _media(message)
    if not text and not media:
        # Somebody joined, a title was changed, a message was pinned: said by nobody.
        return Ignored(word(min(message.keys() - _ADDRESSING, default="")))
    person, topic = id_of(dig(message, "from", "id")), id_of(dig(message, "message_thread_id"))
    edited = id_of(dig(message, "edit_date"))
    return Post(
        id=f"{chat}:{number}", thread=f"{chat}:{topic}" if topic else chat, author=person or chat,
        name=_name(message), text=text, media=media, answer_to=chat,
        sent_at=seconds(edited or dig(message, "date")),
    )  # fmt: skip


def _name(message: Any) -> str | None:
    sender = dig(message, "from")
    parts = (line(dig(sender, "first_name")), line(dig(sender, "last_name")))
    return line(" ".join(filter(None, parts))) or line(dig(sender, "username"))


def _text(message: Any) -> str:
    said = words(dig(message, "text")) or words(dig(message, "caption"))
    for kind in ("location", "venue", "contact"):
        if (given := dig(message, kind)) is not None:
            said = said or _card(given)
    if dig(message, "sticker") is not None:
        said = said or f"[sticker: {words(dig(message, 'sticker', 'emoji'))}]"
    return said


def _card(given: Any) -> str:
    names = ("title", "address", "first_name", "last_name", "phone_number")
    place = dig(given, "location") or given
    axes = (dig(place, "latitude"), dig(place, "longitude"))
    at = line(f"{axes[0]}, {axes[1]}") if None not in axes else None
    return "\n".join(filter(None, (*(line(dig(given, name)) for name in names), at)))


def _media(message: Any) -> tuple[Media, ...]:
    found = []
    if photo := list(rows(message, "photo")):
        # The same picture in several sizes, the largest last.
        found.append(_file("photo", photo[-1], "image/jpeg"))
    for kind, media_type in _TYPES.items():
        # An animation comes a second time as a document, for old clients.
        if kind == "document" and dig(message, "animation") is not None:
            continue
        if (file := dig(message, kind)) is not None:
            found.append(_file(kind, file, media_type))
    return tuple(one for one in found if one is not None)


def _file(kind: str, file: Mapping[str, Any], media_type: str) -> Media | None:
    id = id_of(dig(file, "file_id"))
    if id is None:
        return None
    given = line(dig(file, "mime_type"), 255)
    return Media(line(dig(file, "file_name"), 255) or kind, given or media_type, id)
