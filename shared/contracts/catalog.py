"""Every topic and every event type of the suite: schemas, manifests and checks come from here."""

from collections.abc import Mapping
from typing import Final, Literal

from .payload import Payload
from .topic import Topic
from .topics import ALL

TOPICS: Final[Mapping[str, Topic]] = {topic.name: topic for topic in ALL}
"""All topics by name."""

TYPES: Final[Mapping[str, type[Payload]]] = {
    payload.TYPE: payload for topic in ALL for payload in topic.types
}
"""All payload models by type name."""

OF_TYPE: Final[Mapping[str, tuple[Topic, ...]]] = {
    name: tuple(topic for topic in ALL if payload in topic.types) for name, payload in TYPES.items()
}
"""The topics of each type: one, but for `RecordParked`, which has one for each service."""


def topic_of(payload: type[Payload]) -> Topic:
    """The topic that events of this type are published on.

    `RecordParked` has one topic for each service, so it has no topic of its own: LookupError, like
    for a type outside the catalog. Use `dlq_of`.
    """
    topics = OF_TYPE.get(payload.TYPE, ())
    if len(topics) != 1:
        raise LookupError(f"{payload.TYPE} has no topic of its own in the catalog")
    return topics[0]


def dlq_of(service: str) -> Topic:
    """The dead-letter topic of a service."""
    return TOPICS[f"support.dlq.{service}.v1"]


def stability(type_name: str) -> Literal["draft", "stable"]:
    """stable: only new optional fields from now on. draft: may still change in any way."""
    return "stable" if all(topic.stable for topic in OF_TYPE[type_name]) else "draft"
