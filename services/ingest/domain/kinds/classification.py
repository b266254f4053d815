"""Which kind of mail this is."""

from collections.abc import Iterator, Mapping, Sequence
from email.message import Message

from services.ingest.domain.kinds import amazon, bounces, complaints, fields, notices, parts, replies
from services.ingest.domain.kinds.automatic import is_automatic
from services.ingest.domain.kinds.parts import Report
from services.ingest.domain.kinds.verdicts import Classified


def classify(
    message: Message, headers: Mapping[str, Sequence[str]], text: str, sender: str | None
) -> Classified:
    """The kind of a parsed mail; never raises, and is quick where a person wrote it.

    message: all of it, with its parts. headers: decoded values by lower-case name. text: the
    readable body before anything is trimmed from it. sender: the address of From.
    """
    content_type = message.get_content_type()
    automatic = is_automatic(headers, content_type, sender)
    report = _report(message, content_type, text, sender)
    if report.method in _ANSWERS:
        return Classified("message", automatic)
    if complaint := complaints.complaint_of(report, headers, text):
        return Classified("complaint", True, complaint=complaint)
    if report.receipt or report.type == "disposition-notification":
        return Classified("auto-reply", True)
    if report.statuses and bounces.all_arrived(report):
        return Classified("auto-reply", True)
    if _is_bounce(report, headers, text, sender):
        us = frozenset(_ends(headers, sender))
        return Classified("bounce", True, bounce=bounces.read(report, headers, text, us))
    if replies.is_reply(headers, text):
        return Classified("auto-reply", True)
    return Classified("message", automatic)


def _report(message: Message, content_type: str, text: str, sender: str | None) -> Report:
    if amazon.is_notification(sender) and (found := amazon.report_of(text)):
        return found
    if content_type.startswith(("multipart/", "message/", "text/calendar")):
        return parts.report_of(message)
    return Report()


def _is_bounce(
    report: Report, headers: Mapping[str, Sequence[str]], text: str, sender: str | None
) -> bool:
    if report.statuses or report.type == "delivery-status":
        return True
    if replies.is_unmistakable(headers):
        return False
    return notices.tells_of_failure(headers, text, sender)


# Acceptances and refusals of invitations (RFC 5546) are what a person decided.
_ANSWERS = frozenset({"reply", "counter", "declinecounter"})


def _ends(headers: Mapping[str, Sequence[str]], sender: str | None) -> Iterator[str]:
    """Addresses that a notice bears without being about them: its writer's and its reader's."""
    yield (sender or "").lower()
    for name in ("to", "delivered-to", "from", "reply-to"):
        for value in headers.get(name, ())[:3]:
            yield (fields.address_of(value[:500]) or "").lower()
