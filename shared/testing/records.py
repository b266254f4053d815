"""Kafka records for tests: good events of the catalog, and every way to be broken."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from shared.contracts.envelope import Event, Payload, to_headers, to_value
from shared.contracts.inbound import InboundChatMessageSent

Header = tuple[str, bytes | None]

EXPECTED = "test-expected"
"""The header that says what must become of a record; the suite itself ignores it."""

APPLIED = "applied"
SENT_AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
SOURCE = "/channels/web"


@dataclass(frozen=True, slots=True)
class Sample:
    """One record to send. `expected` is APPLIED or the reason that it must be parked with."""

    key: bytes | None
    value: bytes | None
    headers: Sequence[Header]
    expected: str = APPLIED

    def all_headers(self) -> list[Header]:
        """The headers to send, with the one that tells a checker what to expect."""
        return [*self.headers, (EXPECTED, self.expected.encode())]


def event_sample(payload: Payload, *, key: str, **attributes: Any) -> Sample:
    """A record of one event. `attributes` must hold id and tenant; the rest has defaults."""
    given: dict[str, Any] = {"source": SOURCE, "subject": key, "time": SENT_AT} | attributes
    event: Event[Payload] = Event(type=payload.TYPE, data=payload, partitionkey=key, **given)
    return Sample(key.encode(), to_value(payload), to_headers(event))


def chat(session: str, number: int | str, *, tenant: str, text: str = "Hello") -> Sample:
    """A visitor's chat message: `session` is its key, and `number` is unique in the session."""
    message_id = f"{session}-{number}"
    payload = InboundChatMessageSent(
        session_id=session, message_id=message_id, text=text, sent_at=SENT_AT
    )
    return event_sample(payload, key=session, id=message_id, tenant=tenant)


def broken_ways(session: str, *, tenant: str) -> dict[str, Sample]:
    """One record for every way of being broken, by name; all in the same session."""

    def good(name: str) -> Sample:
        return chat(session, name, tenant=tenant)

    megabyte = b'{"text": "' + b"x" * (1024 * 1024 - 512) + b'"}'
    schemaless = replace(good("wrong-schema"), value=b'{"text": 7}', expected="wrong-schema")
    return {
        "bad JSON": replace(good("bad-json"), value=b'{"text": ', expected="not-json"),
        "bytes that are no text": replace(good("bytes"), value=b"\xff\xfe", expected="not-json"),
        "wrong schema": schemaless,
        "null value": replace(good("null-value"), value=None, expected="null-value"),
        "null header": with_header(good("null-header"), "ce_time", None, "invalid-header"),
        "header that is not UTF-8": with_header(
            good("bad-header"), "ce_subject", b"\xff\xfe", "invalid-header"
        ),
        "1 MiB body": replace(good("large"), value=megabyte, expected="too-large"),
        "unknown type": with_header(
            good("unknown-type"), "ce_type", b"support.parrot.squawked.v1", "unknown-type"
        ),
        "missing id": with_header(good("no-id"), "ce_id", b"", "missing-attribute"),
        "missing type": without_header(good("no-type"), "ce_type", "missing-attribute"),
        "impossible time": with_header(
            good("no-time"), "ce_time", b"2026-02-30T00:00:00Z", "invalid-attribute"
        ),
        "no headers at all": replace(
            good("bare"), headers=(), expected="missing-attribute"
        ),
    }  # fmt: skip


def with_header(sample: Sample, name: str, value: bytes | None, expected: str) -> Sample:
    """The same record with one header replaced or added."""
    rest = [header for header in sample.headers if header[0] != name]
    return replace(sample, headers=[*rest, (name, value)], expected=expected)


def without_header(sample: Sample, name: str, expected: str) -> Sample:
    """The same record with one header taken away."""
    rest = [header for header in sample.headers if header[0] != name]
    return replace(sample, headers=rest, expected=expected)
