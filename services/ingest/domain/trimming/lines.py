"""The lines of a body, and what a first look at each of them tells."""

import re
from collections.abc import Sequence
from typing import Final
from unicodedata import is_normalized, normalize

# The kinds of lines. WORDS are the sender's own; APART are signatures, device lines and notices;
# CUT is all that comes after a mail that is quoted without signs has begun.
BLANK: Final = "e"
TEXT: Final = "t"
CODE: Final = "c"
QUOTE: Final = "q"
MARK: Final = "m"
APART: Final = "s"
CUT: Final = "x"
WORDS: Final = TEXT + CODE

# Marks without width that Hebrew, Arabic and Apple's clients put around names and lines.
_EDGES: Final = (
    " \t\xa0\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u202a\u202b\u202c\u202d\u202e"
    "\u2066\u2067\u2068\u2069\x0b\x0c"
)
# Initials before the sign are The Bat!'s and Gnus's way of quoting: "JD> …".
_SIGNS: Final = re.compile(r"&gt;|[A-Z]{1,3}>(?:[ >]|$)")
# Between such signs GroupWise puts who wrote, and when: it introduces a quote, and is none.
_BETWEEN_SIGNS: Final = re.compile(
    r">{2,3}\s?[^\s>].{3,200}\s\d{1,4}[-./]\d{1,2}[-./]\d{2,4}\b.{0,30}>{2,3}"
)
_FENCES: Final = ("```", "~~~")


def without_edges(lines: Sequence[str], text: str) -> list[str]:
    """The lines of `text` without blanks and marks of writing direction around them."""
    if text.isascii():
        return [line.strip() for line in lines]
    if not is_normalized("NFC", text):  # Apple's clients write letters and accents apart
        lines = [normalize("NFC", line) for line in lines]
    return [line.strip().strip(_EDGES) for line in lines]


def first_look(shown: Sequence[str], text: str) -> list[str]:
    """One kind a line (without edges): BLANK, QUOTE, CODE (inside a closed fence) or TEXT."""
    kinds = [(QUOTE if line[0] in ">＞" else TEXT) if line else BLANK for line in shown]
    if ">" in text or "&gt;" in text:
        for place, line in enumerate(shown):
            if kinds[place] == TEXT and _SIGNS.match(line):
                kinds[place] = QUOTE
            elif line[:2] == ">>" and between_signs(line):
                kinds[place] = TEXT
    if "\n|" in text:
        _bars(shown, kinds)
    if "```" in text or "~~~" in text:
        _fence(shown, kinds)
    return kinds


def _bars(shown: Sequence[str], kinds: list[str]) -> None:
    """Bars quote as well, below a line such as "X wrote:"; those of a table have one at the end."""
    quotes = False
    for place, line in enumerate(shown):
        if line == "|" or (line[:1] == "|" and line[-1] != "|"):
            if quotes:
                kinds[place] = QUOTE
        elif line:
            quotes = line[-1] in ":：>"


def _fence(shown: Sequence[str], kinds: list[str]) -> None:
    fences = [place for place, line in enumerate(shown) if line.startswith(_FENCES)]
    if len(fences) % 2:
        return  # one is left open: who knows which
    for opening, closing in zip(fences[::2], fences[1::2], strict=True):
        kinds[opening : closing + 1] = [CODE] * (closing + 1 - opening)


def without_code(shown: Sequence[str], kinds: Sequence[str]) -> list[str]:
    """The lines with those of CODE hidden: whatever they say, it is no mark and no signature."""
    return ["`" if kind == CODE else line for line, kind in zip(shown, kinds, strict=True)]


def between_signs(line: str) -> bool:
    """Whether `line` (bare) is GroupWise's: ">>> Ada Reyes <ada@shop.example> 3/5/2024 >>>"."""
    return line[-2:] == ">>" and _BETWEEN_SIGNS.fullmatch(line) is not None


def unquoted(line: str) -> str:
    """A quoted line without its signs of quotation."""
    return line.lstrip(">＞ \t")
