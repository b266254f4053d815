"""What stands under somebody's words: signatures after "-- ", device lines, notices."""

from collections.abc import Sequence
from typing import Final

from services.ingest.domain.trimming import devices, notices
from services.ingest.domain.trimming.dividers import is_rule

_DELIMITERS: Final = frozenset({"--", "—", "–", "__", "-- -", "‐‐"})
# A real delimiter ends in a blank (RFC 3676, section 4.3); other dashes need a short signature.
_REAL: Final = "-- "
_MOST_LINES: Final = 16
_TALLEST_NOTICE: Final = 60


def end_of_words(lines: Sequence[str], shown: Sequence[str], start: int, end: int) -> int:
    """Where the person's words in the run of lines [start, end) end (exclusive)."""
    end = _delimiter(lines, shown, start, end)
    while end > start:
        shorter = _one_less(shown, start, end)
        if shorter == end:
            break
        end = shorter
    return end


def start_of_words(shown: Sequence[str], start: int, end: int) -> int:
    """Where they begin: after a gateway's warning."""
    first = next((place for place in range(start, end) if shown[place]), end)
    after = next((place for place in range(first, end) if not shown[place]), end)
    if after == first or after - first > 8:
        return start
    return after if notices.is_warning(" ".join(shown[first:after])) else start


def _delimiter(lines: Sequence[str], shown: Sequence[str], start: int, end: int) -> int:
    """The first line that delimits a signature, else `end`."""
    for place in range(start, end):
        line = shown[place]
        if line in _DELIMITERS:
            if lines[place] == _REAL or _is_short(shown, place, end, _MOST_LINES):
                return place
        elif line.startswith("_____") and is_rule(line) and _is_short(shown, place, end, 5):
            return place
    return end


def _is_short(shown: Sequence[str], place: int, end: int, most: int) -> bool:
    return end - place < 100 and sum(bool(line) for line in shown[place + 1 : end]) <= most


def _one_less(shown: Sequence[str], start: int, end: int) -> int:
    """Without blank lines, a rule, a device line or a notice at its end."""
    last = shown[end - 1]
    if not last or is_rule(last) or devices.is_device_line(last):
        return end - 1
    top = _paragraph(shown, start, end)
    if top is not None and notices.is_notice(" ".join(shown[top:end])):
        return top
    return end


def _paragraph(shown: Sequence[str], start: int, end: int) -> int | None:
    for place in range(end - 1, max(start, end - _TALLEST_NOTICE) - 1, -1):
        if not shown[place]:
            return place + 1
    return start if end - start <= _TALLEST_NOTICE else None
