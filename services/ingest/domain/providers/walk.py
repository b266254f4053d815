"""Careful steps through JSON of unknown shape: nothing here raises, whatever was sent."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from services.ingest.domain.texts import beginning, body, one_line

LONGEST_ID = 200
LONGEST_TEXT = 65_536
_NOT_IN_ID = re.compile(r"[\x00-\x20\x7f\ud800-\udfff]")
_NOT_IN_WORD = re.compile(r"[^A-Za-z0-9_.-]+")
_LATEST = 32_503_679_999  # the last second of 2999, the contracts' latest moment


def dig(value: Any, *path: str) -> Any:
    """What lies at `path` inside nested objects; None where there is nothing."""
    for step in path:
        if not isinstance(value, Mapping):
            return None
        value = value.get(step)
    return value


def rows(value: Any, *path: str) -> Iterator[Mapping[str, Any]]:
    """The objects of the list at `path`; what is no object in it is left out."""
    found = dig(value, *path)
    if isinstance(found, list):
        yield from (row for row in found if isinstance(row, Mapping))


def id_of(value: Any) -> str | None:
    """An id: 1 to 200 characters without spaces or control characters; else None."""
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not 0 < len(text) <= LONGEST_ID or _NOT_IN_ID.search(text):
        return None
    return text


def words(value: Any) -> str:
    """Text that a person wrote, cleaned, at most 64 KiB of UTF-8; empty where it is no text."""
    return beginning(body(value), LONGEST_TEXT) if isinstance(value, str) else ""


def line(value: Any, longest: int = 200) -> str | None:
    """A name or a title on one line; None where there is none."""
    return (one_line(value, longest) or None) if isinstance(value, str) else None


def word(value: Any) -> str:
    """A kind as the network names it, fit for a metric: at most 40 plain characters."""
    plain = _NOT_IN_WORD.sub("-", value) if isinstance(value, str) else ""
    return plain.strip("-")[:40] or "unnamed"


def count(value: Any) -> int | None:
    """A number of people, never negative; None where it is none."""
    whole = isinstance(value, int) and not isinstance(value, bool)
    return value if whole and 0 <= value <= 2**53 else None


def seconds(value: Any) -> datetime | None:
    """A moment given in seconds since 1970, as a number or as digits; None where it is none."""
    number = _number(value)
    if number is None or not 0 <= number <= _LATEST:
        return None
    return datetime.fromtimestamp(number, UTC)


def milliseconds(value: Any) -> datetime | None:
    """A moment given in milliseconds since 1970."""
    number = _number(value)
    return None if number is None else seconds(number / 1000)


def moment(value: Any) -> datetime | None:
    """A moment in RFC 3339 with its zone; None where it is none, or has no zone."""
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
        return seconds(at.timestamp()) if at is not None and at.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def address(url: Any) -> str | None:
    """An https address of at most 2,048 characters; None for anything else."""
    plain = isinstance(url, str) and url.startswith("https://") and len(url) <= 2048
    return url if plain and not _NOT_IN_ID.search(url) else None


def _number(value: Any) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 16:
        return float(value)
    return float(value) if isinstance(value, int | float) and abs(value) < 1e17 else None
