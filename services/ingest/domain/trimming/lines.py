"""The lines of a body, and what a first look at each of them tells."""

import re
from typing import Final

BLANK: Final = "e"
TEXT: Final = "t"
QUOTE: Final = "q"
CODE: Final = "c"
MARK: Final = "m"
APART: Final = "s"
CUT: Final = "x"
WORDS: Final = frozenset({TEXT, CODE})

# Marks without width that Hebrew, Arabic and Apple's clients put around names and lines.
_EDGES: Final = (
    " \t\xa0\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u202a\u202b\u202c\u202d\u202e"
    + ("\u2066\u2067\u2068\u2069\x0b\x0c")
)
# Initials before the sign are The Bat!'s and Gnus's way of quoting: "JD> …".
_INITIALS: Final = re.compile(r"[A-Z]{1,3}>(?:[ >]|$)")
_FENCES: Final = ("```", "~~~")


def split(text: str) -> list[str]:
    """The lines of `text`, whatever ends them."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.split("\n")


def bare(line: str) -> str:
    """`line` without blanks and marks of writing direction around it."""
    shown = line.strip()
    return shown if shown.isascii() else shown.strip(_EDGES)


def first_look(shown: list[str]) -> list[str]:
    """One kind a line (of bare lines): BLANK, QUOTE, CODE (inside a closed fence) or TEXT."""
    kinds = [_kind(line) for line in shown]
    fences = [place for place, line in enumerate(shown) if line.startswith(_FENCES)]
    for opening, closing in zip(fences[::2], fences[1::2], strict=False):
        if QUOTE not in kinds[opening:closing]:
            kinds[opening : closing + 1] = [CODE] * (closing + 1 - opening)
    return kinds


def _kind(line: str) -> str:
    if not line:
        return BLANK
    first = line[0]
    if first in ">＞" or line.startswith("&gt;"):
        return QUOTE
    if first.isupper() and ">" in line[:5] and _INITIALS.match(line):
        return QUOTE
    return TEXT


def unquoted(line: str) -> str:
    """A quoted line without its signs of quotation."""
    return line.lstrip(">＞ \t")
