"""CloudEvents 1.0 over Kafka: an event to a record and back; the envelope is imported from here.

Writers use binary mode (attributes as `ce_*` headers, data as the value); readers accept structured
mode too. NUL characters are dropped from all text on reading, since PostgreSQL cannot hold them.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any, overload

from pydantic import ValidationError
from pydantic_core import from_json

from .attributes import Attributes
from .catalog import TYPES
from .event import (
    Event,
    InvalidEvent,
    Reason,
    from_attributes,
    refuse,
    schema_name,
    time_text,
    to_attributes,
)
from .payload import BlobRef, Part, Party, Payload

__all__ = [
    "MAX_VALUE_BYTES",
    "NO_ATTRIBUTE_VALUE",
    "STRUCTURED",
    "BlobRef",
    "Event",
    "Headers",
    "InvalidEvent",
    "Part",
    "Party",
    "Payload",
    "Reason",
    "from_record",
    "schema_name",
    "time_text",
    "to_attributes",
    "to_headers",
    "to_structured",
    "to_value",
]

NO_ATTRIBUTE_VALUE = "an attribute is text, a whole number, true or false"
"""What CloudEvents 1.0 (§ Type System) says of attributes in JSON, others' extensions too."""
MAX_VALUE_BYTES = 1_000_000
"""Longest record value that is read at all, in bytes."""

STRUCTURED = "application/cloudevents+json"
"""Media type of an event that is one JSON document."""

Headers = Iterable[tuple[str, bytes | None]]
"""Record headers as Kafka clients give them; values may be null or any bytes."""

_PLAIN = frozenset({"application/json", ""})
_ALSO_OURS = frozenset({"content-type", "traceparent"})
_CARRIED = {"ce_" + name: name for name in Attributes.model_fields}
"""The attribute that each of the usual headers carries."""


def to_headers(event: Event[Any]) -> list[tuple[str, bytes]]:
    """The record headers of binary mode: `content-type`, then each attribute as `ce_<name>`."""
    headers = [("content-type", b"application/json")]
    headers += [("ce_" + name, text.encode()) for name, text in to_attributes(event).items()]
    return headers


def to_value(payload: Payload) -> bytes:
    """The record value of binary mode: the payload as JSON, with null for what is not set."""
    return payload.__pydantic_serializer__.to_json(payload)


def to_structured(event: Event[Payload]) -> bytes:
    """The whole event as one JSON document, to be sent as `application/cloudevents+json`."""
    attributes = to_attributes(event) | {"datacontenttype": "application/json"}
    begun = json.dumps(attributes, ensure_ascii=False)[:-1]
    return begun.encode() + b', "data": ' + to_value(event.data) + b"}"


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
    elif content_type not in _PLAIN and not _is_json(content_type):
        refuse("invalid-attribute", "content-type: only JSON is read", attributes)
    payload = _payload_of(attributes)
    skipped = wanted is not None and payload.TYPE not in wanted
    return from_attributes(
        attributes, key, None if skipped else _read_data(payload, data, attributes)
    )


def _read_headers(headers: Headers) -> tuple[dict[str, str], str]:
    """The attributes among the headers, without their `ce_`, and the content type in lower case.

    Other people's headers are none of our business, whatever bytes they hold.
    """
    attributes: dict[str, str] = {}
    content_type = ""
    for name, raw in headers:
        attribute = _CARRIED.get(name) or (name[3:] if name.startswith("ce_") else "")
        if not attribute and name not in _ALSO_OURS:
            continue
        try:
            text = raw.decode()  # type: ignore[union-attr]
        except AttributeError:
            refuse("invalid-header", f"{name} is null", attributes)
        except UnicodeDecodeError:
            refuse("invalid-header", f"{name} is not UTF-8", attributes)
        if "\0" in text:
            text = text.replace("\0", "")
        if attribute:
            attributes[attribute] = text
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
        if not isinstance(given, str | int):
            refuse("invalid-attribute", f"{name}: {NO_ATTRIBUTE_VALUE}", attributes)
        attributes[name] = str(given).lower() if isinstance(given, bool) else str(given)
    if not _is_json(attributes.get("datacontenttype", "application/json").lower()):
        refuse("invalid-attribute", "datacontenttype: only JSON is read", attributes)
    if data is None:
        refuse("null-value", "the event has no data", attributes)
    return attributes, data


def _parse(value: bytes, attributes: Mapping[str, object]) -> Any:
    try:
        return _without_nul(from_json(value, allow_inf_nan=False))
    except ValueError as error:
        refuse("not-json", f"the value is no JSON: {error}", attributes)


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
        refuse("missing-attribute", "type is missing", attributes)
    payload = TYPES.get(type_name)
    if payload is None:
        refuse("unknown-type", "type is not in this reader's catalog", attributes)
    return payload


def _read_data(payload: type[Payload], data: object, attributes: Mapping[str, str]) -> Payload:
    # A NUL can only be written as this escape: raw control characters are no JSON.
    if isinstance(data, bytes) and b"\\u0000" in data:
        data = _parse(data, attributes)
    try:
        if isinstance(data, bytes):
            read: Payload = payload.__pydantic_validator__.validate_json(data)
            return read
        return payload.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        if first["type"] == "json_invalid":
            refuse("not-json", "the value is no JSON", attributes)
        where = "/".join(("", *map(str, first["loc"])))
        refuse("wrong-schema", f"data{where}: {first['msg']}", attributes)
