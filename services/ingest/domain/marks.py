"""Header lines that machines on a mail's way have put there: who it went to, what they think of it.

Read from the bytes by themselves: they are wanted as they stand, and only these.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from uuid import UUID

from services.ingest.domain.headers import people
from services.ingest.domain.line_breaks import with_line_feeds

Marks = Mapping[str, Sequence[str]]
"""Values, each on one line and from the top of the mail down, by lower-case header name."""

OWN_HEADER: Final = "X-Deskstream-Request"
"""Header of our mails: the id of the request that each answers."""

_LONGEST_HEAD = 262_144
_LONGEST_VALUE = 4_000
_MOST = 50  # lines of one name
_WANTED = frozenset(
    {
        "authentication-results", "delivered-to", "x-original-to", "x-envelope-to",
        "x-forwarded-to", OWN_HEADER.lower(), "x-spam-flag", "x-spam-status", "x-spam-score",
        "x-spam", "x-spamd-result", "x-rspamd-action", "x-rspamd-score",
        "x-ms-exchange-organization-scl", "x-forefront-antispam-report",
        "x-microsoft-antispam", "x-proofpoint-spam-details", "x-barracuda-spam-status",
        "list-id", "received-spf",
    }
)  # fmt: skip
_END = re.compile(rb"\n\r*\n")
_FOLD = re.compile(r"\r*\n[ \t]+")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def marks(raw: bytes) -> dict[str, list[str]]:
    """The marks of a raw mail; none where it has no headers."""
    raw = with_line_feeds(raw)
    end = _END.search(raw, 0, _LONGEST_HEAD)
    head = raw[: end.start() if end else _LONGEST_HEAD].decode("utf-8", "replace")
    found: defaultdict[str, list[str]] = defaultdict(list)
    for line in _FOLD.sub(" ", head).split("\n"):
        name, colon, value = line.partition(":")
        key = name.strip().lower()
        if colon and key in _WANTED and len(found[key]) < _MOST:
            found[key].append(" ".join(value[:_LONGEST_VALUE].split()))
    return dict(found)


def recipients(marked: Marks, *more: str | None) -> tuple[str, ...]:
    """The addresses that a mail went to by its marks, and more, in lower case, each once."""
    lines = [
        value
        for name in ("delivered-to", "x-original-to", "x-envelope-to", "x-forwarded-to")
        for value in marked.get(name, ())
    ]
    named = (person.address for person in people(lines))
    return tuple(dict.fromkeys(one.lower() for one in (*more, *named) if one))


def own_request(message_id: str, marked: Marks) -> UUID | None:
    """The request that a mail is about, if it is one of ours, by its Message-ID or our header.

    Anybody can write such lines: whether there was such a request, the caller looks up.
    """
    local, _, _ = message_id.strip("<>").lower().rpartition("@")
    ids: Iterable[str] = [local, *(line.lower() for line in marked.get(OWN_HEADER.lower(), ()))]
    return next((UUID(id) for id in ids if _UUID.fullmatch(id)), None)
