"""Blocks of header lines, as Outlook and others put them above a mail that they quote."""

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


def block_end(shown: Sequence[str], start: int, *, announced: bool) -> int | None:
    """Where the header block that begins at line `start` ends (exclusive); None if there is none.

    `announced` tells that a line such as "-----Original Message-----" came before.
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
    return end if _is_block(roles, shown[start:end], announced=announced) else None


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


def _is_block(roles: set[str], lines: Sequence[str], *, announced: bool) -> bool:
    """Three of the four usual ones, or two where something else speaks for it.

    A traveller's "From: Lisbon, To: Porto, Date: Monday" has neither a subject nor an address.
    """
    usual = len(roles & _ORDER)
    addressed = any("@" in line for line in lines)
    if announced:
        return usual >= 2 or (usual == 1 and FROM in roles)
    if FROM not in roles:
        return usual == 3 and addressed
    if usual == 2:
        return addressed and TO not in roles
    return usual > 2 and (SUBJECT in roles or addressed)
