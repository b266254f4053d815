"""A mail's body in two: what was written, and what it answers."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.ingest.domain.trimming import lines, parts
from services.ingest.domain.trimming.lines import BLANK, MARK


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
    body = lines.split(text)
    shown = [lines.bare(line) for line in body]
    kinds = parts.kinds_of(body, shown)
    own = parts.own(kinds)
    return Trimmed(_joined(body, kinds, own), _joined(body, kinds, [not mine for mine in own]))


def _joined(body: Sequence[str], kinds: Sequence[str], taken: Sequence[bool]) -> str:
    """The lines taken, with the blank ones between them; one where a quote has been left out."""
    kept: list[str] = []
    gap: list[str] = []
    seam = False
    for line, kind, mine in zip(body, kinds, taken, strict=True):
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
