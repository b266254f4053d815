"""Blocks of header lines, as Outlook and others put them above a mail that they quote."""

import re
from collections.abc import Sequence
from typing import Final

from services.ingest.domain.trimming.header_names import (
    DATE,
    FROM,
    LONGEST,
    OTHER,
    ROLES,
    SUBJECT,
    TO,
)

# A block has at most this many lines, blank and wrapped ones included.
_TALLEST: Final = 40
_WRAPPED: Final = 3
_ADORNMENT: Final = " \t\xa0\u202f\u3000*_>|•"
_TIME: Final = re.compile(r"\d\s?[:.h時시点]\s?\d\d(?!\d)")
# A line with another name, such as "Time:", does not go on with the one above it.
_NAMED: Final = re.compile(r"[*_]{0,2}[^\W\d][\w ]{0,20}[:：]\s")
_ORDER: Final = frozenset({FROM, DATE, TO, SUBJECT})


def role(line: str) -> str | None:
    """What the header line `line` (bare) tells: FROM, DATE, TO, SUBJECT, OTHER; None if it is none.

    The name may be bold (`*From:*`), followed by a wide colon, or by a tab (Lotus Notes).
    """
    head = line[: LONGEST + 6]
    if "：" in head:
        head = head.replace("：", ":").replace("\u3000", "")
    name, colon, _ = head.partition(":")
    if not colon:
        name, colon, _ = head.partition("\t")
    return ROLES.get(name.strip(_ADORNMENT).lower()) if colon else None


def block_end(
    shown: Sequence[str], start: int, *, announced: bool, ruled: bool = False
) -> int | None:
    """Where the header block that begins at line `start` ends (exclusive); None if there is none.

    `announced` tells that a line such as "-----Original Message-----" came before, `ruled` that a
    rule did.
    """
    roles: set[str] = set()
    end = start
    for place in range(start, min(start + _TALLEST, len(shown))):
        found = role(shown[place])
        if found is not None:
            roles |= {found} | _more_on(shown[place])
            end = place + 1
        elif not _may_belong(shown, end, place, roles):
            break
    lines = shown[start:end]
    is_one = _is_announced(roles) if announced else _is_mails(roles, lines, ruled=ruled)
    return end if is_one else None


def _may_belong(shown: Sequence[str], end: int, place: int, roles: set[str]) -> bool:
    """Whether a line without a name goes on with the header line before it."""
    if SUBJECT in roles and FROM in roles and not shown[place]:
        return _next_is_header(shown, place)
    return place - end < _WRAPPED


def _next_is_header(shown: Sequence[str], place: int) -> bool:
    following = next((line for line in shown[place + 1 : place + 3] if line), "")
    return role(following) in (DATE, TO, OTHER, SUBJECT)


def _more_on(line: str) -> set[str]:
    """Roles further right, where a client has put the whole block on one line."""
    if len(line) < 40:
        return set()
    words = [piece.split()[-2:] for piece in line[:600].split(":")[1:-1]]
    last = (ROLES.get(pair[-1].strip("*_").lower()) for pair in words if pair)
    return {found for found in last if found is not None}


def _is_announced(roles: set[str]) -> bool:
    return len(roles & _ORDER) >= 2 or FROM in roles


def _is_mails(roles: set[str], lines: Sequence[str], *, ruled: bool) -> bool:
    """Whether nothing but the lines themselves, or a rule above them, says that they are a mail's.

    Forms, tickets and logs have such lines too ("From: Lisbon, To: Porto, Date: Monday"). A mail's
    tell a date in figures, and the sender's address or the time; or all four, and the address.
    """
    usual = len(roles & _ORDER)
    if not {FROM, DATE} <= roles:
        return False
    date = _told(lines, DATE)
    addressed = "@" in _told(lines, FROM)
    if not any(letter.isdecimal() for letter in date):
        return addressed and usual == 4
    if usual == 2:
        return addressed
    return addressed or (SUBJECT in roles and (ruled or _TIME.search(date) is not None))


def _told(lines: Sequence[str], wanted: str) -> str:
    """The lines that tell `wanted`, with those that they are wrapped into."""
    told = []
    found = None
    for line in lines:
        found = role(line) or (None if _NAMED.match(line) else found)
        if found == wanted or wanted in _more_on(line):
            told.append(line)
    return " ".join(told)
