"""The parts of a report (RFC 6522): what a machine says of a mail, and the mail it returns."""

from dataclasses import dataclass, field
from email.message import Message

_RETURNED = frozenset(
    {"message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers",
     "message/rfc822-headers", "message/partial"}
)  # fmt: skip
_STATUS = frozenset({"message/delivery-status", "message/global-delivery-status"})
_RECEIPT = frozenset(
    {"message/disposition-notification", "message/global-disposition-notification"}
)
_MOST_PARTS = 50
_DEEPEST = 4
_LONGEST = 64 * 1024


@dataclass(slots=True)
class Report:
    """A mail taken apart, as far as it is a report; what it returns is not looked into.

    statuses, feedback: the fields as text. returned: the mail or its headers as text.
    receipt: whether it tells what became of a mail that did arrive (RFC 8098).
    method: of an invitation's answer, in lower case (RFC 5546).
    """

    type: str = ""
    statuses: list[str] = field(default_factory=list)
    feedback: list[str] = field(default_factory=list)
    returned: list[str] = field(default_factory=list)
    receipt: bool = False
    method: str = ""


def report_of(message: Message) -> Report:
    """Reads a mail's own parts; of one that has none, the media type alone."""
    report = Report()
    if message.get_content_type() == "multipart/report":
        report.type = str(message.get_param("report-type", "") or "").lower()
    _collect(message, report, 0, [_MOST_PARTS])
    return report


def _collect(part: Message, report: Report, depth: int, left: list[int]) -> None:
    left[0] -= 1
    kind = part.get_content_type()
    if left[0] < 0:
        return
    if kind in _STATUS:
        report.statuses.append(_text(part))
    elif kind == "message/feedback-report":
        report.feedback.append(_text(part))
    elif kind in _RECEIPT:
        report.receipt = True
    elif kind == "text/calendar":
        report.method = str(part.get_param("method", "") or "").lower()
    elif kind in _RETURNED or (kind == "text/plain" and depth and part.get_filename()):
        report.returned.append(_text(part))
    elif part.is_multipart() and kind.startswith("multipart/") and depth < _DEEPEST:
        for child in part.get_payload():
            if isinstance(child, Message):
                _collect(child, report, depth + 1, left)


def _text(part: Message) -> str:
    """A part's content as text; of a mail inside, its headers, which is all that is looked at.

    Python parses message/delivery-status into a mail for every block of fields.
    """
    payload = part.get_payload()
    if isinstance(payload, list):
        blocks = (child for child in payload[:_MOST_PARTS] if isinstance(child, Message))
        return _readable("\n\n".join(_headers(child) for child in blocks)[:_LONGEST])
    content = part.get_payload(decode=True)
    data = content if isinstance(content, bytes) else str(payload or "").encode(errors="replace")
    return data[:_LONGEST].decode("utf-8", "replace")


def _readable(text: str) -> str:
    """Text with the bytes beyond ASCII, which Python's parser keeps as surrogates, as UTF-8."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _headers(block: Message) -> str:
    lines = [f"{name}: {value}" for name, value in block.raw_items()]
    below = block.get_payload() if not block.is_multipart() else ""
    # Fields that follow a line which is none were taken for a body.
    return "\n".join([*lines, str(below)[:4000] if not lines or len(lines) < 3 else ""])
