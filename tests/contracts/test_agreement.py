"""The validator, the models and the JSON Schemas are of one mind, whatever is put to them."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from shared.contracts.catalog import TYPES
from shared.contracts.envelope import InvalidEvent, from_record
from shared.contracts.schemas import data_schema
from shared.contracts.validate import validate

PATHS = sorted((Path(__file__).parents[2] / "shared/contracts/examples").glob("*/*.json"))
EXAMPLES = {f"{path.parent.name}/{path.stem}": json.loads(path.read_text()) for path in PATHS}
# How long one example takes says more of the machine than of the code.
patient = settings(deadline=None)

JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=10,
)


@patient
@given(st.binary() | JSON.map(lambda it: json.dumps(it).encode()))
def test_any_bytes_get_a_report(document: bytes) -> None:
    assert list(validate(document).lines())


@patient
@given(st.sampled_from(sorted(EXAMPLES)), st.data())
def test_what_the_validator_lets_through_the_services_can_read(
    name: str, data: st.DataObject
) -> None:
    event = json.loads(json.dumps(EXAMPLES[name]))
    part = event if data.draw(st.booleans()) else event["data"]
    part[data.draw(st.sampled_from(sorted(part)))] = data.draw(JSON)
    document = json.dumps(event).encode()
    report = validate(document)
    assert list(report.lines())
    if report.ok:
        try:
            from_record(None, [("content-type", b"application/cloudevents+json")], document)
        except InvalidEvent as found:
            pytest.fail(f"{found} was let through")


def replaced(node: Any, steps: list[int], value: Any) -> Any:
    """The document with one part replaced: each step picks a child until there is none."""
    if not steps or not isinstance(node, dict | list) or not node:
        return value
    if isinstance(node, dict):
        name = sorted(node)[steps[0] % len(node)]
        return node | {name: replaced(node[name], steps[1:], value)}
    at = steps[0] % len(node)
    return [*node[:at], replaced(node[at], steps[1:], value), *node[at + 1 :]]


@patient
@given(
    st.sampled_from(sorted(EXAMPLES)),
    st.lists(st.integers(0, 50), min_size=1, max_size=4),
    st.sampled_from([None, True, -1, 5, 1.5, [], {}, "", "x" * 70_000]),
)
def test_the_json_schemas_and_the_models_refuse_the_same(
    name: str, steps: list[int], value: Any
) -> None:
    event = EXAMPLES[name]
    data = replaced(event["data"], steps, value)
    model = TYPES[event["type"]]
    by_schema = Draft202012Validator(
        data_schema(model), format_checker=Draft202012Validator.FORMAT_CHECKER
    ).is_valid(data)
    report = validate(json.dumps(event | {"data": data}).encode())
    wrong = [
        it for it in report.findings if it.kind == "error" and "or order is lost" not in it.text
    ]
    beyond_schemas = ("the data speak of", "timezone", "datetime", "base64", "UUID")
    if any(word in it.text for it in wrong for word in beyond_schemas):
        return
    assert by_schema == (not wrong), (data, wrong)
