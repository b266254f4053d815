"""The part of a message that is only shown, to JSON and back."""

import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

from services.ingest.domain.headers import Person
from services.ingest.domain.messages import Attachment, Blob, Call, Message

Details = dict[str, Any]


def pack(message: Message) -> str | None:
    """The details of a message as JSON text, None where it has none (most chat messages)."""
    details: Details = {}
    for name in ("to", "cc"):
        if people := getattr(message, name):
            details[name] = [[one.name, one.address] for one in people]
    for name in ("in_reply_to", "references", "thread_id"):
        if value := getattr(message, name):
            details[name] = value
    for name in ("text_blob", "html_blob", "quoted_blob", "call"):
        if part := getattr(message, name):
            details[name] = asdict(part)
    if message.attachments:
        details["attachments"] = [asdict(one) for one in message.attachments]
    if message.reply_to:
        details["reply_to"] = [message.reply_to.name, message.reply_to.address]
    if message.urgent:
        details["urgent"] = True
    if message.authentication:
        details["authentication"] = dict(message.authentication)
    if message.wished_at:
        details["wished_at"] = message.wished_at.isoformat()
    return json.dumps(details, ensure_ascii=False) if details else None


def unpack(details: Details | None) -> Details:
    """The keyword arguments of Message that `pack` was given."""
    details = details or {}
    return {
        "to": _people(details, "to"),
        "cc": _people(details, "cc"),
        "in_reply_to": details.get("in_reply_to"),
        "urgent": details.get("urgent", False),
        "references": tuple(details.get("references", ())),
        "text_blob": _blob(details.get("text_blob")),
        "html_blob": _blob(details.get("html_blob")),
        "quoted_blob": _blob(details.get("quoted_blob")),
        "attachments": tuple(_attachment(one) for one in details.get("attachments", ())),
        "reply_to": Person(*details["reply_to"]) if "reply_to" in details else None,
        "authentication": details.get("authentication", {}),
        "thread_id": details.get("thread_id"),
        "call": Call(**details["call"]) if "call" in details else None,
        "wished_at": _moment(details.get("wished_at")),
    }


def _moment(packed: str | None) -> datetime | None:
    return datetime.fromisoformat(packed) if packed else None


def _people(details: Details, name: str) -> tuple[Person, ...]:
    return tuple(Person(*one) for one in details.get(name, ()))


def _blob(packed: Details | None) -> Blob | None:
    return Blob(**packed) if packed else None


def _attachment(packed: Details) -> Attachment:
    return Attachment(**packed | {"blob": Blob(**packed["blob"])})
