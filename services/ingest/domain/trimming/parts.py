"""Which lines of a body are its sender's own."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from services.ingest.domain.trimming import endings
from services.ingest.domain.trimming.lines import (
    APART,
    BLANK,
    CUT,
    MARK,
    QUOTE,
    TEXT,
    WORDS,
    first_look,
)
from services.ingest.domain.trimming.marks import Mark, marks

_MANY_LINES: Final = 7


@dataclass(frozen=True, slots=True)
class _Group:
    """Quotes between words, up to line `end`: under an attribution? below words of the sender?"""

    introduced: bool
    after_words: bool
    end: int


def kinds_of(body: Sequence[str], shown: Sequence[str]) -> list[str]:
    """One kind a line: TEXT (or CODE) for the sender's words, QUOTE, MARK, APART (signatures,

    device lines, notices), CUT (all that comes after an unquoted mail has begun), or BLANK.
    """
    kinds = first_look(shown)
    _set(kinds, 0, endings.start_of_words(shown, 0, len(shown)), APART)
    _find_marks(body, shown, kinds)
    _rejoin_wrapped_quotes(shown, kinds)
    for start, end in list(_stretches(kinds)):
        _set(kinds, endings.end_of_words(body, shown, start, end), end, APART)
    return kinds


def _set(kinds: list[str], start: int, end: int, kind: str) -> None:
    for place in range(start, end):
        if kinds[place] != BLANK:
            kinds[place] = kind


def _find_marks(body: Sequence[str], shown: Sequence[str], kinds: list[str]) -> None:
    """Mark them; where another mail follows unquoted, cut there, unless nothing was said before."""
    seen: list[Mark] = []
    said = False
    before = 0
    for mark in marks(shown, tuple(kinds)):
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
    if mark.forwards:
        end = endings.end_of_words(body, shown, start, mark.start)
    else:
        end = mark.start
    return any(kinds[place] in WORDS for place in range(start, end))


def _rejoin_wrapped_quotes(shown: Sequence[str], kinds: list[str]) -> None:
    """One line between two quoted ones, the first of them long, was broken off from it."""
    for place in range(1, len(kinds) - 1):
        if (
            kinds[place] == TEXT
            and kinds[place - 1] == QUOTE
            and kinds[place + 1] == QUOTE
            and len(shown[place - 1]) >= 66
            and len(shown[place]) <= 40
            and shown[place - 1][-1] not in ".?!:"
        ):
            kinds[place] = QUOTE


def _stretches(kinds: Sequence[str]) -> Iterator[tuple[int, int]]:
    """The runs of lines that are nothing but words and blanks."""
    start = 0
    for wordy, group in groupby(kinds, key=lambda kind: kind in WORDS or kind == BLANK):
        end = start + sum(1 for _ in group)
        if wordy:
            yield start, end
        start = end


def own(kinds: Sequence[str]) -> list[bool]:
    """For each line, whether it goes to the text; blank lines never do by themselves."""
    wanted = _wanted(kinds)
    return [kind in wanted for kind in _without_idle_quotes(kinds)]


def _wanted(kinds: Sequence[str]) -> frozenset[str]:
    """The kinds that make the text: the sender's words, else the next best that is there."""
    there = set(kinds)
    if there & WORDS:
        return WORDS | {QUOTE}
    for kind in (APART, QUOTE, MARK, CUT):
        if kind in there:
            return frozenset({kind})
    return WORDS


def _without_idle_quotes(kinds: Sequence[str]) -> list[str]:
    """`kinds` with quotes as CUT where they are no context of an answer."""
    places = [place for place, kind in enumerate(kinds) if kind in WORDS]
    if not places:
        return list(kinds)
    last = places[-1]
    keeps = _are_answered(kinds[: last + 1], QUOTE in kinds[last:])
    before = [CUT if kind == QUOTE and not keeps else kind for kind in kinds[:last]]
    return before + [CUT if kind == QUOTE else kind for kind in kinds[last:]]


def _are_answered(kinds: Sequence[str], more: bool) -> bool:
    """Whether the quotes above the last words are answered one by one, so that they belong there.

    A single one that an attribution introduces is not: its answer stands whole below it. It is,
    if there were words above it too, and many words or another quote (`more`) follow.
    """
    groups = list(_groups(kinds))
    if len(groups) != 1:
        return bool(groups)
    group = groups[0]
    if not group.introduced:
        return True
    following = sum(kind in WORDS for kind in kinds[group.end :])
    return group.after_words and (more or following >= _MANY_LINES)


def _groups(kinds: Sequence[str]) -> Iterator[_Group]:
    """The groups of quotes between words; marks inside a group do not part it."""
    after_words = False
    start = 0
    for wordy, run in groupby(kinds, key=lambda kind: kind in WORDS):
        members = list(run)
        end = start + sum(1 for _ in members)
        if not wordy and QUOTE in members:
            yield _Group(MARK in members[: members.index(QUOTE)], after_words, end)
        after_words = after_words or wordy
        start = end
