"""How a text sounds. English only: for other languages another judge is asked, or nobody."""

from functools import lru_cache

from vaderSentiment.vaderSentiment import (  # type: ignore[import-untyped]
    SentimentIntensityAnalyzer,
)

from services.ingest.domain.messages import Sentiment

_CLEAR = 0.05
"""Compound score from which VADER's authors call a text positive; negative below its opposite."""
_LONGEST = 2000
"""Characters that are looked at: a post says what it feels early on, and time is bounded."""


def of_english(text: str) -> Sentiment:
    """How an English text sounds, by VADER's published thresholds."""
    score: float = _analyzer().polarity_scores(text[:_LONGEST])["compound"]
    if score >= _CLEAR:
        return "positive"
    return "negative" if score <= -_CLEAR else "neutral"


def needs_quick_answer(sentiment: Sentiment | None, public: bool) -> bool:
    """Whether a message should be answered before others: everybody reads the complaint."""
    return public and sentiment == "negative"


@lru_cache(maxsize=1)
def _analyzer() -> SentimentIntensityAnalyzer:
    return SentimentIntensityAnalyzer()  # reads its lexicon, 0.1 s
