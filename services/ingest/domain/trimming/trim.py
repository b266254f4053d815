"""A mail's body in two: what was written, and what it answers."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.ingest.domain.trimming import lines, parts


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
    own = parts.own(parts.kinds_of(body, shown))
    return Trimmed(
        _joined(body, shown, own), _joined(body, shown, [not mine for mine in own])
    )


def _joined(body: Sequence[str], shown: Sequence[str], taken: Sequence[bool]) -> str:
    """The lines taken; between two, the blank ones that were there, one where others are left out.

    """
    kept: list[str] = []
    gap: list[str] = []
    seam = False
    for line, bare, mine in zip(body, shown, taken, strict=True):
        if not bare:
            gap.append(line)
        elif mine:
            if kept:
                kept += [""] if seam else gap
            kept.append(line)
            gap, seam = [], False
        else:
            seam = True
    return "\n".join(kept).rstrip()
