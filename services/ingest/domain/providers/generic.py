"""The generic webhook: our own simple body, described in docs/social.md."""

from collections.abc import Iterator, Mapping
from typing import Any, get_args

from services.ingest.domain.providers.found import (
    Found,
    Ignored,
    Media,
    NotOurs,
    Post,
    Status,
    StatusKind,
)
from services.ingest.domain.providers.walk import (
    address,
    count,
    dig,
    id_of,
    line,
    moment,
    rows,
    word,
    words,
)


def read(body: Any) -> Iterator[Found]:
    """What a webhook brings. Raises NotOurs where a field is missing or of the wrong kind."""
    if not isinstance(body, Mapping):
        raise NotOurs("the body must be an object")
    if "messages" not in body and "statuses" not in body:
        raise NotOurs("messages or statuses must be given")
    for name in ("messages", "statuses"):
        if not isinstance(body.get(name, []), list):
            raise NotOurs(f"{name} must be a list")
    for place, message in enumerate(rows(body, "messages")):
        yield _post(message, f"messages/{place}")
    for place, status in enumerate(rows(body, "statuses")):
        yield _status(status, f"statuses/{place}")
    yield from (Ignored(word(kind)) for kind in body.keys() - {"messages", "statuses"})


def _post(message: Mapping[str, Any], place: str) -> Post:
    author = id_of(dig(message, "author", "id"))
    text, media = words(message.get("text")), _media(message)
    if author is None:
        raise NotOurs(f"{place}/author/id must be 1 to 200 characters without spaces")
    if not text and not media:
        raise NotOurs(f"{place} must have a text or media")
    return Post(
        id=_id(message, place), thread=id_of(message.get("thread")) or author, author=author,
        name=line(dig(message, "author", "name")), text=text, media=media,
        sent_at=moment(message.get("sent_at")), answer_to=id_of(message.get("answer_to")),
        public=message.get("public") is True, reach=count(message.get("reach")),
    )  # fmt: skip


def _status(status: Mapping[str, Any], place: str) -> Status:
    kind = word(status.get("status"))
    if kind not in get_args(StatusKind):
        raise NotOurs(f"{place}/status must be one of {', '.join(get_args(StatusKind))}")
    return Status(
        kind=kind,  # type: ignore[arg-type]  # one of them, as the line above has made sure
        id=_id(status, place), at=moment(status.get("at")), reason=line(status.get("reason"), 400),
    )  # fmt: skip


def _id(given: Mapping[str, Any], place: str) -> str:
    id = id_of(given.get("id"))
    if id is None:
        raise NotOurs(f"{place}/id must be 1 to 200 characters without spaces")
    return id


def _media(message: Mapping[str, Any]) -> tuple[Media, ...]:
    found = []
    for file in rows(message, "media"):
        if (url := address(file.get("url"))) is not None:
            name, media_type = line(file.get("name"), 255), line(file.get("media_type"), 255)
            found.append(Media(name or "file", media_type or "application/octet-stream", url=url))
    return tuple(found[:50])
