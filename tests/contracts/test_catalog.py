"""The catalog keeps the rules that topics and types are made by."""

import ast
import inspect
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel

from shared.contracts import catalog, topic
from shared.contracts.catalog import OF_TYPE, TOPICS, TYPES
from shared.contracts.dlq import RecordParked
from shared.contracts.payload import Part, Payload
from shared.contracts.tickets import TicketEvent, TicketOpened
from shared.contracts.topics import OUTSIDERS, SERVICES

CONTRACTS = Path(catalog.__file__).parent
ALL = pytest.mark.parametrize("it", TOPICS.values(), ids=TOPICS)
MODELS = pytest.mark.parametrize("model", TYPES.values(), ids=TYPES)
MANY = ("support.tickets.", "support.messages.", "support.inbound.")


@ALL
def test_a_topic_is_named_by_the_rule(it: topic.Topic) -> None:
    # A dot and an underscore become the same character in Kafka's own metrics.
    assert re.fullmatch(r"support(\.[a-z]+)+\.v[1-9]", it.name)
    assert it.about.endswith(".")
    assert it.key


@ALL
def test_a_topic_has_owners_and_readers_that_exist(it: topic.Topic) -> None:
    assert it.owners
    assert it.readers
    assert set(it.owners) <= {*SERVICES, "adapters"}
    assert set(it.readers) <= {*SERVICES, *OUTSIDERS}


@ALL
def test_a_topic_keeps_what_people_wrote_fourteen_days_at_most(it: topic.Topic) -> None:
    if it.compacted:
        assert not it.text
        assert it.retention_ms is None or it.retention_ms > 14 * topic.DAY_MS
    else:
        assert it.retention_ms is not None
        assert it.retention_ms + topic.SEGMENT_MS <= 14 * topic.DAY_MS


@ALL
def test_a_topic_has_the_partitions_of_its_kind(it: topic.Topic) -> None:
    assert it.partitions == (24 if it.name.startswith(MANY) else 6)
    assert it.local_partitions == 4


def test_every_service_has_a_dead_letter_topic() -> None:
    for service in SERVICES:
        assert catalog.dlq_of(service).owners == (service,)


def test_compacted_topics_are_those_of_full_state() -> None:
    compacted = {name for name, it in TOPICS.items() if it.compacted}
    nouns = ("tenants", "agents", "articles", "metrics", "customers")
    assert compacted == {f"support.{noun}.v1" for noun in nouns}


def test_only_what_is_keyed_otherwise_than_its_row_locks_its_key() -> None:
    assert [name for name, it in TOPICS.items() if it.locks_key] == ["support.outgoing.v1"]


@MODELS
def test_a_type_is_named_by_the_rule_and_has_one_topic(model: type[Payload]) -> None:
    assert re.fullmatch(r"support(\.[a-z]+(-[a-z]+)*){2,3}\.v[1-9]", model.TYPE)
    if model is RecordParked:
        assert len(OF_TYPE[model.TYPE]) == len(SERVICES)
    else:
        assert catalog.topic_of(model).types.count(model) == 1


def test_a_type_without_a_topic_of_its_own_has_none() -> None:
    class Stranger(Payload):
        TYPE = "support.stranger.seen.v1"

    for model in (Stranger, RecordParked):
        with pytest.raises(LookupError, match="no topic of its own"):
            catalog.topic_of(model)


def test_what_adapters_and_dashboards_speak_is_stable_and_what_ingest_and_sla_say() -> None:
    assert {name for name, topic in TOPICS.items() if topic.stable} == {
        *(f"support.inbound.{kind}.v1" for kind in ("email", "chat", "social", "voice", "form")),
        "support.messages.v1",
        "support.customers.v1",
        "support.deliveries.v1",
        "support.sla.v1",
        "support.metrics.v1",
    }
    assert catalog.stability("support.clock.breached.v1") == "stable"
    # What router, kb and operators write may still change.
    drafts = {"ticket", "tenant", "agent", "outgoing", "article", "articles", "record"}
    assert {name.split(".")[1] for name in TYPES if catalog.stability(name) == "draft"} == drafts


def models_within(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    yield model
    for field in model.model_fields.values():
        pending = [field.annotation]
        while pending:
            kind = pending.pop()
            if inspect.isclass(kind) and issubclass(kind, BaseModel):
                yield from models_within(kind)
            pending += get_args(kind)


@MODELS
def test_a_payload_is_frozen_tolerant_and_described_to_its_last_field(model: type[Payload]) -> None:
    for part in models_within(model):
        assert issubclass(part, Part)
        assert part.model_config["frozen"]
        assert part.model_config["extra"] == "ignore"
        assert part.__doc__
        undescribed = [name for name, it in part.model_fields.items() if not it.description]
        assert undescribed == []


def test_every_payload_class_is_in_the_catalog() -> None:
    def leaves(model: type[Payload]) -> Iterator[type[Payload]]:
        below = model.__subclasses__()
        yield from (leaf for one in below for leaf in leaves(one))
        if not below and model.__module__.startswith("shared.contracts"):
            yield model

    assert set(leaves(Payload)) == set(TYPES.values())


def test_every_ticket_event_carries_the_ticket_who_and_when() -> None:
    tickets = TOPICS["support.tickets.v1"].types
    assert all(issubclass(model, TicketEvent) for model in tickets)
    assert {"ticket", "at", "by", "by_agent"} <= TicketOpened.model_fields.keys()


@pytest.mark.parametrize("path", sorted(CONTRACTS.glob("*.py")), ids=lambda path: path.name)
def test_the_folder_can_be_installed_under_another_name(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and not node.level:
            assert (node.module or "").split(".")[0] != "shared"
        elif isinstance(node, ast.Import):
            assert all(name.name.split(".")[0] != "shared" for name in node.names)


def test_the_contracts_need_pydantic_and_nothing_else() -> None:
    script = (
        "import sys; before = set(sys.modules); import shared.contracts.__main__; "
        "new = {name.split('.')[0] for name in set(sys.modules) - before if name[0] != '_'}; "
        "print(*sorted(new - set(sys.stdlib_module_names)))"
    )
    run = subprocess.run(
        [sys.executable, "-c", script],
        cwd=CONTRACTS.parents[1],
        capture_output=True,
        text=True,
        check=True,
    )
    with_pydantic = {"pydantic", "pydantic_core", "annotated_types", "typing_extensions"}
    assert set(run.stdout.split()) <= {"shared", *with_pydantic, "typing_inspection"}
