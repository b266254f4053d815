"""What each line of a body is."""

import re
from collections.abc import Sequence
from typing import Final

from services.ingest.domain.trimming import armour, endings
from services.ingest.domain.trimming.lines import (
    APART,
    BLANK,
    CODE,
    CUT,
    MARK,
    QUOTE,
    TEXT,
    WORDS,
    first_look,
    without_code,
)
from services.ingest.domain.trimming.marks import Mark, marks

_STRETCH: Final = re.compile(f"[{BLANK}{TEXT}{CODE}]*[{TEXT}{CODE}][{BLANK}{TEXT}{CODE}]*")
_BROKEN_OFF: Final = re.compile(f"(?<={QUOTE}){TEXT}(?={QUOTE})")
_FEW_QUOTED: Final = re.compile(f"{TEXT}({BLANK}?)({QUOTE}{{1,3}})(?!{BLANK}*{QUOTE})")
_SENTENCE_END: Final = ".?!:"


def of(body: Sequence[str], shown: Sequence[str], text: str) -> str:
    """One letter a line: TEXT, CODE, QUOTE, MARK, APART, CUT or BLANK, as lines.py has them.

    `shown` are the lines of `body` without edges; `text` is all of it, for a quick look.
    """
    kinds = first_look(shown, text)
    if CODE in kinds:
        shown = without_code(shown, kinds)
    if armour.BEGIN in text:
        for start, end in armour.spans(shown):
            _set(kinds, start, end, APART)
    _set(kinds, 0, endings.start_of_words(shown), APART)
    _find_marks(body, shown, kinds)
    if QUOTE in kinds and MARK not in kinds and CUT not in kinds:
        _keep_own(shown, kinds)
    found = "".join(kinds)
    for one in _BROKEN_OFF.finditer(found):
        if _was_broken_off(shown[one.start() - 1], shown[one.start()]):
            kinds[one.start()] = QUOTE
    for one in _STRETCH.finditer("".join(kinds)):
        end = endings.end_of_words(body, shown, one.start(), one.end())
        _set(kinds, end, one.end(), APART)
    return "".join(kinds)


def _keep_own(shown: Sequence[str], kinds: list[str]) -> None:
    """Few lines with a sign of quotation that the words above run into are words too.

    Nothing says that they are somebody else's: a command, a path through menus, a comparison.
    """
    for one in _FEW_QUOTED.finditer("".join(kinds)):
        said = shown[one.start()]
        if one[1] == "" or said[-1] in ":：":
            _set(kinds, one.start(2), one.end(2), TEXT)


def _set(kinds: list[str], start: int, end: int, kind: str) -> None:
    for place in range(start, end):
        if kinds[place] != BLANK:
            kinds[place] = kind


def _find_marks(body: Sequence[str], shown: Sequence[str], kinds: list[str]) -> None:
    """Mark them; where another mail follows unquoted, cut there, unless nothing was said before."""
    seen: list[Mark] = []
    said = False
    before = 0
    for mark in marks(shown, kinds):
        said = said or _says(body, shown, kinds, before, mark)
        if said and not mark.quotes:
            _set(kinds, mark.start, len(kinds), CUT)
            break
        seen.append(mark)
        before = mark.end
    for mark in seen:
        _set(kinds, mark.start, mark.end, MARK)


def _says(
    body: Sequence[str], shown: Sequence[str], kinds: Sequence[str], start: int, mark: Mark
) -> bool:
    """Whether the lines before `mark` have words: above a forwarded mail, a signature is none."""
    end = mark.start
    if mark.forwards:
        end = endings.end_of_words(body, shown, start, end)
    return any(kinds[place] in WORDS for place in range(start, end))


def _was_broken_off(before: str, line: str) -> bool:
    """Whether `line`, between two quoted ones, is what a client broke off from a long one."""
    return len(before) >= 66 and len(line) <= 40 and before[-1] not in _SENTENCE_END
