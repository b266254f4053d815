"""How a text sounds that is not English: whoever INGEST_SENTIMENT_URL names is asked."""

import logging
from typing import Any

import httpx

from services.ingest.domain.messages import Sentiment
from services.ingest.http_answers import http_client, json_of

log = logging.getLogger(__name__)

_LONGEST = 4000
_ANSWERS: dict[str, Sentiment] = {
    "positive": "positive", "neutral": "neutral", "negative": "negative",
}  # fmt: skip


class Classifier:
    """POSTs `{"text": …, "language": …}` and reads `{"sentiment": "positive"|…}`."""

    def __init__(self, url: str, seconds: float) -> None:
        self._url = url
        self._seconds = seconds

    async def judge(self, text: str, language: str | None) -> Sentiment:
        """What the service says; unknown when it says nothing usable in time."""
        asked = {"text": text[:_LONGEST], "language": language}
        try:
            async with (
                http_client(self._seconds) as client,
                client.stream("POST", self._url, json=asked) as answer,
            ):
                answer.raise_for_status()
                said: Any = await json_of(answer)
        except (httpx.HTTPError, ValueError) as error:
            log.warning("no sentiment", extra={"error": type(error).__name__})
            return "unknown"
        word = said.get("sentiment") if isinstance(said, dict) else None
        return _ANSWERS.get(word, "unknown") if isinstance(word, str) else "unknown"
