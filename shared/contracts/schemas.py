"""JSON Schemas (draft 2020-12) of the data of each event type, and of the envelope."""

from typing import Any

from pydantic import BaseModel

from .attributes import Attributes
from .catalog import OF_TYPE, TYPES, stability
from .event import schema_name
from .payload import Payload

Schema = dict[str, Any]
"""A JSON Schema, which is JSON of any shape by its nature."""

DIALECT = "https://json-schema.org/draft/2020-12/schema"
ENVELOPE = "envelope"


def data_schema(payload: type[Payload]) -> Schema:
    """The schema that the data of this type must satisfy, as writers see it.

    `x-topic` and `x-key` say where such events go; for a stable type they are as fixed as a field.
    """
    return {
        "$schema": DIALECT,
        "$id": schema_name(payload.TYPE),
        "x-stability": stability(payload.TYPE),
        "x-topic": " | ".join(topic.name for topic in OF_TYPE[payload.TYPE]),
        "x-key": OF_TYPE[payload.TYPE][0].key,
        **_of_model(payload),
    }


def envelope_schema() -> Schema:
    """The schema of a whole event in structured mode; its `data` have a schema for each type."""
    schema = _of_model(Attributes)
    data = {"description": "What happened, as the schema of `type` says.", "type": "object"}
    return {
        "$schema": DIALECT,
        "$id": schema_name(ENVELOPE),
        "x-stability": "stable",
        **schema,
        "properties": schema["properties"] | {"data": data},
        "required": [*schema["required"], "data"],
    }


def all_schemas() -> dict[str, Schema]:
    """Every schema by its name: `envelope`, and each type."""
    schemas = {name: data_schema(payload) for name, payload in sorted(TYPES.items())}
    return {ENVELOPE: envelope_schema()} | schemas


def _of_model(model: type[BaseModel]) -> Schema:
    # Validation mode: serialisation mode calls fields with a default required, and would so refuse
    # what a lean writer leaves out.
    return model.model_json_schema(mode="validation")
