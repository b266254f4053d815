"""What stands under somebody's words: signatures after "-- ", device lines, notices."""

import re
from collections.abc import Sequence
from typing import Final

from services.ingest.domain.trimming import devices, notices, persons
from services.ingest.domain.trimming.dividers import is_rule

_DELIMITERS: Final = frozenset({"--", "—", "–", "__", "-- -", "‐‐"})
# A real delimiter ends in a blank (RFC 3676, section 4.3); other dashes need a short signature.
_REAL: Final = "-- "
_MOST_LINES: Final = 16
_MOST_AFTER_RULE: Final = 5
_TALLEST_NOTICE: Final = 40
_TALLEST_WARNING: Final = 8
# Up to so many words a line may be somebody's name.
_NAME: Final = 2
# A line of a signature that ends in a full stop is no longer than this.
_MOST_WORDS: Final = 6
_LONGEST: Final = 60
_FEWEST_WORDS: Final = 5
_MOTTO: Final = "\"“„«'‘*"
_LINK: Final = re.compile(r"@|www\.|https?:")
# A mail has a few of these; hostile ones are not followed for ever.
_MOST_ENDINGS: Final = 60


def start_of_words(shown: Sequence[str]) -> int:
    """The line where a person's words begin: after a gateway's warning, if there is one."""
    head = shown[: _TALLEST_WARNING + 1]
    after = next((place for place, line in enumerate(head) if not line), 0)
    return after if after and notices.is_warning(" ".join(head[:after])) else 0


def end_of_words(lines: Sequence[str], shown: Sequence[str], start: int, end: int) -> int:
    """Where the person's words in the run of lines [start, end) end (exclusive)."""
    end = _without_endings(shown, start, end)
    signed = _delimiter(lines, shown, start, end)
    return end if signed == end else _without_endings(shown, start, signed)


def _without_endings(shown: Sequence[str], start: int, end: int) -> int:
    for _ in range(_MOST_ENDINGS):
        while end > start and not shown[end - 1]:
            end -= 1
        shorter = _one_less(shown, start, end)
        if shorter == end:
            break
        end = shorter
    return end


def _delimiter(lines: Sequence[str], shown: Sequence[str], start: int, end: int) -> int:
    """The first line that delimits a signature, else `end`."""
    for place in range(start, end):
        line = shown[place]
        if line in _DELIMITERS:
            if lines[place] == _REAL or _is_signed(shown, place, end, _MOST_LINES):
                return place
        elif line[:5] == "_____" and _is_signed(shown, place, end, _MOST_AFTER_RULE):
            return place if is_rule(line) else end
    return end


def _is_signed(shown: Sequence[str], place: int, end: int, most: int) -> bool:
    """Whether what follows line `place` at once looks like a signature: few lines, no sentence."""
    if end - place > 100 or (place + 1 < end and not shown[place + 1]):
        return False
    following = [line for line in shown[place + 1 : end] if line]
    return len(following) <= most and not any(map(_is_sentence, following))


def _is_sentence(line: str) -> bool:
    """Whether `line` is somebody's words: asks, is long, says "I"; mottos and links are none."""
    if line[-1] in "?？؟":
        return True
    if line[0] in _MOTTO or _LINK.search(line):
        return False
    if len(line.split()) >= _FEWEST_WORDS and persons.speaks(line):
        return True
    return line[-1] in ".!。！" and (len(line.split()) > _MOST_WORDS or len(line) > _LONGEST)


def _one_less(shown: Sequence[str], start: int, end: int) -> int:
    """Without the rule, device line or notice at its end."""
    if end == start:
        return end
    last = shown[end - 1]
    if is_rule(last) or (devices.is_device_line(last) and not _goes_on(shown, start, end - 1)):
        return end - 1
    top = _paragraph(shown, start, end)
    found = None if top is None else notices.notice_in(shown[top:end])
    return end if top is None or found is None else top + found


def _goes_on(shown: Sequence[str], start: int, place: int) -> bool:
    """Whether line `place` ends the sentence of the line above it."""
    before = shown[place - 1] if place > start else ""
    return shown[place][0].islower() and before[-1:] not in ".!?:" and len(before.split()) > _NAME


def _paragraph(shown: Sequence[str], start: int, end: int) -> int | None:
    for place in range(end - 1, max(start, end - _TALLEST_NOTICE) - 1, -1):
        if not shown[place]:
            return place + 1
    return start if end - start <= _TALLEST_NOTICE else None
