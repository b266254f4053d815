"""Header lines of a mail, as senders really write them, to text, people, ids and times."""

import email.utils
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.errors import HeaderParseError
from email.header import decode_header

from services.ingest.domain.charsets import decode
from services.ingest.domain.texts import one_line

LONGEST_LINE = 998
"""Characters of a header line that are kept: what RFC 5322 §2.1.1 allows."""

LONGEST_NAME = 200
LONGEST_ADDRESS = 320

MOST_PEOPLE = 100
"""People of one header that are kept."""

_READ = 20_000  # characters of one header that are looked at, against mails made to keep us busy
_ID = re.compile(r"<([^<>]+)>")
_ADDRESS = re.compile(r"[^\s<>,;:\"()]+@[^\s<>,;:\"()]+")
_EMPTY_GROUP = re.compile(r"[^:;@]*:\s*;?\s*")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
# Python's later releases refuse whole headers by default where one address is odd (CVE-2023-27043).
_LENIENTLY = {"strict": False} if hasattr(email.utils, "supports_strict_parsing") else {}


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody on one end of a message; at least one of the two is known."""

    name: str | None
    address: str | None


def text(raw: str) -> str:
    """A header's text on one line: RFC 2047 words decoded, 8-bit letters repaired."""
    return one_line(_decoded(_repaired(raw[:_READ])), LONGEST_LINE)


def people(raws: Iterable[str]) -> tuple[Person, ...]:
    """The people of address headers, each once, in order, at most 100."""
    found: dict[Person, None] = {}
    for raw in raws:
        line = _repaired(raw[:_READ]).replace("\n", " ").replace("\r", " ")
        for name, address in _pairs(line):
            person = _person(name, address)
            if person is not None:
                found[person] = None
    return tuple(found)[:MOST_PEOPLE]


def message_ids(raw: str) -> tuple[str, ...]:
    """The message ids of Message-ID, In-Reply-To or References, in angle brackets, each once.

    Spaces that folding left inside an id are dropped; one bare word counts as an id.
    """
    line = _repaired(raw[:_READ])
    found = ["".join(inner.split()) for inner in _ID.findall(line)]
    if not found and len(line.split()) == 1:
        found = [line.strip().strip("<>")]
    ids = (one_line(f"<{inner}>", LONGEST_LINE) for inner in found if inner)
    return tuple(dict.fromkeys(ids))


def moment(raw: str) -> datetime | None:
    """The instant of a Date header in UTC; None where it is none, or outside of 1900 to 2999."""
    try:
        at = email.utils.parsedate_to_datetime(raw[:200])
        at = at.replace(tzinfo=at.tzinfo or UTC).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return at if 1900 <= at.year < 3000 else None


def _repaired(raw: str) -> str:
    """Python's parser smuggles 8-bit bytes through as surrogates; these become letters here."""
    if not _NOT_ASCII.search(raw):
        return raw
    return decode(raw.encode("utf-8", "surrogateescape"))


def _decoded(line: str) -> str:
    if "=?" not in line:
        return line
    try:
        words = decode_header(line)
    except (HeaderParseError, ValueError):
        return line  # an encoded word with broken base64: shown as it came
    return "".join(
        word if isinstance(word, str) else _word(word, charset) for word, charset in words
    )


def _word(word: bytes, charset: str | None) -> str:
    if charset is None:
        return word.decode("raw-unicode-escape", "replace")  # as decode_header had encoded it
    return decode(word, charset.partition("*")[0])  # RFC 2231 §5 puts a language behind the star


def _pairs(line: str) -> list[tuple[str, str]]:
    try:
        found = email.utils.getaddresses([line], **_LENIENTLY)
    except (ValueError, IndexError, RecursionError):
        found = []
    if any("@" in address for _, address in found):
        return found
    decoded = _decoded(line)
    if decoded != line and "@" in decoded:
        return _pairs(decoded)  # the whole address had been written as one encoded word
    if _EMPTY_GROUP.fullmatch(line):
        return []  # such as "undisclosed-recipients:;"
    bare = [("", address) for address in _ADDRESS.findall(line)]
    return bare or [pair for pair in found if any(pair)] or [(line, "")]


def _person(name: str, address: str) -> Person | None:
    shown = one_line(_decoded(name), LONGEST_NAME).strip("\"' ") or None
    where = one_line(_decoded(address), LONGEST_ADDRESS).replace(" ", "")
    if "@" not in where:
        shown, where = shown or one_line(_decoded(address), LONGEST_NAME) or None, ""
    return Person(shown, where or None) if shown or where else None
