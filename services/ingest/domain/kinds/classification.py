"""Which kind of mail this is."""

from collections.abc import Iterator, Mapping, Sequence
from email.message import Message

from services.ingest.domain.kinds import (
    amazon,
    bounces,
    complaints,
    fields,
    notices,
    parts,
    replies,
)
from services.ingest.domain.kinds.automatic import is_automatic
from services.ingest.domain.kinds.parts import Report
from services.ingest.domain.kinds.verdicts import Bounce, Classified, Complaint, Kind


def classify(
    message: Message, headers: Mapping[str, Sequence[str]], text: str, sender: str | None
) -> Classified:
    """The kind of a parsed mail; never raises, and is quick where a person wrote it.

    message: all of it, with its parts. headers: decoded values by lower-case name. text: the
    readable body before anything is trimmed from it. sender: the address of From.
    """
    automatic = is_automatic(headers, message.get_content_type(), sender)
    try:
        kind, bounce, complaint = _found(message, headers, text, sender)
    except Exception:  # Python's readers of parameters raise many kinds on what nobody would write
        kind, bounce, complaint = "message", None, None
    return Classified(kind, automatic or kind != "message", bounce, complaint)


_Found = tuple[Kind, Bounce | None, Complaint | None]


def _found(
    message: Message, headers: Mapping[str, Sequence[str]], text: str, sender: str | None
) -> _Found:
    report = _report(message, text, sender)
    if report.method in _ANSWERS:
        return "message", None, None
    if complaint := complaints.complaint_of(report, headers, text):
        return "complaint", None, complaint
    if _is_receipt(report):
        return "auto-reply", None, None
    if _is_bounce(report, headers, text, sender):
        us = frozenset(_ends(headers, sender))
        return "bounce", bounces.read(report, headers, text, us), None
    return ("auto-reply" if replies.is_reply(headers, text) else "message"), None, None


def _report(message: Message, text: str, sender: str | None) -> Report:
    if amazon.is_notification(sender) and (found := amazon.report_of(text)):
        return found
    if message.get_content_type().startswith(("multipart/", "message/", "text/calendar")):
        return parts.report_of(message)
    return Report()


def _is_receipt(report: Report) -> bool:
    """Whether a report tells of a mail that arrived or was read (RFC 3464 §2.3.3, RFC 8098)."""
    if report.receipt or report.type == "disposition-notification":
        return True
    return bool(report.statuses) and bounces.all_arrived(report)


def _is_bounce(
    report: Report, headers: Mapping[str, Sequence[str]], text: str, sender: str | None
) -> bool:
    if report.statuses or report.type == "delivery-status":
        return True
    if replies.is_unmistakable(headers):
        return False
    return notices.tells_of_failure(headers, text, sender, returns=bool(report.returned))


# Acceptances and refusals of invitations (RFC 5546) are what a person decided.
_ANSWERS = frozenset({"reply", "counter", "declinecounter"})


def _ends(headers: Mapping[str, Sequence[str]], sender: str | None) -> Iterator[str]:
    """Addresses that a notice bears without being about them: its writer's and its reader's."""
    yield (sender or "").lower()
    for name in ("to", "delivered-to", "from", "reply-to"):
        for value in headers.get(name, ())[:3]:
            yield (fields.address_of(value[:500]) or "").lower()
