"""A mail's body in two: what was written, and what it answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from services.ingest.domain.trimming import context, kinds
from services.ingest.domain.trimming.lines import BLANK, MARK, WORDS, without_edges

# Nobody writes more; what follows (a log, a dump) goes where the lines before it went.
_MOST_LINES: Final = 10_000


@dataclass(frozen=True, slots=True)
class Trimmed:
    """What a person wrote, and everything else of the body, verbatim and in order."""

    text: str
    quoted: str


def trim(text: str) -> Trimmed:
    """Part `text` into what its sender wrote and what is quoted, signed or added by a program.

    Never raises, takes time in proportion to the length, loses no line: each that is not blank is
    in `text` or in `quoted`. `text` is blank only if all of it is. Lines end with \\n afterwards.
    """
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text or text.isspace():
        return Trimmed("", "")
    body = text.split("\n", _MOST_LINES)
    rest = body.pop() if len(body) > _MOST_LINES else ""
    found = kinds.of(body, without_edges(body, text), text)
    own = context.own(found)
    if all(own):
        first = len(found) - len(found.lstrip(BLANK))
        return Trimmed(text[sum(len(line) + 1 for line in body[:first]) :].rstrip(), "")
    return _parted(body, found, own, rest)


def _parted(body: Sequence[str], found: str, own: Sequence[bool], rest: str) -> Trimmed:
    kept = _joined(body, found, own)
    quoted = _joined(body, found, [not mine for mine in own])
    if rest and found.rstrip(BLANK)[-1:] in WORDS:
        return Trimmed(f"{kept}\n{rest}".rstrip(), quoted)
    return Trimmed(kept, f"{quoted}\n{rest}".rstrip())


def _joined(body: Sequence[str], found: str, taken: Sequence[bool]) -> str:
    """The lines taken, with the blank ones between them; one where a quote has been left out."""
    kept: list[str] = []
    gap: list[str] = []
    seam = False
    for line, kind, mine in zip(body, found, taken, strict=True):
        if kind == BLANK:
            gap.append(line)
        elif not mine:
            seam = seam or kind != MARK
        else:
            if kept:
                kept += gap[:1] if seam else gap
            kept.append(line)
            gap, seam = [], False
    return "\n".join(kept).rstrip()
