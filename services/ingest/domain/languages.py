"""The language that a text is written in, where that can be told with some confidence."""

import re
from functools import cache
from typing import Final, cast

from py3langid.langid import LanguageIdentifier  # type: ignore[import-untyped]

LEAST_CONFIDENCE: Final = 0.35
"""Below this share of all likelihood no language is told: unknown beats wrong."""

_LEAST_LETTERS: Final = 4
_READ: Final = 240  # characters: more makes no sentence clearer, and costs as much again
_NO_WORDS: Final = re.compile(r"(?i)\b(?:https?://|www\.)\S+|\S+@\S+|[\d_<>|*=#]+")
# What the model calls no language at all, and a code that means the same as another.
_NAMES: Final[dict[str, str | None]] = {"zxx": None, "nb": "no"}


def language_of(text: str) -> str | None:
    """The ISO 639 code (639-1 where there is one, else 639-3) of `text`; None where unsure.

    Norwegian Bokmål is "no". Addresses and numbers say nothing; the first 240 other characters do.
    """
    words = _words(text)
    if sum(map(str.isalpha, words)) < _LEAST_LETTERS:
        return None
    code, likelihood = _classified(words)
    return _NAMES.get(code, code) if likelihood >= LEAST_CONFIDENCE else None


def confidence(text: str) -> float:
    """How much `text` looks like any language at all: 0 to 1."""
    return _classified(_words(text))[1]


def known_languages() -> frozenset[str]:
    """The codes that `language_of` may give."""
    codes = (_NAMES.get(code, code) for code in _identifier().labels)
    return frozenset(code for code in codes if code is not None)


def _words(text: str) -> str:
    return " ".join(_NO_WORDS.sub(" ", text[: 4 * _READ]).split())[:_READ]


def _classified(words: str) -> tuple[str, float]:
    return cast(tuple[str, float], _identifier().classify(words))


@cache
def _identifier() -> LanguageIdentifier:
    """The model, loaded when first asked for: 0.7 s and 60 MB."""
    return LanguageIdentifier.from_model_file("data/model.npz.xz", norm_probs=True)
