"""Feedback reports (RFC 5965) and the providers that send them in a form of their own."""

import re
from collections.abc import Mapping, Sequence

from services.ingest.domain.kinds import excerpts
from services.ingest.domain.kinds.automatic import first
from services.ingest.domain.kinds.fields import address_of
from services.ingest.domain.kinds.parts import Report
from services.ingest.domain.kinds.verdicts import Complaint

_FIELD = re.compile(r"(?im)^(feedback-type|original-rcpt-to|original-mail-from)[ \t]*:[ \t]*(.*)$")
_TO = re.compile(r"(?im)^(?:x-hmxmroriginalrecipient|to)[ \t]*:[ \t]*(.*)$")
_JUNK_REPORT = re.compile(r"complaint about message from [0-9a-f.:]+$")
_APPLE = re.compile(r"apple mail sent this email to unsubscribe", re.IGNORECASE)


def complaint_of(
    report: Report, headers: Mapping[str, Sequence[str]], text: str
) -> Complaint | None:
    """The complaint that a mail is; None if it is none."""
    if report.feedback:
        return _standard(report)
    subject = first(headers, "subject")
    if report.type == "feedback-report" or (report.returned and _JUNK_REPORT.match(subject)):
        return _complaint("abuse", None, report, text)
    if subject == "unsubscribe" and _APPLE.match(text[:200].lstrip()):
        return _complaint("opt-out", None, report, text)
    return None


def _standard(report: Report) -> Complaint:
    """By its fields (RFC 5965 §3); several about one mail are one complaint."""
    found = {name.lower(): value.strip() for name, value in _FIELD.findall(report.feedback[0])}
    feedback = found.get("feedback-type", "").lower()[:40] or "other"
    return _complaint(feedback, address_of(found.get("original-rcpt-to", "")), report, "")


def _complaint(feedback: str, recipient: str | None, report: Report, text: str) -> Complaint:
    returned = "\n\n".join(report.returned)
    named = _TO.search(returned)
    recipient = recipient or (address_of(named[1]) if named else None)
    return Complaint(feedback, recipient, excerpts.message_id(returned, text))
