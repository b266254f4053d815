"""What a notice says in its own words, apart from the mail that it returns."""

import re
from collections.abc import Iterator

from services.ingest.domain.kinds.addresses import ADDRESS, BARE

_READ = 64 * 1024
_RETURNED = re.compile(
    r"(?im)^[ \t>*]*(?:"
    r"(?:received|return-path|delivered-to|dkim-signature|domainkey-signature|message-id"
    r"|mime-version|x-received|x-google-[a-z-]{3,30}|x-originating-ip|arc-seal)[ \t]*:"
    r"|[-=_*#. \t]{0,40}(?:this is a copy of|below (?:this line )?is a copy|enclosed is a copy"
    r"|included is a copy|the headers? of the original|original message(?! was)|message "
    r"headers? follow"
    r"|unsent message|returned message|copy of (?:the|your) message"
    r"|undelivered message|ursprüngliche nachricht|message d'origine|mensaje original))"
)
_MESSAGE_ID = re.compile(r"(?im)^[ \t>]*message-id[ \t]*:[ \t\r\n]*(<?[^\s<>]{1,300}>?)")
_NAMED_ID = re.compile(
    r"(?i)message[- ]id\W{0,3}(?:of |is |was |: ?){0,2}<?([^\s<>]{1,300}@[^\s<>]+)"
)
_RECIPIENT_LINE = re.compile(
    rf"(?m)^[ \t*\"'<\[(（“„«「【•·-]{{0,16}}({ADDRESS})(?=[>\"':;,)\]]|[^\x00-\x7f]|\.?\s|\.?$)"
)
_RCPT = re.compile(rf"(?i)rcpt to:?\s{{0,3}}<?({ADDRESS})")
_AFTER_DATA = re.compile(
    r"(?i)>>> data\s{1,4}<<< 5|reply to (?:the )?(?:end of )?data|after end of data|failed "
    r"after i sent|smtp command\s{1,4}data\b"
)
_AFTER_RCPT = re.compile(r"(?i)>>> rcpt[^\n]{0,300}\s{1,4}<<< 5|reply to rcpt|after rcpt")
_ANYBODY = re.compile(BARE)


def split(text: str) -> tuple[str, str]:
    """The notice's own words, and the returned mail below them or "". Cut to 64 KiB each."""
    text = text[: 2 * _READ]
    found = _RETURNED.search(text)
    if found is None:
        return text[:_READ], ""
    return text[: min(found.start(), _READ)], text[found.start() : found.start() + _READ]


def refused_after_data(notice: str) -> bool:
    """Whether a transcript shows that the recipient was taken, and the mail itself refused."""
    return _AFTER_DATA.search(notice) is not None and not _AFTER_RCPT.search(notice)


def message_id(notice: str, returned: str) -> str | None:
    """The id of the mail a notice is about: from the returned headers, else from its words."""
    found = _MESSAGE_ID.search(returned) or _MESSAGE_ID.search(notice) or _NAMED_ID.search(notice)
    return bracketed(found[1]) if found else None


def bracketed(identifier: str) -> str | None:
    """A Message-ID in angle brackets; None where nothing is left of it."""
    inner = "".join(identifier.split()).strip("<>")[:998]
    return f"<{inner}>" if inner else None


def recipients(notice: str) -> Iterator[tuple[str, str]]:
    """Addresses that stand at the beginning of a line, each with what is said of it."""
    found = list(_RECIPIENT_LINE.finditer(notice))
    ends = [*(match.start() for match in found), len(notice)][1:]
    for match, end in zip(found, ends, strict=True):
        yield match[1].rstrip("."), notice[match.end() : end]


def anybody(notice: str, but: frozenset[str]) -> str | None:
    """The address that a notice is most likely about: one in RCPT TO, else the first at all."""
    named = (match[1] for match in _RCPT.finditer(notice))
    others = (match[0] for match in _ANYBODY.finditer(notice))
    for source in (named, others):
        for address in source:
            if address.rstrip(".").lower() not in but:
                return address.rstrip(".")
    return None
