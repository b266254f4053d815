"""One event as CloudEvents 1.0 has it, and its attributes as text."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Generic, Literal, NamedTuple, NoReturn, TypeVar

from .attributes import MAX_HOPS, MAX_ID, MAX_KEY, MAX_SEQUENCE, MAX_SOURCE
from .payload import EARLIEST, LATEST, Payload

_TIME = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})", re.ASCII
)
_TENANT = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")

P_co = TypeVar("P_co", bound=Payload | None, covariant=True)

Reason = Literal[
    "null-value",
    "too-large",
    "invalid-header",
    "not-json",
    "missing-attribute",
    "invalid-attribute",
    "unknown-type",
    "wrong-schema",
]
"""What is wrong with a record that cannot be read as an event."""


class Event(NamedTuple, Generic[P_co]):
    """One event. `data` is None only where the reader did not want its type (see `from_record`)."""

    id: str
    """Unique within (tenant, source); the same again when the same event is sent again."""
    type: str
    source: str
    """Who says so: `/channels/<account id>` or `/deskstream/<service>`."""
    subject: str
    """Id of the entity that it is about."""
    time: datetime
    """When it happened, UTC."""
    tenant: str
    data: P_co
    sequence: int | None = None
    """Order among the entity's events: epoch * 2^40 + version."""
    partitionkey: str | None = None
    """Key of the Kafka record."""
    causationid: str | None = None
    """Id of the event that caused it."""
    hops: int = 0
    """How many events led to it."""
    traceparent: str | None = None
    """W3C trace context."""
    dataschema: str | None = None
    """Name of the data's JSON Schema; None: that of its type."""


class InvalidEvent(Exception):
    """The record is no event that we can read: `reason` for machines, `detail` for people.

    `detail` says what is wrong and where, in at most 500 characters. `id`, `type` and `source` are
    those of the event as far as they could be read, cut to 200 characters (`source`: 500);
    `tenant` is None unless it is a tenant's slug.
    """

    def __init__(
        self, reason: Reason, detail: str, known: Mapping[str, object] | None = None
    ) -> None:
        # A header's name may hold anything, too, and what is said here is stored.
        self.detail = detail.replace("\0", "")[:500]
        super().__init__(f"{reason}: {self.detail}")
        self.reason: Reason = reason
        self.id = _cut(known, "id", MAX_ID)
        self.type = _cut(known, "type", MAX_ID)
        self.source = _cut(known, "source", MAX_SOURCE)
        tenant = _cut(known, "tenant", MAX_ID)
        self.tenant = tenant if tenant and _TENANT.fullmatch(tenant) else None


def _cut(known: Mapping[str, object] | None, name: str, length: int) -> str | None:
    value = known.get(name) if known else None
    return value[:length] if isinstance(value, str) and value else None


def refuse(reason: Reason, detail: str, attributes: Mapping[str, object]) -> NoReturn:
    """Raise InvalidEvent for the event with these attributes."""
    raise InvalidEvent(reason, detail, attributes)


def schema_name(type_name: str) -> str:
    """The `dataschema` of a type: a URN, since the schemas travel with the contracts."""
    return f"urn:deskstream:schema:{type_name}"


def time_text(time: datetime) -> str:
    """A time with its zone as the `time` attribute has it: RFC 3339, UTC."""
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")


def to_attributes(event: Event[Any]) -> dict[str, str]:
    """All attributes that the event has, by their CloudEvents names, as text."""
    texts = {
        "specversion": "1.0",
        "id": event.id,
        "type": event.type,
        "source": event.source,
        "subject": event.subject,
        "time": time_text(event.time),
        "dataschema": event.dataschema or schema_name(event.type),
        "tenant": event.tenant,
    }
    if event.sequence is not None:
        texts["sequence"] = str(event.sequence)
    if event.partitionkey is not None:
        texts["partitionkey"] = event.partitionkey
    if event.causationid is not None:
        texts["causationid"] = event.causationid
    if event.hops:
        texts["hops"] = str(event.hops)
    if event.traceparent is not None:
        texts["traceparent"] = event.traceparent
    return texts


def from_attributes(
    attributes: Mapping[str, str], key: bytes | None, data: Payload | None
) -> Event[Any]:
    """The event with these attributes and data; InvalidEvent if one is missing or malformed."""
    if _text(attributes, "specversion", MAX_ID) != "1.0":
        refuse("invalid-attribute", "specversion must be 1.0", attributes)
    tenant = _text(attributes, "tenant", MAX_ID)
    if not _TENANT.fullmatch(tenant):
        refuse("invalid-attribute", "tenant is no lower-case slug", attributes)
    traceparent = attributes.get("traceparent")
    if traceparent and not _TRACEPARENT.fullmatch(traceparent):
        traceparent = None
    # In the order of the fields: naming them would cost a twentieth of the whole reading.
    return Event(
        _text(attributes, "id", MAX_ID),
        _text(attributes, "type", MAX_ID),
        _text(attributes, "source", MAX_SOURCE),
        _text(attributes, "subject", MAX_KEY),
        _time(attributes),
        tenant,
        data,
        _number(attributes, "sequence", MAX_SEQUENCE),
        _text_if_given(attributes, "partitionkey", MAX_KEY) or _key_text(key),
        _text_if_given(attributes, "causationid", MAX_ID),
        _number(attributes, "hops", MAX_HOPS) or 0,
        traceparent or None,
        _text_if_given(attributes, "dataschema", MAX_SOURCE),
    )


def _text(attributes: Mapping[str, str], name: str, longest: int) -> str:
    text = attributes.get(name)
    if not text:
        refuse("missing-attribute", f"{name} is missing", attributes)
    if len(text) > longest:
        refuse("invalid-attribute", f"{name} is longer than {longest} characters", attributes)
    return text


def _text_if_given(attributes: Mapping[str, str], name: str, longest: int) -> str | None:
    return _text(attributes, name, longest) if attributes.get(name) else None


def _key_text(key: bytes | None) -> str | None:
    """The record's key where no attribute repeats it; a key that is no text stays unnamed."""
    try:
        return (key or b"").decode().replace("\0", "")[:MAX_KEY] or None
    except UnicodeDecodeError:
        return None


def _number(attributes: Mapping[str, str], name: str, most: int) -> int | None:
    text = attributes.get(name)
    if not text:
        return None
    if len(text) > 19 or not (text.isascii() and text.isdigit()) or int(text) > most:
        refuse("invalid-attribute", f"{name} is no decimal number from 0 to {most}", attributes)
    return int(text)


def _time(attributes: Mapping[str, str]) -> datetime:
    text = _text(attributes, "time", MAX_ID)
    if not _TIME.fullmatch(text):
        refuse("invalid-attribute", "time is no RFC 3339 time with its zone", attributes)
    try:
        time = datetime.fromisoformat(text.upper())
        time = time if time.tzinfo is UTC else time.astimezone(UTC)
    except (ValueError, OverflowError):
        refuse("invalid-attribute", "time is on no calendar", attributes)
    if not EARLIEST.year <= time.year < LATEST.year:
        refuse("invalid-attribute", "time is outside of the years 1900 to 2999", attributes)
    return time
