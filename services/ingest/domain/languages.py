"""The language that a text is written in, where that can be told with some confidence."""

import re
from functools import cache
from typing import Final, cast

from py3langid.langid import LanguageIdentifier  # type: ignore[import-untyped]

LEAST_CONFIDENCE: Final = 0.35
"""Below this share of all likelihood no language is told: unknown beats wrong."""

_READ: Final = 160  # characters: half as many more tell one sentence in a thousand more
_ADDRESSES: Final = re.compile(r"(?i)\b(?:https?://|www\.)\S+|\S+@\S+")
_PERHAPS: Final = re.compile(r"(?i)@|://|www\.")
_SIGNS: Final = re.compile(r"[\d_<>|*=#]+")
_FOUR_LETTERS: Final = re.compile(r"(?:[^\W\d_][\W\d_]*){4}")
# What the model calls no language at all, and a code that means the same as another.
_NAMES: Final[dict[str, str | None]] = {"zxx": None, "nb": "no"}


def language_of(text: str) -> str | None:
    """The ISO 639 code (639-1 where there is one, else 639-3) of `text`; None where unsure.

    Norwegian Bokmål is "no". Addresses and numbers say nothing; the first 160 other characters do.
    """
    words = _words(text)
    if _FOUR_LETTERS.search(words) is None:
        return None
    code, likelihood = _classified(words)
    return _NAMES.get(code, code) if likelihood >= LEAST_CONFIDENCE else None


def most_like(text: str) -> tuple[str, float]:
    """The code, as the model has it, of the language that `text` is most like, and how much."""
    return _classified(_words(text))


def confidence(text: str) -> float:
    """How much `text` looks like any language at all: 0 to 1."""
    return most_like(text)[1]


def known_languages() -> frozenset[str]:
    """The codes that `language_of` may give."""
    codes = (_NAMES.get(code, code) for code in _identifier().labels)
    return frozenset(code for code in codes if code is not None)


def _words(text: str) -> str:
    text = text[: 6 * _READ]
    if _PERHAPS.search(text):
        text = _ADDRESSES.sub(" ", text)
    return " ".join(_SIGNS.sub(" ", text).split())[:_READ]


def _classified(words: str) -> tuple[str, float]:
    return cast(tuple[str, float], _identifier().classify(words))


@cache
def _identifier() -> LanguageIdentifier:
    """The model, loaded when first asked for: 0.7 s and 60 MB."""
    return LanguageIdentifier.from_model_file("data/model.npz.xz", norm_probs=True)
