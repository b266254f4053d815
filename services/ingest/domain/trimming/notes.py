"""How Lotus Notes introduces a mail that it quotes, besides header blocks and "X wrote on …:"."""

import re
from collections.abc import Sequence
from typing import Final

from services.ingest.domain.trimming.header_names import OTHER, ROLES, SUBJECT, TO

_WHEN: Final = r"\d{1,4}[-./]\d{1,2}[-./]\d{2,4},? \d{1,2}[:.]\d\d(?:[:.]\d\d)?(?: ?[ap]m)?"
# "Ada Reyes ---03/05/2024 09:41:00 AM---Which lamp", with the first words of the mail.
_DASHED: Final = re.compile(rf"[^-].{{0,80}}?-{{2,3}}{_WHEN}-{{2,3}}", re.IGNORECASE)
_ONLY_WHEN: Final = re.compile(_WHEN, re.IGNORECASE)
_FARTHEST: Final = 10
_TALLEST: Final = 24


def may_be_dashed(line: str) -> bool:
    """A cheap look at whether `line` may have a date between dashes."""
    return "--" in line and line[0] != "-"


def span(shown: Sequence[str], first: int, place: int) -> tuple[int, int] | None:
    """The lines (start, end exclusive) that introduce a mail; `place` is the one with the date."""
    if _DASHED.match(shown[place]):
        return place, place + 1
    if place > first and shown[place - 1] and _ONLY_WHEN.fullmatch(shown[place]):
        end = _names_end(shown, place + 1)
        return None if end is None else (place - 1, end)
    return None


def _names_end(shown: Sequence[str], start: int) -> int | None:
    """The end of a block whose names ("To", "cc", "Subject") stand on lines of their own."""
    seen: set[str] = set()
    end = start
    for place in range(start, min(start + _TALLEST, len(shown))):
        role = ROLES.get(shown[place].rstrip(":").lower())
        if role in (TO, SUBJECT, OTHER):
            seen.add(role)
            end = place + 2 if _has_value(shown, place + 1) else place + 1
        elif place - end > _FARTHEST:
            break
    return end if {TO, SUBJECT} <= seen else None


def _has_value(shown: Sequence[str], place: int) -> bool:
    return place < len(shown) and bool(shown[place]) and shown[place].lower() not in ROLES
