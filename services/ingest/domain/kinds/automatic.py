"""Whether a robot wrote a mail, or somebody to many: what no robot may answer (RFC 3834)."""

from collections.abc import Mapping, Sequence

# Values of the old Precedence header that mass mailers and vacation programs set.
_PRECEDENCES = frozenset({"bulk", "junk", "list", "auto_reply", "auto-reply"})
_MARKS = ("list-id", "x-autoreply", "x-autorespond", "x-auto-reply", "x-failed-recipients")
_SUPPRESSED = ("all", "oof", "autoreply")
_MAILBOXES = frozenset(
    {"mailer-daemon", "postmaster", "no-reply", "noreply", "donotreply", "do-not-reply"}
)


def is_automatic(
    headers: Mapping[str, Sequence[str]], content_type: str, sender: str | None
) -> bool:
    """headers: decoded values by lower-case name. sender: the address of From."""
    submitted = first(headers, "auto-submitted").partition(";")[0]
    if submitted not in ("", "no"):
        return True
    if first(headers, "precedence") in _PRECEDENCES:
        return True
    suppressed = first(headers, "x-auto-response-suppress")
    if any(word in suppressed for word in _SUPPRESSED):
        return True
    if any(mark in headers for mark in _MARKS):
        return True
    # The empty reverse path is for notices that nobody may answer (RFC 5321 §4.5.5).
    if first(headers, "return-path") == "<>" or content_type == "multipart/report":
        return True
    return (sender or "").partition("@")[0].lower() in _MAILBOXES


def first(headers: Mapping[str, Sequence[str]], name: str) -> str:
    """A header's first value in lower case without blanks around it; "" where there is none."""
    values = headers.get(name)
    return values[0].strip().lower() if values else ""
