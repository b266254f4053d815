"""CloudEvents 1.0 over Kafka: an event to a record's headers and value, and back.

Writers use binary mode (attributes as `ce_*` headers, data as the value); readers accept structured
mode too. NUL characters are dropped from all text on reading, since PostgreSQL cannot hold them.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, Literal, NoReturn, TypeVar, overload

from pydantic import ValidationError
from pydantic_core import from_json

from .attributes import MAX_HOPS, MAX_ID, MAX_SEQUENCE, MAX_SOURCE
from .catalog import TYPES
from .payload import BlobRef, Part, Party, Payload

__all__ = [
    "MAX_VALUE_BYTES",
    "BlobRef",
    "Event",
    "InvalidEvent",
    "Part",
    "Party",
    "Payload",
    "Reason",
    "from_record",
    "schema_name",
    "to_headers",
    "to_structured",
    "to_value",
]

MAX_VALUE_BYTES = 1_000_000
"""Longest record value that is read at all, in bytes."""

STRUCTURED = "application/cloudevents+json"

P = TypeVar("P", bound=Payload | None, covariant=True)

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

Headers = Iterable[tuple[str, bytes | None]]


@dataclass(frozen=True, slots=True)
class Event(Generic[P]):
    """One event. `data` is None only where the reader did not want this type (see `from_record`)."""

    id: str
    type: str
    source: str
    subject: str
    time: datetime
    tenant: str
    data: P
    sequence: int | None = None
    partitionkey: str | None = None
    causationid: str | None = None
    hops: int = 0
    traceparent: str | None = None
    dataschema: str | None = None


class InvalidEvent(Exception):  # noqa: N818 (it names what is wrong)
    """The record is no event that we can read: `reason` for machines, `detail` for people.

    `detail` says where, and holds nothing of the record's content. `id`, `type` and `source` are
    those of the event as far as they could be read, cut to 200 characters (source: 500).
    """

    def __init__(
        self, reason: Reason, detail: str, known: Mapping[str, object] | None = None
    ) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason: Reason = reason
        self.detail = detail
        self.id = _cut(known, "id", MAX_ID)
        self.type = _cut(known, "type", MAX_ID)
        self.source = _cut(known, "source", MAX_SOURCE)


def _cut(known: Mapping[str, object] | None, name: str, length: int) -> str | None:
    value = known.get(name) if known else None
    return value[:length] if isinstance(value, str) and value else None


def schema_name(type_name: str) -> str:
    """The `dataschema` of a type: a URN, since schemas travel with the contracts."""
    return f"urn:deskstream:schema:{type_name}"


def _attributes(event: Event[Any]) -> dict[str, str]:
    """All attributes that the event has, as the text that both modes carry."""
    texts = {
        "specversion": "1.0",
        "id": event.id,
        "type": event.type,
        "source": event.source,
        "subject": event.subject,
        "time": event.time.astimezone(UTC).isoformat().replace("+00:00", "Z"),
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


def to_headers(event: Event[Any]) -> list[tuple[str, bytes]]:
    """The record headers of binary mode: `content-type`, then each attribute as `ce_<name>`."""
    headers = [("content-type", b"application/json")]
    headers += [("ce_" + name, text.encode()) for name, text in _attributes(event).items()]
    return headers


def to_value(payload: Payload) -> bytes:
    """The record value of binary mode: the payload as JSON, unset optional fields as null."""
    return payload.__pydantic_serializer__.to_json(payload)


def to_structured(event: Event[Payload]) -> bytes:
    """The whole event as one JSON document, for `content-type: application/cloudevents+json`."""
    import json

    attributes = _attributes(event) | {"datacontenttype": "application/json"}
    return json.dumps(attributes, ensure_ascii=False)[:-1].encode() + (
        b', "data": ' + to_value(event.data) + b"}"
    )


_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
_TENANT = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(-.*)?")


@overload
def from_record(
    key: bytes | None, headers: Headers, value: bytes | None, *, wanted: None = None
) -> Event[Payload]: ...


@overload
def from_record(
    key: bytes | None, headers: Headers, value: bytes | None, *, wanted: frozenset[str]
) -> Event[Payload | None]: ...


def from_record(
    key: bytes | None,
    headers: Headers,
    value: bytes | None,
    *,
    wanted: frozenset[str] | None = None,
) -> Event[Any]:
    """Read one Kafka record, in binary or structured mode, or raise InvalidEvent and nothing else.

    With `wanted`, an event of a known type outside of it is returned with `data` None, and in
    binary mode its value is not even looked at. An unknown type is always `unknown-type`.
    """
    if value is None:
        raise InvalidEvent("null-value", "the record has no value")
    if len(value) > MAX_VALUE_BYTES:
        raise InvalidEvent(
            "too-large", f"the value has {len(value)} bytes; {MAX_VALUE_BYTES} are the most"
        )
    attributes, content_type = _read_headers(headers)
    data: object = value
    if content_type.startswith(STRUCTURED):
        attributes, data = _read_structured(value)
    elif content_type and not _is_json(content_type):
        _refuse("invalid-attribute", "content-type: only JSON is read", attributes)
    payload = _payload_of(attributes)
    skipped = wanted is not None and payload.TYPE not in wanted
    return _event(attributes, key, None if skipped else _read_data(payload, data, attributes))


def _refuse(reason: Reason, detail: str, attributes: Mapping[str, object]) -> NoReturn:
    raise InvalidEvent(reason, detail, attributes)


def _read_headers(headers: Headers) -> tuple[dict[str, str], str]:
    """The attributes among the headers, without their `ce_`, and the content type in lower case.

    Other people's headers are none of our business, whatever bytes they hold.
    """
    attributes: dict[str, str] = {}
    content_type = ""
    for name, raw in headers:
        ours = name.startswith("ce_")
        if not ours and name not in ("content-type", "traceparent"):
            continue
        try:
            text = raw.decode().replace("\0", "")  # type: ignore[union-attr]
        except AttributeError:
            _refuse("invalid-header", f"{name} is null", attributes)
        except UnicodeDecodeError:
            _refuse("invalid-header", f"{name} is not UTF-8", attributes)
        if ours:
            attributes[name[3:]] = text
        elif name == "content-type":
            content_type = text.strip().lower()
        else:
            attributes.setdefault(name, text)
    return attributes, content_type


def _is_json(content_type: str) -> bool:
    media_type = content_type.partition(";")[0].rstrip()
    return media_type == "application/json" or media_type.endswith("+json")


def _read_structured(value: bytes) -> tuple[dict[str, str], object]:
    """The attributes and the data of an event that is one JSON document."""
    document = _parse(value, {})
    if not isinstance(document, dict):
        raise InvalidEvent("not-json", "the value is JSON, but no object")
    data = document.pop("data", None)
    attributes: dict[str, str] = {}
    for name, given in document.items():
        if given is None:
            continue
        if isinstance(given, bool) or not isinstance(given, str | int):
            _refuse("invalid-attribute", f"{name} is neither text nor a whole number", attributes)
        attributes[name] = str(given)
    if not _is_json(attributes.get("datacontenttype", "application/json").lower()):
        _refuse("invalid-attribute", "datacontenttype: only JSON is read", attributes)
    if data is None:
        _refuse("null-value", "the event has no data", attributes)
    return attributes, data


def _parse(value: bytes, attributes: Mapping[str, object]) -> Any:
    try:
        return _without_nul(from_json(value, allow_inf_nan=False))
    except ValueError as error:
        _refuse("not-json", f"the value is no JSON: {error}", attributes)


def _without_nul(data: Any) -> Any:
    if isinstance(data, str):
        return data.replace("\0", "")
    if isinstance(data, list):
        return [_without_nul(item) for item in data]
    if isinstance(data, dict):
        return {_without_nul(name): _without_nul(item) for name, item in data.items()}
    return data


def _payload_of(attributes: Mapping[str, str]) -> type[Payload]:
    type_name = attributes.get("type")
    if not type_name:
        _refuse("missing-attribute", "type is missing", attributes)
    payload = TYPES.get(type_name)
    if payload is None:
        _refuse("unknown-type", "type is not in this reader's catalog", attributes)
    return payload


def _read_data(payload: type[Payload], data: object, attributes: Mapping[str, str]) -> Payload:
    try:
        if not isinstance(data, bytes):
            return payload.__pydantic_validator__.validate_python(data)
        # A NUL can only be written as this escape: raw control characters are no JSON.
        if b"\\u0000" in data:
            return payload.__pydantic_validator__.validate_python(_parse(data, attributes))
        return payload.__pydantic_validator__.validate_json(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        if first["type"] == "json_invalid":
            _refuse("not-json", "the value is no JSON", attributes)
        where = "/".join(("", *map(str, first["loc"])))
        _refuse("wrong-schema", f"data{where}: {first['msg']}", attributes)


def _event(attributes: Mapping[str, str], key: bytes | None, data: Payload | None) -> Event[Any]:
    if attributes.get("specversion") != "1.0":
        wrong: Reason = (
            "invalid-attribute" if attributes.get("specversion") else "missing-attribute"
        )
        _refuse(wrong, "specversion must be 1.0", attributes)
    tenant = _required(attributes, "tenant", 40)
    if not _TENANT.fullmatch(tenant):
        _refuse("invalid-attribute", "tenant is no lower-case slug", attributes)
    traceparent = attributes.get("traceparent")
    if traceparent is not None and not _TRACEPARENT.fullmatch(traceparent):
        traceparent = None
    return Event(
        id=_required(attributes, "id", MAX_ID),
        type=_required(attributes, "type", MAX_ID),
        source=_required(attributes, "source", MAX_SOURCE),
        subject=_required(attributes, "subject", MAX_ID),
        time=_time(attributes),
        tenant=tenant,
        data=data,
        sequence=_number(attributes, "sequence", MAX_SEQUENCE),
        partitionkey=_optional(attributes, "partitionkey") or _key_text(key),
        causationid=_optional(attributes, "causationid"),
        hops=_number(attributes, "hops", MAX_HOPS) or 0,
        traceparent=traceparent,
        dataschema=attributes.get("dataschema"),
    )


def _required(attributes: Mapping[str, str], name: str, longest: int) -> str:
    text = attributes.get(name)
    if not text:
        _refuse("missing-attribute", f"{name} is missing", attributes)
    if len(text) > longest:
        _refuse("invalid-attribute", f"{name} is longer than {longest} characters", attributes)
    return text


def _optional(attributes: Mapping[str, str], name: str) -> str | None:
    return _required(attributes, name, MAX_ID) if attributes.get(name) else None


def _key_text(key: bytes | None) -> str | None:
    try:
        return (key or b"").decode().replace("\0", "")[:MAX_ID] or None
    except UnicodeDecodeError:
        return None


def _number(attributes: Mapping[str, str], name: str, most: int) -> int | None:
    text = attributes.get(name)
    if not text:
        return None
    if len(text) > 19 or not (text.isascii() and text.isdigit()) or int(text) > most:
        _refuse("invalid-attribute", f"{name} is no decimal number from 0 to {most}", attributes)
    return int(text)


_EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
_LATEST = datetime(3000, 1, 1, tzinfo=UTC)


def _time(attributes: Mapping[str, str]) -> datetime:
    text = _required(attributes, "time", 64)
    if not _TIME.fullmatch(text):
        _refuse("invalid-attribute", "time is no RFC 3339 time with its zone", attributes)
    try:
        time = datetime.fromisoformat(text.upper())
    except ValueError as error:
        _refuse("invalid-attribute", f"time: {error}", attributes)
    if not _EARLIEST <= time < _LATEST:
        _refuse("invalid-attribute", "time is outside of the years 1900 to 2999", attributes)
    return time.astimezone(UTC)
