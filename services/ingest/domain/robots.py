"""Whether a person wrote a mail: what must never be answered by a robot (RFC 3834)."""

from collections.abc import Mapping

# Values of the old Precedence header that mass mailers and vacation programs set.
_PRECEDENCES = frozenset({"bulk", "junk", "list", "auto_reply", "auto-reply"})
_MARKS = ("list-id", "x-autoreply", "x-autorespond", "x-auto-reply", "x-failed-recipients")
_SUPPRESSED = ("all", "oof", "autoreply")
_MAILBOXES = frozenset(
    {"mailer-daemon", "postmaster", "no-reply", "noreply", "donotreply", "do-not-reply"}
)


def is_automatic(headers: Mapping[str, str], content_type: str, sender: str | None) -> bool:
    """headers: first value of each, by lower-case name, as text. sender: the address of From."""
    submitted = headers.get("auto-submitted", "no").partition(";")[0].strip().lower()
    if submitted not in ("", "no"):
        return True
    if headers.get("precedence", "").strip().lower() in _PRECEDENCES:
        return True
    suppressed = headers.get("x-auto-response-suppress", "").lower()
    if any(word in suppressed for word in _SUPPRESSED):
        return True
    if any(mark in headers for mark in _MARKS):
        return True
    # The empty reverse path is for notices that nobody may answer (RFC 5321 §4.5.5).
    if headers.get("return-path", "").strip() == "<>" or content_type == "multipart/report":
        return True
    return (sender or "").partition("@")[0].lower() in _MAILBOXES
