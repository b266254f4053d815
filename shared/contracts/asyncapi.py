"""The AsyncAPI 3 document of the whole suite: channels, who sends and receives, and messages."""

import json
from pathlib import Path
from typing import Any

from pydantic.json_schema import models_json_schema

from .attributes import Attributes
from .catalog import TOPICS, TYPES, stability
from .schemas import Schema
from .topic import Topic

HERE = Path(__file__).parent
BINDING = "0.5.0"
"""Version of AsyncAPI's Kafka bindings."""


def document() -> Schema:
    """The whole document."""
    payloads = [TYPES[name] for name in sorted(TYPES)]
    _, shared = models_json_schema(
        [(payload, "validation") for payload in payloads],
        ref_template="#/components/schemas/{model}",
    )
    return {
        "asyncapi": "3.0.0",
        "info": _info(),
        "defaultContentType": "application/json",
        "channels": {_id(topic.name): _channel(topic) for topic in TOPICS.values()},
        "operations": _operations(),
        "components": {
            "messages": {name: _message(name) for name in sorted(TYPES)},
            "schemas": {**shared["$defs"], "Headers": _headers()},
        },
    }


def _info() -> Schema:
    return {
        "title": "Deskstream",
        "version": "1",
        "description": "Events of the Deskstream customer-support suite: CloudEvents 1.0 on Kafka, "
        "binary mode. Publishing and reading are explained in shared/contracts/README.md.",
        "license": {"name": "Apache-2.0"},
    }


def _id(name: str) -> str:
    return name.replace(".", "-")


def _channel(topic: Topic) -> Schema:
    return {
        "address": topic.name,
        "description": f"{topic.about} Key: {topic.key}.",
        "messages": {
            payload.TYPE: {"$ref": f"#/components/messages/{payload.TYPE}"}
            for payload in topic.types
        },
        "bindings": {"kafka": _kafka(topic)},
    }


def _kafka(topic: Topic) -> Schema:
    config: dict[str, Any] = {
        "cleanup.policy": topic.config()["cleanup.policy"].split(","),
        "max.message.bytes": topic.max_message_bytes,
    }
    if topic.retention_ms is not None:
        config["retention.ms"] = topic.retention_ms
    return {
        "topic": topic.name,
        "partitions": topic.partitions,
        "topicConfiguration": config,
        "bindingVersion": BINDING,
    }


def _operations() -> Schema:
    operations: Schema = {}
    for topic in TOPICS.values():
        for action, parties in (("send", topic.owners), ("receive", topic.readers)):
            for party in parties:
                operations[f"{party}-{action}s-{_id(topic.name)}"] = {
                    "action": action,
                    "channel": {"$ref": f"#/channels/{_id(topic.name)}"},
                    "tags": [{"name": party}],
                }
    return operations


def _message(name: str) -> Schema:
    payload = TYPES[name]
    return {
        "name": name,
        "title": payload.__name__,
        "summary": (payload.__doc__ or "").partition("\n")[0],
        "contentType": "application/json",
        "headers": {"$ref": "#/components/schemas/Headers"},
        "payload": {"$ref": f"#/components/schemas/{payload.__name__}"},
        "examples": [_example(path) for path in sorted((HERE / "examples" / name).glob("*.json"))],
        "x-stability": stability(name),
    }


def _example(path: Path) -> Schema:
    event = json.loads(path.read_text(encoding="utf-8"))
    data = event.pop("data")
    content_type = event.pop("datacontenttype", "application/json")
    headers = {f"ce_{name}": value for name, value in event.items()}
    return {
        "name": path.stem,
        "headers": {"content-type": content_type, **headers},
        "payload": data,
    }


def _headers() -> Schema:
    """The envelope as record headers: all attributes with `ce_` before their names."""
    envelope = Attributes.model_json_schema()
    fields = {f"ce_{name}": schema for name, schema in envelope["properties"].items()}
    content_type = fields.pop("ce_datacontenttype")
    return {
        "title": "Headers",
        "description": "CloudEvents attributes as Kafka record headers, UTF-8.",
        "type": "object",
        "properties": {"content-type": content_type, **fields},
        "required": [f"ce_{name}" for name in envelope["required"]],
    }
