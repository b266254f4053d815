"""Delivery status fields (RFC 3464 §2), also where they stand in the text of a notice."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from services.ingest.domain.kinds.addresses import ADDRESS

_FIELD = re.compile(r"([A-Za-z][A-Za-z0-9-]{2,40})[ \t]*:(.*)")
_READ = frozenset(
    {
        "final-recipient", "original-recipient", "x-actual-recipient", "action", "status",
        "diagnostic-code", "original-message-id", "x-original-message-id", "x-display-name",
    }
)  # fmt: skip
_MOST_LINES = 5000
_ADDRESS = re.compile(ADDRESS)
# A field may hold an address in any script (RFC 6533), and one without a domain's form.
_OTHER = re.compile(r"[^\s<>;,:\"']{1,200}@[^\s<>;,:\"']{1,200}")


@dataclass(frozen=True, slots=True)
class Failure:
    """What a notice says of one recipient. action: as RFC 3464 §2.3.3 has it, or ""."""

    recipient: str | None
    status: str | None
    diagnostic: str
    action: str = ""


@dataclass(frozen=True, slots=True)
class Fields:
    """The recipients of a report, and the id of the mail it is about, as it came."""

    failures: tuple[Failure, ...]
    message_id: str | None


def read(text: str) -> Fields:
    """The fields found in `text`; no failures where it holds none."""
    groups = list(_groups(text))
    failures = tuple(_failure(group) for group in groups if _names_somebody(group))
    ids = [
        group[name]
        for group in groups
        for name in ("original-message-id", "x-original-message-id")
        if group.get(name)
    ]
    return Fields(failures, ids[0] if ids else None)


def address_of(value: str) -> str | None:
    """The address in a typed field value such as "rfc822; ana@example.com" (RFC 3464 §2.1.2)."""
    found = _ADDRESS.search(value) or _OTHER.search(value)
    return found[0].strip(".()[]") if found else None


def _names_somebody(group: dict[str, str]) -> bool:
    recipient = "final-recipient" in group or "original-recipient" in group
    return recipient or ("action" in group and "status" in group)


def _groups(text: str) -> Iterator[dict[str, str]]:
    """Fields by lower-case name, parted by blank lines or a recipient that comes again."""
    group: dict[str, str] = {}
    name = ""
    for line in text.splitlines()[:_MOST_LINES]:
        if not line.strip():
            yield group
            group, name = {}, ""
        elif line[0] in " \t" and name:
            group[name] += " " + line.strip()
        elif found := _FIELD.match(line.strip()):
            name = found[1].lower() if found[1].lower() in _READ else ""
            if name == "final-recipient" and name in group:
                yield group
                group = {}
            if name:
                group[name] = found[2].strip()
    yield group


def _failure(group: dict[str, str]) -> Failure:
    # The address as we wrote it finds our delivery; the final one may be one it was forwarded to.
    named = (group.get(name, "") for name in _RECIPIENTS)
    recipient = next((found for value in named if (found := address_of(value))), None)
    action = group.get("action", "").partition(" ")[0].strip("()").lower()
    return Failure(recipient, group.get("status"), group.get("diagnostic-code", ""), action)


_RECIPIENTS = ("original-recipient", "final-recipient", "x-actual-recipient", "x-display-name")
