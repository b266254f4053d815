"""Why a mail did not arrive, from the words and codes of the server that refused it."""

import re
from collections.abc import Sequence
from types import MappingProxyType

from services.ingest.domain.kinds.addresses import ADDRESS
from services.ingest.domain.kinds.phrases import DECISIVE, FOREIGN, GENERAL, REFUSED, UNKNOWN
from services.ingest.domain.kinds.statuses import BY_REPLY, BY_STATUS, BY_SUBJECT

HARD = MappingProxyType(
    {
        "unknown-user": True,
        "unknown-host": True,
        "moved": True,
        "not-accepting": True,
        "mailbox-full": False,
        "too-big": False,
        "disabled": False,
        "filtered": False,
        "sender-refused": False,
        "authentication": False,
        "virus": False,
        "spam": False,
        "rate-limited": False,
        "blocked": False,
        "policy": False,
        "content": False,
        "network": False,
        "expired": False,
        "protocol": False,
        "system": False,
        "other": False,
    }
)
"""Every reason, and whether it means that the address will never work."""

_LONGEST = 4000
_ADDRESS = re.compile(rf"<?{ADDRESS}>?")
_LINK = re.compile(r"https?:\S{1,500}|\bwww\.\S{1,500}")
_CODES = re.compile(r"(?<![\d.])[245]\d\d(?:[ -]#?[245]\.\d{1,3}\.\d{1,3})?(?=[\s-])[\s-]*")
_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,2}\.\d{1,3})(?![\d.]\d|\d)")
_REPLY = re.compile(r"(?<![\d.])([45]\d\d)(?=[\s-])")
_SENDER = re.compile(
    r"after mail from|reply to (?:the )?mail from|sender was rejected|\[mail_from\]"
    r"|did not like our mail from|>>> mail from:[^>]{0,200}<<<"
)
_UNREACHED = re.compile(
    r"connect(?:ion)? (?:to|with) (?:\S{1,80} ){1,4}?(?:timed out|refused|reset|failed)"
    r"|connection timed out|lookup timed? ?out|no route to host|network is unreachable"
)
_TEMPORARY = re.compile(r"try (?:again )?later|, try again|temporar")
_BLUNT = re.compile(
    r"(?:user|recipient) unknown|unknown (?:user|recipient)|no such user"
    r"|recipient addresses rejected"
)
# What Amazon SES writes in front of any remote server's answer.
_SES = re.compile(r"5\.1\.0 - unknown address error (?=\d{3}-')")
_Table = Sequence[tuple[str, re.Pattern[str]]]


def _compiled(table: Sequence[tuple[str, Sequence[str]]]) -> _Table:
    return [(reason, re.compile("|".join(patterns))) for reason, patterns in table]


_EXACT = _compiled([*DECISIVE, *REFUSED, *UNKNOWN, *FOREIGN])
_GENERAL = _compiled(GENERAL)


def plain(diagnostic: str) -> str:
    """The words of a diagnostic alone: no addresses, links or codes that may look like words."""
    words = _SES.sub(" ", _LINK.sub(" ", diagnostic[:_LONGEST].lower()))
    words = _CODES.sub(" ", _ADDRESS.sub(" @ ", words))
    return " ".join(words.replace("\u2019", "'").split())


def status_of(diagnostic: str, declared: str | None = None) -> str | None:
    """The enhanced status code (RFC 3463): the remote server's own before the reporter's.

    A code that says which detail counts before one that only says the class, such as 5.0.0.
    """
    found = [*_STATUS.findall(diagnostic[:_LONGEST]), *_STATUS.findall(declared or "")]
    failed = [code for code in found if code[0] != "2"]
    exact = [code for code in failed if not code.endswith(".0")]
    subject = [code for code in failed if not code.endswith(".0.0")]
    return next(iter([*exact, *subject, *failed]), None)


def reason_of(diagnostic: str, status: str | None, *, after_data: bool = False) -> str:
    """One of HARD: by exact words, else by the status, else by general words, else by the reply.

    after_data: the server had taken the recipient and refused when the mail itself was sent.
    """
    words = plain(diagnostic)
    reason = _by_words(_EXACT, words) or _by_status(status) or _by_words(_GENERAL, words)
    reason = reason or _by_reply(diagnostic) or "other"
    if after_data and _BLUNT.search(words) and (status or "")[1:3] != ".1":
        return "filtered"  # the mailbox was known a moment before
    return _reconsidered(reason, words, status)


def _reconsidered(reason: str, words: str, status: str | None) -> str:
    """What was said of the sender, or only for now, is no verdict on the recipient."""
    if not HARD[reason]:
        return reason
    if _SENDER.search(words) or (status or "")[1:] in (".1.7", ".1.8"):
        return "sender-refused"
    if _UNREACHED.search(words) and not _BLUNT.search(words):
        return "network"
    if reason == "unknown-user" and (status or "")[1:] == ".1.2":
        reason = "unknown-host"  # "address rejected: domain not found" and the like
    if not ((status or "").startswith("4") or _TEMPORARY.search(words)):
        return reason
    if reason in ("unknown-host", "not-accepting"):
        return "network"
    return "system" if "mailbox unavailable" in words else reason


def _by_words(table: _Table, words: str) -> str | None:
    return next((reason for reason, pattern in table if pattern.search(words)), None)


def _by_status(status: str | None) -> str | None:
    if status is None:
        return None
    level, subject, detail = status.split(".")
    reason = BY_STATUS.get(f"{subject}.{detail}") or BY_SUBJECT.get(subject)
    # A server that may still change its mind has not found out that there is no such mailbox.
    return None if level == "4" and reason in ("unknown-user", "moved") else reason


def _by_reply(diagnostic: str) -> str | None:
    codes = _REPLY.findall(diagnostic[:_LONGEST])
    return next((BY_REPLY[code] for code in codes if code in BY_REPLY), None)
