"""WhatsApp Cloud API webhooks: messages and statuses.

https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/components
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from services.ingest.domain.providers.found import Found, Ignored, Media, NotOurs, Post, Status
from services.ingest.domain.providers.walk import dig, id_of, line, rows, seconds, word, words

_MEDIA = ("image", "video", "audio", "document", "sticker")
_STATUSES: Mapping[str, Any] = {
    "sent": "sent", "delivered": "delivered", "read": "read", "played": "read", "failed": "failed",
}  # fmt: skip
# What stands under `messages` and is nothing that a person said.
_NOT_SAID = frozenset({"reaction", "revoke", "system", "request_welcome", "ephemeral"})
_NOT_PASSED_ON = "[a message of a kind that WhatsApp does not pass on{}]"


def read(body: Any) -> Iterator[Found]:
    """What a webhook brings. Raises NotOurs where the body is no WhatsApp webhook."""
    if dig(body, "object") != "whatsapp_business_account":
        raise NotOurs("object must be whatsapp_business_account")
    for entry in rows(body, "entry"):
        for change in rows(entry, "changes"):
            yield from _change(change)


def _change(change: Mapping[str, Any]) -> Iterator[Found]:
    field, value = word(change.get("field")), change.get("value")
    if field != "messages":
        yield Ignored(field)
        return
    names = {dig(one, "wa_id"): line(dig(one, "profile", "name")) for one in _contacts(value)}
    for message in rows(value, "messages"):
        yield _message(message, names)
    for status in rows(value, "statuses"):
        yield _status(status)
    if dig(value, "errors") and not dig(value, "messages"):
        yield Ignored("errors")


def _contacts(value: Any) -> list[Mapping[str, Any]]:
    # Keys of a mapping must be hashable, whatever was sent.
    return [one for one in rows(value, "contacts") if isinstance(one.get("wa_id"), str)]


def _message(message: Mapping[str, Any], names: Mapping[Any, str | None]) -> Found:
    kind = word(message.get("type"))
    if kind in _NOT_SAID:
        return Ignored(kind)
    inner: Any = message
    if kind == "edit":
        inner = dig(message, "edit", "message") or {}
    if word(dig(inner, "interactive", "type")) == "call_permission_reply":
        return Ignored("call_permission_reply")
    sender = id_of(message.get("from")) or id_of(message.get("from_user_id"))
    id = id_of(message.get("id"))
    if id is None or sender is None:
        return Ignored("message-without-id")
    group = id_of(message.get("group_id"))
    name = names.get(message.get("from")) or next((n for n in names.values() if n), None)
    return Post(
        id=id, thread=group or sender, author=_number(sender), name=name,
        text=_text(inner), sent_at=seconds(message.get("timestamp")), media=_media(inner),
        answer_to=f"group:{group}" if group else None,
    )  # fmt: skip


def _number(sender: str) -> str:
    """E.164 where it is a telephone number; WhatsApp leaves the + out."""
    return f"+{sender}" if sender.isdigit() else sender


def _text(message: Any) -> str:
    kind = dig(message, "type")
    match kind:
        case "text":
            said = words(dig(message, "text", "body"))
        case "button":
            said = words(dig(message, "button", "text"))
        case "interactive":
            said = _interactive(dig(message, "interactive"))
        case "location":
            said = _location(dig(message, "location"))
        case "contacts":
            said = "\n".join(filter(None, map(_contact, rows(message, "contacts"))))
        case "order":
            said = _order(dig(message, "order"))
        case str() if kind in _MEDIA:
            return words(dig(message, kind, "caption"))
        case _:
            said = ""
    what = dig(message, "unsupported", "type")
    return said or _NOT_PASSED_ON.format(f": {word(what)}" if what else "")


def _interactive(given: Any) -> str:
    for kind in ("button_reply", "list_reply"):
        if (chosen := dig(given, kind)) is not None:
            parts = (words(dig(chosen, "title")), words(dig(chosen, "description")))
            return "\n".join(filter(None, parts))
    return _form(dig(given, "nfm_reply", "response_json"))


def _form(answers: Any) -> str:
    """The answers of a flow (a form), one a line; its token is none of them."""
    try:
        fields = json.loads(answers) if isinstance(answers, str) else None
    except (ValueError, RecursionError):
        return words(answers)
    if not isinstance(fields, dict):
        return ""
    told = (f"{key}: {value}" for key, value in fields.items() if key != "flow_token")
    return words("\n".join(told))


def _location(place: Any) -> str:
    at = f"{dig(place, 'latitude')}, {dig(place, 'longitude')}"
    parts = (line(dig(place, "name")), line(dig(place, "address")), line(at))
    return "\n".join(filter(None, parts))


def _contact(card: Mapping[str, Any]) -> str:
    numbers = (line(one.get("phone")) for one in rows(card, "phones"))
    mails = (line(one.get("email")) for one in rows(card, "emails"))
    name = line(dig(card, "name", "formatted_name"))
    return ", ".join(filter(None, (name, *numbers, *mails)))


def _order(order: Any) -> str:
    items = (
        f"{item.get('quantity')} × {line(item.get('product_retailer_id'))} "
        f"({item.get('item_price')} {line(item.get('currency'), 3)})"
        for item in rows(order, "product_items")
    )
    return words("\n".join(filter(None, (words(dig(order, "text")), *items))))


def _media(message: Any) -> tuple[Media, ...]:
    kind = dig(message, "type")
    if not isinstance(kind, str) or kind not in _MEDIA:
        return ()
    file = dig(message, kind)
    id = id_of(dig(file, "id"))
    if id is None:
        return ()
    media_type = line(dig(file, "mime_type"), 255) or "application/octet-stream"
    return (Media(line(dig(file, "filename"), 255) or kind, media_type, id),)


def _status(status: Mapping[str, Any]) -> Found:
    if status.get("type") == "call":
        return Ignored("call-status")
    said, id = word(status.get("status")), id_of(status.get("id"))
    if said not in _STATUSES or id is None:
        return Ignored(f"status-{said}"[:40])
    error = next(rows(status, "errors"), None)
    return Status(
        kind=_STATUSES[said], id=id, at=seconds(status.get("timestamp")),
        recipient=id_of(status.get("recipient_id")), reason=_reason(error),
    )  # fmt: skip


def _reason(error: Mapping[str, Any] | None) -> str | None:
    if error is None:
        return None
    details = line(dig(error, "error_data", "details"), 300) or line(error.get("title"), 300)
    return f"{error.get('code')}: {details}"[:400]
