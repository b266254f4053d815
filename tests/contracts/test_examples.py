"""The committed examples are events that models, schemas and the envelope agree on."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from shared.contracts.catalog import TYPES, stability
from shared.contracts.envelope import (
    STRUCTURED,
    Event,
    Payload,
    from_record,
    to_headers,
    to_structured,
    to_value,
)
from shared.contracts.released import RELEASED, versions

CONTRACTS = RELEASED.parent
EXAMPLES = sorted((CONTRACTS / "examples").glob("*/*.json"))
RELEASED_EXAMPLES = sorted(RELEASED.glob("*/examples/*/*.json"))
IN_SEVERAL_LANGUAGES = {
    "support.inbound.email.received.v1",
    "support.inbound.chat.message-sent.v1",
    "support.message.received.v1",
}


def named(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def read(path: Path) -> Event[Payload]:
    return from_record(None, [("content-type", STRUCTURED.encode())], path.read_bytes())


def schema(name: str, folder: Path = CONTRACTS / "schemas") -> Draft202012Validator:
    document = json.loads((folder / f"{name}.json").read_text())
    Draft202012Validator.check_schema(document)
    return Draft202012Validator(document)


@pytest.mark.parametrize("path", EXAMPLES, ids=named)
def test_an_example_is_read_as_an_event_of_its_type_with_its_own_key(path: Path) -> None:
    event = read(path)
    assert event.type == path.parent.name == event.data.TYPE
    assert event.partitionkey == (event.data.record_key() or event.partitionkey)


@pytest.mark.parametrize("path", EXAMPLES, ids=named)
def test_an_example_satisfies_the_committed_schemas(path: Path) -> None:
    document = json.loads(path.read_text())
    schema("envelope").validate(document)
    schema(document["type"]).validate(document["data"])


@pytest.mark.parametrize("path", EXAMPLES, ids=named)
def test_an_example_survives_being_written_and_read_in_both_modes(path: Path) -> None:
    event = read(path)
    key = (event.partitionkey or "").encode()
    assert from_record(key, to_headers(event), to_value(event.data)) == event
    headers = [("content-type", b"application/cloudevents+json; charset=UTF-8")]
    assert from_record(key, headers, to_structured(event)) == event
    schema(event.type).validate(json.loads(to_value(event.data)))


@pytest.mark.parametrize("path", RELEASED_EXAMPLES, ids=named)
def test_an_example_of_an_earlier_release_is_still_read(path: Path) -> None:
    event = read(path)
    released = path.parents[2] / "schemas"
    # And what is written of it today, the readers of that release take.
    schema(event.type, released).validate(json.loads(to_value(event.data)))


def test_every_type_has_an_example_and_every_example_a_type() -> None:
    assert {path.parent.name for path in EXAMPLES} == set(TYPES)


@pytest.mark.parametrize("name", sorted(IN_SEVERAL_LANGUAGES))
def test_what_customers_write_has_examples_in_several_scripts(name: str) -> None:
    texts = [path.read_text() for path in EXAMPLES if path.parent.name == name]
    assert len(texts) >= 2
    if name != "support.inbound.email.received.v1":
        assert any("぀" <= letter <= "ヿ" for text in texts for letter in text)


def test_every_stable_type_is_in_the_latest_release() -> None:
    latest = RELEASED / versions()[-1] / "schemas"
    stable = {name for name in TYPES if stability(name) == "stable"} | {"envelope"}
    assert {path.stem for path in latest.glob("*.json")} == stable
