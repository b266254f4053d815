"""A stable type grows by optional fields; every other change is refused, with a sentence."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from shared.contracts.compat import Change, changes
from shared.contracts.schemas import all_schemas

CHAT = "support.inbound.chat.message-sent.v1"
MAIL = "support.inbound.email.received.v1"
METRIC = "support.metric.updated.v1"

Edit = Callable[[dict[str, Any]], object]


def edited(name: str, edit: Edit) -> list[Change]:
    old = all_schemas()[name]
    new = copy.deepcopy(old)
    edit(new)
    return changes(old, new)


def fields(schema: dict[str, Any]) -> Any:
    return schema["properties"]


def in_blob(schema: dict[str, Any]) -> Any:
    return schema["$defs"]["BlobRef"]["properties"]


REFUSED: dict[str, tuple[str, Edit, str]] = {
    "removing a field": (
        CHAT,
        lambda s: fields(s).pop("language"),
        "language: the field was removed. Refused",
    ),
    "retyping a field": (
        CHAT,
        lambda s: fields(s)["text"].update(type="integer"),
        "text: retyped from string to integer. Refused",
    ),
    "retyping one branch of a nullable field": (
        METRIC,
        lambda s: fields(s)["mean"]["anyOf"][0].update(type="string"),
        "mean: retyped from null or number to null or string. Refused",
    ),
    "making a field nullable": (
        METRIC,
        lambda s: fields(s).update(sum={"anyOf": [{"type": "number"}, {"type": "null"}]}),
        "sum: retyped from number to null or number. Refused",
    ),
    "making a field required": (
        CHAT,
        lambda s: s["required"].append("visitor"),
        "visitor: the field became required. Refused",
    ),
    "making a field optional": (
        CHAT,
        lambda s: s["required"].remove("text"),
        "text: the field is no longer required. Refused",
    ),
    "adding a required field": (
        CHAT,
        lambda s: (
            fields(s).update(page={"type": "string"}),
            s["required"].append("page"),
        ),
        "page: a required field was added. Refused",
    ),
    "adding a value to a closed enum": (
        METRIC,
        lambda s: fields(s)["direction"]["enum"].append("sideways"),
        'direction: the closed enum gained "sideways". Refused',
    ),
    "removing a value from a closed enum": (
        METRIC,
        lambda s: fields(s)["direction"]["enum"].remove("neutral"),
        'direction: the enum lost "neutral". Refused',
    ),
    "removing a value from an open enum": (
        METRIC,
        lambda s: fields(s)["window"]["x-extensible-enum"].remove("day"),
        'window: the enum lost "day". Refused',
    ),
    "changing a default": (
        METRIC,
        lambda s: fields(s)["sum"].update(default=1.0),
        "sum: a missing value now means 1.0 instead of 0.0. Refused",
    ),
    "changing a constant": (
        "envelope",
        lambda s: fields(s)["specversion"].update(const="2.0"),
        'specversion: const changed from "1.0" to "2.0". Refused',
    ),
    "tightening a length": (
        CHAT,
        lambda s: fields(s)["session_id"].update(maxLength=20),
        "session_id: maxLength was tightened from 200 to 20. Refused",
    ),
    "loosening a length": (
        CHAT,
        lambda s: fields(s)["session_id"].update(maxLength=900),
        "session_id: maxLength was loosened from 200 to 900. Refused",
    ),
    "tightening a lower bound": (
        METRIC,
        lambda s: fields(s)["count"].update(minimum=1),
        "count: minimum was tightened from 0 to 1. Refused",
    ),
    "adding a limit": (
        METRIC,
        lambda s: fields(s)["sum"].update(maximum=9),
        "sum: maximum was tightened from nothing to 9. Refused",
    ),
    "changing a pattern": (
        METRIC,
        lambda s: fields(s)["metric"].update(pattern="^x$"),
        "metric: pattern changed from",
    ),
    "changing a format": (
        METRIC,
        lambda s: fields(s)["window_start"].update(format="date"),
        'window_start: format changed from "date-time" to "date". Refused',
    ),
    "retyping the items of an array": (
        MAIL,
        lambda s: fields(s)["envelope_to"].update(items={"type": "integer"}),
        "envelope_to[]: retyped from string to integer. Refused",
    ),
    "tightening the items of an array": (
        MAIL,
        lambda s: fields(s)["envelope_to"]["items"].update(maxLength=50),
        "envelope_to[]: maxLength was tightened from 320 to 50. Refused",
    ),
    "removing a field behind a reference": (
        MAIL,
        lambda s: in_blob(s).pop("media_type"),
        "blob.media_type: the field was removed. Refused",
    ),
    "retyping a field behind a reference": (
        MAIL,
        lambda s: in_blob(s)["size"].update(type="string"),
        "blob.size: retyped from integer to string. Refused",
    ),
    "changing what values of a mapping may be": (
        METRIC,
        lambda s: next(iter(fields(s)["dimensions"]["patternProperties"].values())).update(
            type="integer"
        ),
        "retyped from string to integer. Refused",
    ),
    "allowing other keys in a mapping": (
        METRIC,
        lambda s: fields(s)["dimensions"].update(additionalProperties=True),
        "dimensions{additionalProperties}: changed from false to true. Refused",
    ),
    "dropping one of two ways": (
        MAIL,
        lambda s: s["oneOf"].pop(),
        "the whole: may no longer be one anything. Refused",
    ),
    "moving to another topic": (
        CHAT,
        lambda s: s.update({"x-topic": "support.inbound.talk.v1"}),
        "the whole: x-topic changed from",
    ),
    "keying otherwise": (
        CHAT,
        lambda s: s.update({"x-key": "visitor"}),
        "the whole: x-key changed from",
    ),
}


@pytest.mark.parametrize(("name", "edit", "sentence"), REFUSED.values(), ids=REFUSED)
def test_it_is_refused(name: str, edit: Edit, sentence: str) -> None:
    found = edited(name, edit)
    assert [change.allowed for change in found] == [False]
    assert sentence in str(found[0])
    assert str(found[0]).endswith(("consumers first.", "producers first."))


def test_an_optional_field_may_be_added_and_the_sentence_says_who_goes_first() -> None:
    def edit(schema: dict[str, Any]) -> None:
        fields(schema)["page"] = {"type": "string", "default": ""}

    assert [str(change) for change in edited(CHAT, edit)] == [
        "page: an optional field was added. Allowed: roll out consumers first."
    ]


def test_an_optional_field_may_be_added_inside_a_nested_object() -> None:
    found = edited(MAIL, lambda s: in_blob(s).update(region={"type": "string", "default": ""}))
    assert [(change.where, change.allowed) for change in found] == [("blob.region", True)]


def test_an_open_enum_may_grow() -> None:
    found = edited(METRIC, lambda s: fields(s)["window"]["x-extensible-enum"].append("week"))
    assert [str(change) for change in found] == [
        'window: the open enum gained "week". Allowed: roll out consumers first.'
    ]


def test_words_for_people_and_the_names_of_definitions_may_change() -> None:
    def edit(schema: dict[str, Any]) -> None:
        schema["description"] = "Otherwise said."
        schema["$defs"]["Claim"] = schema["$defs"].pop("BlobRef")
        fields(schema)["blob"]["anyOf"].reverse()
        fields(schema)["blob"]["anyOf"][1]["$ref"] = "#/$defs/Claim"

    assert edited(MAIL, edit) == []


def test_two_uses_of_one_definition_are_both_looked_at() -> None:
    def schema(default: int) -> dict[str, Any]:
        use = {"$ref": "#/$defs/N"}
        properties = {"a": {**use, "default": 1}, "b": {**use, "default": default}}
        return {"type": "object", "$defs": {"N": {"type": "integer"}}, "properties": properties}

    assert [change.where for change in changes(schema(1), schema(2))] == ["b"]


def test_definitions_that_contain_themselves_are_compared_once() -> None:
    def tree(kind: str) -> dict[str, Any]:
        node = {
            "type": "object",
            "properties": {
                "value": {"type": kind},
                "children": {"type": "array", "items": {"$ref": "#/$defs/Node"}},
            },
        }
        return {"$ref": "#/$defs/Node", "$defs": {"Node": node}}

    assert [change.where for change in changes(tree("string"), tree("integer"))] == ["value"]
