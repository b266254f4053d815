"""What Amazon SES tells by mail through Amazon SNS: JSON instead of a report's fields.

The form is that of "Amazon SNS notification contents for Amazon SES" in Amazon's documentation.
"""

import json
from collections.abc import Iterator
from typing import Any

from services.ingest.domain.kinds.parts import Report

_SENDER = "@sns.amazonaws.com"
_LONGEST = 256 * 1024
_MOST = 200


def is_notification(sender: str | None) -> bool:
    """Whether a mail comes from Amazon SNS."""
    return (sender or "").lower().endswith(_SENDER)


def report_of(text: str) -> Report | None:
    """The same as a report with fields; None for what tells nothing about a mail."""
    told = _json(text[:_LONGEST].lstrip())
    inner = told.get("Message")
    event = _json(inner) if isinstance(inner, str) else told
    kind = event.get("notificationType") or event.get("eventType")
    mail = _object(event.get("mail"))
    returned = [_header("Message-ID", identifier) for identifier in _ids(mail)]
    if kind == "Complaint":
        return Report(feedback=[_complaint(_object(event.get("complaint")))], returned=returned)
    if kind in ("Bounce", "Delivery"):
        fields = _bounce(_object(event.get("bounce"))) if kind == "Bounce" else _delivery(mail)
        return Report(statuses=["\n\n".join(fields)], returned=returned)
    return None


def _json(text: str) -> dict[str, Any]:
    """The object that `text` begins with, {} where there is none."""
    # Mail servers of old break long lines by an exclamation mark and a line break.
    unbroken = text.replace("!\n ", "")
    try:
        return _object(json.JSONDecoder(strict=False).raw_decode(unbroken)[0])
    except (ValueError, RecursionError):
        return {}


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _objects(value: object) -> list[dict[str, Any]]:
    return [_object(item) for item in value[:_MOST]] if isinstance(value, list) else []


def _bounce(bounce: dict[str, Any]) -> Iterator[str]:
    for one in _objects(bounce.get("bouncedRecipients")):
        yield "\n".join(
            [
                _header("Final-Recipient", one.get("emailAddress")),
                _header("Action", one.get("action") or "failed"),
                _header("Status", one.get("status")),
                _header("Diagnostic-Code", one.get("diagnosticCode")),
            ]
        )


def _delivery(mail: dict[str, Any]) -> Iterator[str]:
    yield "\n".join([_header("Final-Recipient", mail.get("source")), "Action: delivered"])


def _complaint(complaint: dict[str, Any]) -> str:
    recipients = _objects(complaint.get("complainedRecipients"))
    first = recipients[0].get("emailAddress") if recipients else None
    feedback = complaint.get("complaintFeedbackType") or "abuse"
    return "\n".join([_header("Feedback-Type", feedback), _header("Original-Rcpt-To", first)])


def _ids(mail: dict[str, Any]) -> Iterator[object]:
    for header in _objects(mail.get("headers")):
        if str(header.get("name", "")).lower() == "message-id":
            yield header.get("value")
    yield from filter(None, [_object(mail.get("commonHeaders")).get("messageId")])


def _header(name: str, value: object) -> str:
    return f"{name}: {' '.join(str(value or '').split())}"
