"""Errors of Meta's Graph API. https://developers.facebook.com/docs/graph-api/guides/error-handling"""

from services.ingest.domain.providers.walk import count, dig, line
from services.ingest.providers.calls import Answer


def graph_reason(answer: Answer) -> str:
    """The error's code and what it says."""
    error = dig(answer.body, "error")
    said = line(dig(error, "error_data", "details")) or line(dig(error, "message"))
    return f"{count(dig(error, 'code')) or answer.status}: {said or 'no reason given'}"
