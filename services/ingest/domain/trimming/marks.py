"""Where a quoted mail begins: attributions, header blocks, dividers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from services.ingest.domain.trimming import above, attributions, dividers, headers, notes
from services.ingest.domain.trimming.lines import BLANK, QUOTE, TEXT, unquoted

# How often a body may look as if another mail began; after that the rest is taken as it stands.
_MOST_LOOKS: Final = 400
_LONGEST: Final = 1_000
_LONGEST_PIECE: Final = 60
_MOST_PIECES: Final = 5
_FARTHEST_QUOTE: Final = 30
_SHORTEST_RULE: Final = 10


@dataclass(frozen=True, slots=True)
class Mark:
    """Lines [start, end) that introduce another mail.

    `quotes` tells that its words come quoted line by line, so that others may stand between them;
    `forwards` that it is passed on, not answered.
    """

    start: int
    end: int
    quotes: bool
    forwards: bool


def marks(shown: Sequence[str], kinds: Sequence[str]) -> Iterator[Mark]:
    """The marks among the lines of a body, in order, without overlap."""
    looks = 0
    done = 0
    for place, line in enumerate(shown):
        if not line or place < done or not _may_mark(line, kinds[place]):
            continue
        looks += 1
        if looks > _MOST_LOOKS:
            return
        found = _mark_at(shown, kinds, done, place)
        if found is not None:
            done = found[1]
            forwards = any(dividers.forwards(one) for one in shown[found[0] : found[0] + 3])
            yield Mark(*found, _quote_follows(kinds, done), forwards)


def _may_mark(line: str, kind: str) -> bool:
    """A cheap look, right for all lines but few."""
    if kind == QUOTE:
        return line[-1] in ":：" and len(line) < _LONGEST_PIECE
    if kind != TEXT:
        return False
    return (
        line[-1] in ":：>-"
        or line[0] in dividers.RULERS
        or ":" in line[:40]
        or "：" in line[:16]
        or "\t" in line[:20]
        or "@" in line
        or "GMT" in line
        or notes.may_be_dashed(line)
        or above.may_ask(line)
    ) and len(line) <= _LONGEST


def _mark_at(
    shown: Sequence[str], kinds: Sequence[str], done: int, place: int
) -> tuple[int, int] | None:
    """The lines (start, end exclusive) of the mark that line `place` begins or ends."""
    line = shown[place]
    if kinds[place] == QUOTE:
        return _wrapped_into_quote(shown, kinds, done, place)
    if dividers.is_divider(line):
        after = _after_divider(shown, _next_line(shown, place + 1))
        if after is not None or line[0] in dividers.RULERS or _quote_follows(kinds, place + 1):
            return place, after or place + 1
    if headers.role(line) is not None and (block := _block(shown, done, place)) is not None:
        return block
    if attributions.ends_like_one(line):
        quotes = _quote_follows(kinds, place + 1)
        found = attributions.span(shown, done, place, before_quote=quotes)
        if found is not None:
            return found
    return _whole_line(shown, place) or notes.span(shown, done, place)


def _whole_line(shown: Sequence[str], place: int) -> tuple[int, int] | None:
    """A mark that other words may follow on its last line, or at once below it."""
    line = shown[place]
    if attributions.runs_on(line) or above.asks_above(line):
        return place, place + 1
    if place + 1 < len(shown) and attributions.runs_on_below(line, shown[place + 1]):
        return place, place + 2
    return None


def _block(shown: Sequence[str], done: int, place: int) -> tuple[int, int] | None:
    """A header block, with the rule or the "Original Message" above it."""
    start = place
    while start > done and place - start < 4 and _belongs_above(shown[start - 1]):
        start -= 1
    while start < place and not shown[start]:
        start += 1
    announced = any(dividers.names_a_mail(line) for line in shown[start:place] if line)
    ruled = any(len(line) >= _SHORTEST_RULE for line in shown[start:place])
    end = headers.block_end(shown, place, announced=announced, ruled=ruled)
    return None if end is None else (start, end)


def _belongs_above(line: str) -> bool:
    return not line or dividers.is_rule(line) or dividers.names_a_mail(line)


def _after_divider(shown: Sequence[str], place: int) -> int | None:
    """The end of the header block or of the attribution that follows a divider."""
    block = headers.block_end(shown, place, announced=True)
    if block is not None:
        return block
    for last in range(place, min(place + 3, len(shown))):
        if shown[last] and attributions.ends_like_one(shown[last]):
            found = attributions.span(shown, place, last, before_quote=False)
            return None if found is None else found[1]
    return None


def _wrapped_into_quote(
    shown: Sequence[str], kinds: Sequence[str], done: int, place: int
) -> tuple[int, int] | None:
    """An attribution whose last piece a client has quoted already: "> wrote:"."""
    first = place
    while first > max(done, place - _MOST_PIECES) and kinds[first - 1] in (TEXT, BLANK):
        first -= 1
    before = shown[first:place]
    text = " ".join(before)
    if text.count("<") > text.count(">"):
        joined = [*before, shown[place]]  # its ">" closes the address
    elif first < place and shown[place - 1]:
        joined = [*before, unquoted(shown[place])]
    else:
        return None
    if attributions.is_attribution(joined[-1], before_quote=True):
        return None
    found = attributions.span(joined, 0, len(joined) - 1, before_quote=True)
    return None if found is None or found[0] == len(before) else (first + found[0], place + 1)


def _next_line(shown: Sequence[str], start: int) -> int:
    """The next line that is not blank, if it comes within three lines."""
    for place in range(start, min(start + 3, len(shown))):
        if shown[place]:
            return place
    return start


def _quote_follows(kinds: Sequence[str], start: int) -> bool:
    for place in range(start, min(start + _FARTHEST_QUOTE, len(kinds))):
        if kinds[place] != BLANK:
            return kinds[place] == QUOTE
    return False
