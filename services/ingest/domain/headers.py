"""Header lines of a mail, as senders really write them, to text, people, ids and times."""

import email.utils
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from services.ingest.domain.charsets import decode
from services.ingest.domain.mailboxes import pairs
from services.ingest.domain.texts import one_line
from services.ingest.domain.words import decoded

LONGEST_LINE = 998
"""Characters of a header line that are kept: what RFC 5322 §2.1.1 allows."""

LONGEST_NAME = 200
LONGEST_ADDRESS = 320

MOST_PEOPLE = 100
"""People of one header that are kept."""

_READ = 20_000  # characters of one header that are looked at, against mails made to keep us busy
_ID = re.compile(r"<([^<>]+)>")
_ISO = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody on one end of a message; at least one of the two is known."""

    name: str | None
    address: str | None


def text(raw: str, charset: str | None = None) -> str:
    """A header's text on one line: RFC 2047 words decoded, 8-bit letters repaired.

    charset: of the mail's body, in which 8-bit letters most likely are.
    """
    return one_line(decoded(_repaired(raw[:_READ], charset)), LONGEST_LINE)


def people(raws: Iterable[str], charset: str | None = None) -> tuple[Person, ...]:
    """The people of address headers, each once, in order, at most 100; charset as in `text`."""
    found: dict[Person, None] = {}
    for raw in raws:
        line = _repaired(raw[:_READ], charset).replace("\n", " ").replace("\r", " ")
        for name, address in pairs(line):
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
        at = _date(raw[:200].strip())
        at = at.replace(tzinfo=at.tzinfo or UTC).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return at if 1900 <= at.year < 3000 else None


def _date(raw: str) -> datetime:
    # Programs that never heard of RFC 5322 write ISO 8601.
    return (
        datetime.fromisoformat(raw) if _ISO.match(raw) else email.utils.parsedate_to_datetime(raw)
    )


def _repaired(raw: str, charset: str | None = None) -> str:
    """Python's parser smuggles 8-bit bytes through as surrogates; these become letters here.

    So do letters that are written as escapes (ISO-2022), before these are cleaned as controls.
    """
    if raw.isascii() and "\x1b" not in raw:
        return raw
    data = raw.encode("utf-8", "surrogateescape")
    # UTF-8 is what most write there by now, whatever their bodies are in.
    return decode(data, None if charset is None or _is_utf8(data) else charset)


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _person(name: str, address: str) -> Person | None:
    shown = one_line(decoded(name), LONGEST_NAME).strip("\"' ") or None
    where = one_line(decoded(address), LONGEST_ADDRESS).replace(" ", "")
    if where.endswith("'"):  # no domain does: whoever writes it has quoted the whole address
        where = where.strip("'")
    if "@" not in where:
        shown, where = shown or one_line(decoded(address), LONGEST_NAME) or None, ""
    return Person(shown, where or None) if shown or where else None
