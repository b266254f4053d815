"""Says what is wrong with one event, in words and with the place, for authors of adapters."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, from_json, to_json

from .attributes import Attributes
from .catalog import OF_TYPE, TYPES
from .envelope import MAX_VALUE_BYTES, NO_ATTRIBUTE_VALUE, InvalidEvent, Payload, from_record
from .findings import Finding, Report, did_you_mean, of_error, pointer, surplus
from .metrics import MetricUpdated
from .tenants import TenantChanged

MAX_DOCUMENT_BYTES = 4_000_000
"""Longest document that is looked at; pretty-printed events are longer than what is sent."""

_NUMBERS = ("sequence", "hops")
M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class _Document:
    """An event as it was given, and where its attributes stand in it."""

    attributes: Mapping[str, Any]
    data: Any
    key: Any
    at: str = ""
    prefix: str = ""

    def place(self, name: str) -> str:
        """Pointer to an attribute."""
        if self.prefix and name == "datacontenttype":
            return f"{self.at}/content-type"
        return pointer(self.at, [self.prefix + name])


def validate(document: bytes) -> Report:
    """Check one event, whatever the bytes.

    The document is structured mode (`{"specversion": …, "data": …}`) or binary mode written down
    (`{"attributes": {"id": …} or "headers": {"ce_id": …}, "key": …, "data": …}`). What is no error
    here, `from_record` takes.
    """
    if len(document) > MAX_DOCUMENT_BYTES:
        return Report([Finding("error", "", f"longer than {MAX_DOCUMENT_BYTES} bytes")])
    try:
        given = from_json(document, allow_inf_nan=False)
    except ValueError as error:
        return Report([Finding("error", "", f"no JSON: {error}")])
    if not isinstance(given, dict):
        return Report([Finding("error", "", "no JSON object: an event is one")])
    return _check(_opened(given))


def _opened(given: dict[str, Any]) -> _Document:
    data, key = given.get("data"), given.get("key")
    headers, attributes = given.get("headers"), given.get("attributes")
    if isinstance(headers, dict):
        read = {name[3:]: value for name, value in headers.items() if name.startswith("ce_")}
        if "content-type" in headers:
            read["datacontenttype"] = headers["content-type"]
        return _Document(read, data, key, "/headers", "ce_")
    if isinstance(attributes, dict):
        return _Document(attributes, data, key, "/attributes")
    read = {name: value for name, value in given.items() if name not in ("data", "key")}
    return _Document(read, data, key)


def _check(document: _Document) -> Report:
    given = _as_text(document.attributes)
    findings = list(_attributes(document, given))
    name = given.get("type")
    payload = TYPES.get(name) if isinstance(name, str) else None
    if payload is None:
        return Report([*findings, *_unknown_type(document, name)])
    value = to_json(document.data)
    data, errors = _against(payload, value)
    findings += (of_error(error, pointer("/data", error["loc"])) for error in errors)
    known = {name: None for name in payload.model_fields} if data is None else data.model_dump()
    findings += surplus(document.data, known, "/data")
    findings += _size(value)
    if data is not None:
        findings += _agreement(document, given, data)
    if not any(finding.kind == "error" for finding in findings):
        findings += _as_read(document, given, value)
    topic = " or ".join(topic.name for topic in OF_TYPE[payload.TYPE])
    return Report(findings, f"{payload.TYPE}, {len(value)} bytes of data, for {topic}")


def _as_text(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes that are set; structured mode may write the two numbers as such."""
    given = {name: value for name, value in attributes.items() if value is not None}
    for name in _NUMBERS:
        if type(given.get(name)) is int:
            given[name] = str(given[name])
    if isinstance(given.get("datacontenttype"), str):
        given["datacontenttype"] = given["datacontenttype"].partition(";")[0].strip().lower()
    return given


def _attributes(document: _Document, given: Mapping[str, Any]) -> Iterator[Finding]:
    _, errors = _against(Attributes, to_json(given))
    for error in errors:
        yield of_error(error, document.place(str(error["loc"][0])))
    for name in sorted(given.keys() - Attributes.model_fields.keys()):
        if not isinstance(given[name], str | int):
            yield Finding("error", document.place(name), NO_ATTRIBUTE_VALUE)
            continue
        near = did_you_mean(name, Attributes.model_fields)
        yield Finding("note", document.place(name), f"no attribute of ours, ignored{near}")


def _unknown_type(document: _Document, name: object) -> Iterator[Finding]:
    if isinstance(name, str):
        near = did_you_mean(name, TYPES)
        yield Finding("error", document.place("type"), f"the catalog has no such type{near}")


def _against(model: type[M], value: bytes) -> tuple[M | None, list[ErrorDetails]]:
    """The model, or what is wrong with it: strict like the JSON Schema, which readers are not."""
    try:
        return model.model_validate_json(value, strict=True), []
    except ValidationError as error:
        return None, error.errors(include_url=False, include_context=False, include_input=False)


def _size(value: bytes) -> Iterator[Finding]:
    if len(value) > MAX_VALUE_BYTES:
        text = f"{len(value)} bytes; {MAX_VALUE_BYTES} are the most: send long bodies as blobs"
        yield Finding("error", "/data", text)
    if b"\\u0000" in value:
        yield Finding("note", "/data", "NUL characters are dropped on reading")


def _agreement(document: _Document, given: Mapping[str, Any], data: Payload) -> Iterator[Finding]:
    """What data and envelope must say alike: the key, the tenant, and who may say such a thing."""
    yield from _key(document, given, data)
    tenant = data.tenant if isinstance(data, MetricUpdated) else None
    tenant = data.slug if isinstance(data, TenantChanged) else tenant
    if tenant is not None and tenant != given.get("tenant"):
        yield Finding("error", document.place("tenant"), f"the data speak of {tenant}")
    source = given.get("source")
    inbound = data.TYPE.startswith("support.inbound.")
    if inbound and not re.match(r"/channels/.", str(source)):
        text = "inbound events come from a channel account: /channels/<account id>"
        yield Finding("error", document.place("source"), text)


def _key(document: _Document, given: Mapping[str, Any], data: Payload) -> Iterator[Finding]:
    what = OF_TYPE[data.TYPE][0].key
    expected = data.record_key()
    places = {"/key": document.key, document.place("partitionkey"): given.get("partitionkey")}
    said = {place: key for place, key in places.items() if key is not None}
    if expected is None:
        return
    if not said:
        yield Finding("note", "", f"no key was given: the record's must be {expected} ({what})")
    for place, key in said.items():
        if key != expected:
            text = f"must be {expected} ({what}), or order is lost"
            yield Finding("error", place, text)


def _as_read(document: _Document, given: Mapping[str, Any], value: bytes) -> Iterator[Finding]:
    """What only the decoder that the services use finds, such as a number out of bounds."""
    headers = [("ce_" + name, str(text).encode()) for name, text in given.items()]
    try:
        from_record(None, headers, value)
    except InvalidEvent as error:
        name = error.detail.partition(" ")[0]
        at = document.place(name) if name in given else "/data"
        yield Finding("error", at, error.detail)
