"""Which lines of a body are its sender's own."""

from collections.abc import Iterator, Sequence
from itertools import groupby

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

type_of_run = tuple[str, int, int]


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
    """`kinds` with quotes as CUT where they are no context of an answer.

    Quotes after the last words are none, nor is a single one that an attribution introduces: its
    answer stands whole below. Of several with words between, each shows what is answered.
    """
    if not set(kinds) & WORDS:
        return list(kinds)
    last = max(place for place, kind in enumerate(kinds) if kind in WORDS)
    groups = list(_groups(kinds[:last]))
    keeps = len(groups) > 1 or not all(introduced for introduced in groups)
    shown = [CUT if kind == QUOTE and not keeps else kind for kind in kinds[:last]]
    return shown + [CUT if kind == QUOTE else kind for kind in kinds[last:]]


def _groups(kinds: Sequence[str]) -> Iterator[bool]:
    """For each group of quotes between words: whether a mark introduces it."""
    introduced = quoting = False
    for kind in kinds:
        if kind in WORDS:
            if quoting:
                yield introduced
            introduced = quoting = False
        elif kind == MARK and not quoting:
            introduced = True
        elif kind == QUOTE:
            quoting = True
    if quoting:
        yield introduced
