"""Strimzi KafkaTopic manifests of all topics, for `kubectl apply -k deploy/topics`."""

import json
from collections.abc import Iterator, Mapping, Sequence

from .catalog import TOPICS
from .topic import Topic

REPLICAS = 3
"""Copies of each record in production; with two in sync, one broker may die and nothing is lost."""

HEADER = "# Generated from shared/contracts/topics.py by `python -m shared.contracts generate`.\n"

Yaml = str | int | bool | Mapping[str, "Yaml"] | Sequence["Yaml"]


def all_manifests() -> dict[str, str]:
    """The text of each file by its name: one for each topic, and the list of them."""
    files = {f"{name}.yaml": _text(_manifest(topic)) for name, topic in sorted(TOPICS.items())}
    return files | {"kustomization.yaml": _text(_kustomization(sorted(files)))}


def _text(document: Mapping[str, Yaml]) -> str:
    return HEADER + "\n".join(_lines(document)) + "\n"


def _kustomization(files: Sequence[str]) -> Mapping[str, Yaml]:
    return {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": files,
    }


def _manifest(topic: Topic) -> Mapping[str, Yaml]:
    return {
        "apiVersion": "kafka.strimzi.io/v1beta2",
        "kind": "KafkaTopic",
        "metadata": {
            "name": topic.name,
            "labels": {
                "strimzi.io/cluster": "deskstream",
                "app.kubernetes.io/part-of": "deskstream",
            },
            "annotations": {
                "deskstream/about": topic.about,
                "deskstream/key": topic.key,
                "deskstream/owners": ", ".join(topic.owners),
                "deskstream/readers": ", ".join(topic.readers),
            },
        },
        "spec": {
            "topicName": topic.name,
            "partitions": topic.partitions,
            "replicas": REPLICAS,
            "config": {**topic.config(), "min.insync.replicas": str(REPLICAS - 1)},
        },
    }


def _lines(document: Mapping[str, Yaml], indent: str = "") -> Iterator[str]:
    for name, value in document.items():
        if isinstance(value, Mapping):
            yield f"{indent}{name}:"
            yield from _lines(value, indent + "  ")
        elif isinstance(value, Sequence) and not isinstance(value, str):
            yield f"{indent}{name}:"
            yield from (f"{indent}  - {_scalar(item)}" for item in value)
        else:
            yield f"{indent}{name}: {_scalar(value)}"


def _scalar(value: Yaml) -> str:
    # A JSON string is a YAML string; quoted, no text is taken for a number or a truth value.
    return json.dumps(value, ensure_ascii=False)
