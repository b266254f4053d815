"""X's Account Activity webhooks: mentions, replies and direct messages of one account.

https://docs.x.com/x-api/account-activity/introduction
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from services.ingest.domain.providers.found import Found, Ignored, Media, NotOurs, Post, Status
from services.ingest.domain.providers.walk import (
    address,
    count,
    dig,
    id_of,
    line,
    milliseconds,
    moment,
    rows,
    word,
    words,
)

_TYPES = {"photo": "image/jpeg", "video": "video/mp4", "animated_gif": "video/mp4"}


def read(body: Any) -> Iterator[Found]:
    """What a webhook brings. Raises NotOurs where it names no account that it is for."""
    own = id_of(dig(body, "for_user_id"))
    if own is None:
        raise NotOurs("for_user_id must be given")
    for post in rows(body, "tweet_create_events"):
        yield _post(post, own)
    for event in rows(body, "direct_message_events"):
        yield _direct(event, own, body.get("users"))
    for event in rows(body, "direct_message_mark_read_events"):
        at = milliseconds(event.get("created_timestamp"))
        yield Status(kind="read", id=None, at=at, recipient=id_of(event.get("sender_id")))
    known = {"tweet_create_events", "direct_message_events", "direct_message_mark_read_events"}
    for kind in body.keys() - known - {"for_user_id", "users", "user_has_blocked", "apps"}:
        yield Ignored(word(kind))


def _post(post: Mapping[str, Any], own: str) -> Found:
    author, id = id_of(dig(post, "user", "id_str")), id_of(post.get("id_str"))
    if id is None or author is None:
        return Ignored("post-without-id")
    if author == own:
        return Ignored("own-post")
    if post.get("retweeted_status") is not None:
        return Ignored("repost")
    root = id_of(post.get("conversation_id_str")) or id_of(post.get("in_reply_to_status_id_str"))
    whole = post.get("extended_tweet") or post
    text = words(dig(whole, "full_text")) or words(dig(post, "text"))
    return Post(
        id=id, thread=f"{root or id}/{author}"[:200], author=author, name=_name(post.get("user")),
        text=text, sent_at=milliseconds(post.get("timestamp_ms")) or _day(post.get("created_at")),
        media=_media(whole), answer_to=f"post:{id}", public=True,
        reach=count(dig(post, "user", "followers_count")), language=_language(post.get("lang")),
    )  # fmt: skip


def _direct(event: Mapping[str, Any], own: str, users: Any) -> Found:
    kind = word(event.get("type"))
    if kind != "message_create":
        return Ignored(kind)
    said, id = event.get("message_create"), id_of(event.get("id"))
    author = id_of(dig(said, "sender_id"))
    if id is None or author is None:
        return Ignored("message-without-id")
    if author == own:
        return Ignored("own-message")
    file = dig(said, "message_data", "attachment", "media")
    return Post(
        id=id, thread=author, author=author, name=_name(dig(users, author)),
        text=words(dig(said, "message_data", "text")),
        sent_at=milliseconds(event.get("created_timestamp")),
        media=_files([file] if isinstance(file, dict) else []),
    )  # fmt: skip


def _name(user: Any) -> str | None:
    name, handle = line(dig(user, "name"), 120), line(dig(user, "screen_name"), 60)
    return " ".join(filter(None, (name, handle and f"@{handle}"))) or None


def _media(post: Any) -> tuple[Media, ...]:
    entities = dig(post, "extended_entities") or dig(post, "entities")
    return _files(list(rows(entities, "media")))


def _files(given: list[Any]) -> tuple[Media, ...]:
    found = []
    for file in given:
        kind, url = word(dig(file, "type")), address(dig(file, "media_url_https"))
        if url is not None:
            # Of a video this is its picture: the network gives out no more here.
            media_type = "image/jpeg" if kind != "photo" else _TYPES[kind]
            found.append(Media(kind, media_type, url=url))
    return tuple(found[:50])


def _language(given: Any) -> str | None:
    # "und" and the q-codes (qme, qht …) stand for posts without words.
    plain = isinstance(given, str) and given.isascii() and given.isalpha() and len(given) == 2
    return given.lower() if plain else None


def _day(given: Any) -> datetime | None:
    try:
        return moment(parsedate_to_datetime(_rfc(given)).isoformat())
    except (TypeError, ValueError, OverflowError):
        return None


def _rfc(given: Any) -> str:
    """`Wed Oct 10 20:19:24 +0000 2018` in the order of RFC 5322."""
    parts = given.split() if isinstance(given, str) else []
    day, month, number, clock, zone, year = parts
    return f"{day}, {number} {month} {year} {clock} {zone}"
