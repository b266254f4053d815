"""Subject lines compared without what mail programs put before them; ticket numbers in them."""

import re

# Marks of answers and forwards, as mail programs of many countries write them: one or two short
# words, perhaps counted ("Re[2]", "AW2"), and a colon, full-width in Chinese and Japanese.
_MARK = re.compile(
    r"\s*(?:re|aw|antw|antwort|sv|vs|vb|vl|r|rif|ref|res|resp|rv|tr|odp|pd|ynt|ilt|vá|továbbítás"
    r"|απ|πρθ|σχετ|ha|na|nal|bls|ms|ats|atb|fs|fw|fwd|wg|wtr|doorst|enc|i|p|rép|rep|отв|ответ"
    r"|re ?: ?fwd|回复|回覆|答复|转发|轉寄|返信|転送|답장|전달|رد|הועבר|תשובה)"
    r"(?:\s*\[\d{1,3}\]|\s*\(\d{1,3}\)|\d{0,3})?\s*[:：]",
    re.IGNORECASE,
)
_FORWARD = re.compile(
    r"\s*(?:fs|fw|fwd|wg|wtr|doorst|enc|i|tr|rv|vs|vb|vl|pd|ynt|ilt|πρθ|továbbítás|转发|轉寄|転送|전달|הועבר)\b",
    re.IGNORECASE,
)
# What lists and gateways put into subjects, such as [EXT] or [Team], and our own ticket numbers.
_TAG = re.compile(r"\s*\[[^\[\]]{1,40}\]")
_NUMBER = re.compile(r"\[#(\d{1,15})\]")
_LONGEST = 998


def is_same_subject(one: str | None, other: str | None) -> bool:
    """Whether the second is not a new subject: equal but for marks, tags, case and blanks.

    An empty subject, or none, is no new one.
    """
    first, second = bare(one or ""), bare(other or "")
    return not first or not second or first == second


def bare(subject: str) -> str:
    """A subject without its marks (`Re:`, `AW:`, `Fwd:` …) and tags, in one case."""
    rest = _TAG.sub(" ", subject[:_LONGEST])
    while found := _MARK.match(rest):
        rest = rest[found.end() :]
    return " ".join(rest.casefold().split())


def is_forward(subject: str) -> bool:
    """Whether a subject has a mark of forwarding, such as `Fwd:` or `WG:`, before anything else."""
    rest = _TAG.sub(" ", subject[:_LONGEST])
    while found := _MARK.match(rest):
        if _FORWARD.match(found.group()):
            return True
        rest = rest[found.end() :]
    return False


def ticket_number(subject: str | None) -> int | None:
    """The number of the first `[#number]` in a subject, None where there is none."""
    found = _NUMBER.search((subject or "")[:_LONGEST])
    return int(found.group(1)) if found else None
