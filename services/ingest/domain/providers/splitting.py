"""Text in pieces that a network takes, cut where a reader would."""

import re
from collections.abc import Callable

Measure = Callable[[str], int]
"""How long a network says that a text is; never shorter for a longer text."""

_ENDS = (
    re.compile(r"\n\s*\n"),
    re.compile(r"\n"),
    re.compile(r"[.!?…。！？]\s"),
    re.compile(r"\s"),
)
_URL = re.compile(r"https?://\S+")
_LEAST = 0.3  # a paragraph that ends sooner than here is no place to cut
_URL_LENGTH = 23
_SINGLE = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))


def split(text: str, limit: int, measure: Measure = len) -> list[str]:
    """The text in pieces of at most `limit`, cut after a paragraph, line, sentence or word.

    Only white space at the cuts is left out. limit: at least as long as the longest character.
    """
    pieces = []
    rest = text.strip()
    while measure(rest) > limit:
        fits = _fitting(rest, limit, measure)
        cut = _cut(rest, fits)
        piece = rest[:cut].rstrip()
        if piece:
            pieces.append(piece)
        rest = rest[cut:].lstrip()
    return [*pieces, rest] if rest else pieces


def utf16(text: str) -> int:
    """Length in UTF-16 code units, as Telegram and LINE count."""
    return len(text) + sum(ord(one) > 0xFFFF for one in text)


def utf8(text: str) -> int:
    """Length in bytes of UTF-8, as Instagram counts."""
    return len(text.encode("utf-8", "surrogatepass"))


def weighted(text: str) -> int:
    """Length as X counts: most letters of East Asia and emoji count twice, any address 23.

    https://docs.x.com/fundamentals/counting-characters
    """
    plain, addresses = _URL.subn("", text)
    longer = sum(max(0, len(found) - _URL_LENGTH) for found in _URL.findall(text))
    # An address is never reckoned shorter than it is: cut through, it would count in full.
    return addresses * _URL_LENGTH + longer + sum(map(_weight, plain))


def _weight(one: str) -> int:
    code = ord(one)
    return 1 if any(first <= code <= last for first, last in _SINGLE) else 2


def _fitting(text: str, limit: int, measure: Measure) -> int:
    """How many characters fit, by bisection; at least one."""
    low, high = 1, min(len(text), limit)
    while low < high:
        middle = (low + high + 1) // 2
        if measure(text[:middle]) <= limit:
            low = middle
        else:
            high = middle - 1
    return low


def _cut(text: str, fits: int) -> int:
    for place in _ENDS:
        ends = [found.end() for found in place.finditer(text, 0, fits + 1)]
        # The white space after a piece goes, so it may lie beyond what fits.
        if ends and ends[-1] >= fits * _LEAST:
            return ends[-1]
    return fits
