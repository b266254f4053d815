"""Which lines make the text: the sender's words, and the quotes that they answer one by one."""

import re
from typing import Final

from services.ingest.domain.trimming.lines import (
    APART,
    BLANK,
    CODE,
    CUT,
    MARK,
    QUOTE,
    TEXT,
    WORDS,
)

# Only what counts here: words, quotes and marks.
_LEFT_OUT: Final = {ord(BLANK): None, ord(APART): None, ord(CUT): None, ord(CODE): TEXT}
_GROUP: Final = re.compile(f"[{MARK}{QUOTE}]*{QUOTE}[{MARK}{QUOTE}]*")
_MANY_LINES: Final = 7


def own(kinds: str) -> list[bool]:
    """For each line, whether it goes to the text; blank ones always, where they have neighbours."""
    wanted = _wanted(kinds)
    if QUOTE not in kinds or QUOTE not in wanted or TEXT not in kinds:
        return [kind in wanted for kind in kinds]
    last = max(kinds.rfind(TEXT), kinds.rfind(CODE))
    if not _are_answered(kinds.translate(_LEFT_OUT)):
        return [kind in WORDS for kind in kinds]
    return [kind in wanted and place <= last for place, kind in enumerate(kinds)]


def _wanted(kinds: str) -> str:
    """The kinds that make the text: the sender's words, else the next best that is there."""
    if TEXT in kinds or CODE in kinds:
        return WORDS + QUOTE + BLANK
    return next((kind for kind in (APART, QUOTE, MARK, CUT) if kind in kinds), TEXT) + BLANK


def _are_answered(kinds: str) -> bool:
    """Whether the quotes above the last words are answered one by one, so that they belong there.

    A single one that an attribution introduces is not: its answer stands whole below it. It is,
    if there were words above it too, and many words or another quote follow.
    """
    last = kinds.rfind(TEXT) + 1
    groups = list(_GROUP.finditer(kinds, 0, last))
    if len(groups) != 1:
        return bool(groups)
    group = groups[0]
    if not group[0].startswith(MARK):
        return True
    many = QUOTE in kinds[last:] or last - group.end() >= _MANY_LINES
    return TEXT in kinds[: group.start()] and many
