"""Facebook Messenger and Instagram webhooks: messages, receipts, public comments.

https://developers.facebook.com/docs/messenger-platform/webhooks
https://developers.facebook.com/docs/instagram-platform/webhooks
"""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from services.ingest.domain.providers.found import Found, Ignored, Media, NotOurs, Post, Status
from services.ingest.domain.providers.walk import (
    address,
    count,
    dig,
    id_of,
    line,
    milliseconds,
    rows,
    seconds,
    word,
    words,
)

Platform = Literal["page", "instagram"]
_TYPES = {"image": "image/jpeg", "video": "video/mp4", "audio": "audio/mp4"}


def read(body: Any, platform: Platform) -> Iterator[Found]:
    """What a webhook brings. Raises NotOurs where `object` is not the platform."""
    if dig(body, "object") != platform:
        raise NotOurs(f"object must be {platform}")
    for entry in rows(body, "entry"):
        for event in rows(entry, "messaging"):
            yield from _event(event)
        yield from (Ignored("standby") for _ in rows(entry, "standby"))
        for change in rows(entry, "changes"):
            yield _change(change, id_of(entry.get("id")))


def _event(event: Mapping[str, Any]) -> Iterator[Found]:
    person = id_of(dig(event, "sender", "id"))
    at = milliseconds(event.get("timestamp"))
    if (message := event.get("message")) is not None:
        yield _message(message, person, event)
    elif (postback := event.get("postback")) is not None:
        yield _postback(postback, person, event)
    elif (read := event.get("read")) is not None:
        seen = milliseconds(dig(read, "watermark")) or at
        yield Status(kind="read", id=id_of(dig(read, "mid")), at=seen, recipient=person)
    elif (delivery := event.get("delivery")) is not None:
        yield from _delivered(delivery, person)
    else:
        kinds = event.keys() - {"sender", "recipient", "timestamp"}
        yield Ignored(word(min(kinds, default="")))


def _message(message: Any, person: str | None, event: Mapping[str, Any]) -> Found:
    if dig(message, "is_echo") is True:
        return Ignored("echo")
    if dig(message, "is_deleted") is True:
        return Ignored("deleted")
    return _post(message, person, event, words(dig(message, "text")), _media(message))


def _postback(postback: Any, person: str | None, event: Mapping[str, Any]) -> Found:
    """A button that was tapped: its title is what the person saw and chose."""
    title = words(dig(postback, "title"))
    return _post(postback, person, event, title, ()) if title else Ignored("postback")


def _post(
    given: Any, person: str | None, event: Mapping[str, Any], text: str, media: tuple[Media, ...]
) -> Found:
    id = id_of(dig(given, "mid"))
    if id is None or person is None:
        return Ignored("message-without-id")
    text = "\n".join(filter(None, (text, *_shared(given))))
    return Post(
        id=id, thread=person, author=person, name=None, media=media,
        text=text or ("" if media else "[a message that cannot be shown here]"),
        sent_at=milliseconds(event.get("timestamp")),
    )  # fmt: skip


def _media(message: Any) -> tuple[Media, ...]:
    found = []
    for file in rows(message, "attachments"):
        kind, url = word(file.get("type")), address(dig(file, "payload", "url"))
        if kind in (*_TYPES, "file") and url:
            found.append(Media(kind, _TYPES.get(kind, "application/octet-stream"), url=url))
    return tuple(found[:50])


def _shared(message: Any) -> Iterator[str]:
    """Links, places and posts that were shared, as words."""
    for file in rows(message, "attachments"):
        if word(file.get("type")) in (*_TYPES, "file"):
            continue
        place = dig(file, "payload", "coordinates")
        if place is not None:
            yield words(f"{dig(place, 'lat')}, {dig(place, 'long')}")
        title, url = line(dig(file, "payload", "title")), address(dig(file, "payload", "url"))
        yield from filter(None, (title, url))


def _delivered(delivery: Any, person: str | None) -> Iterator[Found]:
    at = milliseconds(dig(delivery, "watermark"))
    given = dig(delivery, "mids")
    ids = [id for one in given if (id := id_of(one))] if isinstance(given, list) else []
    yield from (Status(kind="delivered", id=id, at=at, recipient=person) for id in ids)
    if not ids:
        yield Status(kind="delivered", id=None, at=at, recipient=person)


def _change(change: Mapping[str, Any], own: str | None) -> Found:
    field, value = word(change.get("field")), change.get("value")
    item = word(dig(value, "item")) if field == "feed" else field
    if item not in ("comment", "post", "status", "comments", "live_comments"):
        return Ignored(field if item == field else f"{field}-{item}"[:40])
    if field == "feed" and word(dig(value, "verb")) not in ("add", "edited", "edit"):
        return Ignored(f"feed-{word(dig(value, 'verb'))}"[:40])
    author = id_of(dig(value, "from", "id"))
    id = id_of(dig(value, "comment_id")) or id_of(dig(value, "id")) or id_of(dig(value, "post_id"))
    text = words(dig(value, "message")) or words(dig(value, "text"))
    if id is None or not text:
        return Ignored(f"{field}-without-text"[:40])
    if author is not None and author == own:
        return Ignored("own-post")
    return _public(value, id, author, text)


def _public(value: Any, id: str, author: str | None, text: str) -> Post:
    root = id_of(dig(value, "post_id")) or id_of(dig(value, "media", "id")) or id
    name = line(dig(value, "from", "name")) or line(dig(value, "from", "username"))
    return Post(
        id=id, thread=f"{root}/{author or id}"[:200], author=author, name=name, text=text,
        sent_at=seconds(dig(value, "created_time")), answer_to=f"comment:{id}", public=True,
        reach=count(dig(value, "post", "reach")) or count(dig(value, "like_count")),
    )  # fmt: skip
