"""The validator tells authors of adapters what is wrong and where, and never breaks itself."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from shared.contracts.validate import validate

ROOT = Path(__file__).parents[2]
PATHS = sorted((ROOT / "shared/contracts/examples").glob("*/*.json"))
EXAMPLES = {f"{path.parent.name}/{path.stem}": json.loads(path.read_text()) for path in PATHS}
CHAT = EXAMPLES["support.inbound.chat.message-sent.v1/japanese"]
MAIL = EXAMPLES["support.inbound.email.received.v1/german"]
TICKET = EXAMPLES["support.ticket.opened.v1/by-german-mail"]
METRIC = EXAMPLES["support.metric.updated.v1/tickets-opened-today"]


def lines(document: object) -> list[str]:
    return list(validate(json.dumps(document).encode()).lines())


def binary(event: dict[str, Any]) -> dict[str, Any]:
    attributes = {name: value for name, value in event.items() if name != "data"}
    return {"attributes": attributes, "data": event["data"]}


def with_headers(event: dict[str, Any]) -> dict[str, Any]:
    named = {f"ce_{name}": text for name, text in binary(event)["attributes"].items()}
    content_type = named.pop("ce_datacontenttype")
    return {"headers": {"content-type": content_type, **named}, "data": event["data"]}


@pytest.mark.parametrize("event", EXAMPLES.values(), ids=EXAMPLES)
def test_a_committed_example_is_ok_in_all_three_forms(event: dict[str, Any]) -> None:
    for document in (event, binary(event), with_headers(event)):
        found = lines(document)
        assert len(found) == 1
        assert found[0].startswith(f"ok: {event['type']}, ")


WRONG: dict[str, tuple[dict[str, Any], list[str]]] = {
    "missing attribute": (
        {name: value for name, value in CHAT.items() if name != "tenant"},
        ["error at /tenant: missing"],
    ),
    "misspelt attribute": (
        {("tennant" if name == "tenant" else name): value for name, value in CHAT.items()},
        [
            "error at /tenant: missing",
            "note at /tennant: no attribute of ours, ignored; did you mean tenant?",
        ],
    ),
    "unknown type": (
        CHAT | {"type": "support.inbound.chat.message-send.v1"},
        [
            "error at /type: the catalog has no such type; did you mean "
            "support.inbound.chat.message-sent.v1?"
        ],
    ),
    "type that is no text": (
        CHAT | {"type": 5},
        ["error at /type: input should be a valid string"],
    ),
    "type missing": (
        {name: value for name, value in CHAT.items() if name != "type"},
        ["error at /type: missing"],
    ),
    "no data": (
        CHAT | {"data": None},
        ["error at /data: input should be an object"],
    ),
    "missing and misspelt field": (
        CHAT
        | {"data": {("txt" if name == "text" else name): it for name, it in CHAT["data"].items()}},
        [
            "error at /data/text: missing",
            "note at /data/txt: no such field, readers ignore it; did you mean text?",
        ],
    ),
    "misspelt nested field": (
        CHAT | {"data": CHAT["data"] | {"visitor": {"name": "X", "mail": "x@y.example"}}},
        [
            "note at /data/visitor/mail: no such field, readers ignore it; did you mean email?",
            "ok: ",
        ],
    ),
    "number in quotes": (
        METRIC | {"data": METRIC["data"] | {"count": "57"}},
        ["error at /data/count: input should be a valid integer"],
    ),
    "value outside of a closed enum": (
        METRIC | {"data": METRIC["data"] | {"direction": "up"}},
        ["error at /data/direction: input should be 'lower-is-better', "],
    ),
    "nested field": (
        TICKET | {"data": TICKET["data"] | {"ticket": TICKET["data"]["ticket"] | {"id": "no"}}},
        ["error at /data/ticket/id: input should be a valid UUID"],
    ),
    "time without zone": (
        CHAT | {"data": CHAT["data"] | {"sent_at": "2026-11-02T08:22:40"}},
        ["error at /data/sent_at: input should have timezone info"],
    ),
    "wrong partition key": (
        CHAT | {"partitionkey": "visitor-9"},
        ["error at /partitionkey: must be web-7f3a91 (chat session id), or order is lost"],
    ),
    "wrong key": (
        CHAT | {"key": "visitor-9"},
        ["error at /key: must be web-7f3a91 (chat session id), or order is lost"],
    ),
    "no key": (
        {name: value for name, value in CHAT.items() if name != "partitionkey"},
        ["note at the whole document: no key was given: the record's must be web-7f3a91", "ok: "],
    ),
    "inbound from no channel account": (
        CHAT | {"source": "my-adapter"},
        ["error at /source: inbound events come from a channel account: /channels/<account id>"],
    ),
    "another tenant in the data": (
        METRIC | {"data": METRIC["data"] | {"tenant": "other"}},
        ["error at /partitionkey: must be other/", "error at /tenant: the data speak of other"],
    ),
    "both bodies of a mail": (
        MAIL
        | {
            "data": MAIL["data"] | {"blob": {"key": "ingest/demo/x", "size": 1, "sha256": "0" * 64}}
        },
        ["error at /data: value error, exactly one of raw and blob must be given"],
    ),
    "another's attribute that is no attribute": (
        CHAT | {"sampled": True, "weight": 1.5, "extra": {"a": 1}},
        [
            "error at /extra: an attribute is text, a whole number, true or false",
            "note at /sampled: no attribute of ours, ignored",
            "error at /weight: an attribute is text, a whole number, true or false",
        ],
    ),
    "sequence that is no bigint": (
        CHAT | {"sequence": 2**63},
        ["error at /sequence: sequence is no decimal number from 0 to 9223372036854775807"],
    ),
    "time that only a lenient reader knows": (
        CHAT | {"time": "2026-11-02T08:22Z"},
        ["error at /time: time is no RFC 3339 time with its zone"],
    ),
    "nul": (
        CHAT | {"data": CHAT["data"] | {"text": "a\0b"}},
        ["note at /data: NUL characters are dropped on reading", "ok: "],
    ),
    "too large": (
        CHAT | {"data": CHAT["data"] | {"padding": "x" * 1_000_000}},
        ["note at /data/padding: no such field", "error at /data: 10"],
    ),
}


@pytest.mark.parametrize(("document", "expected"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_said_with_its_place(
    document: dict[str, Any], expected: list[str]
) -> None:
    found = lines(document)
    assert len(found) == len(expected), found
    assert all(line.startswith(start) for line, start in zip(found, expected, strict=True)), found


def test_places_are_those_of_the_document_as_it_was_given() -> None:
    without_tenant = CHAT | {"tenant": None}
    assert lines(binary(without_tenant)) == ["error at /attributes/tenant: missing"]
    assert lines(with_headers(without_tenant)) == ["error at /headers/ce_tenant: missing"]
    xml = with_headers(CHAT | {"datacontenttype": "text/xml"})
    assert lines(xml)[0].startswith("error at /headers/content-type: ")


@pytest.mark.parametrize(
    ("document", "start"),
    [
        (b"", "error at the whole document: no JSON: "),
        (b"\xff\xfe", "error at the whole document: no JSON: "),
        (b"[" * 5000, "error at the whole document: no JSON: "),
        (b"[]", "error at the whole document: no JSON object"),
        (b"x" * 5_000_000, "error at the whole document: longer than"),
    ],
)
def test_what_is_no_event_at_all_is_said_so(document: bytes, start: str) -> None:
    report = validate(document)
    assert not report.ok
    assert [line.startswith(start) for line in report.lines()] == [True]


def run(*arguments: str, given: bytes = b"") -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "shared.contracts", *arguments],
        cwd=ROOT,
        input=given,
        capture_output=True,
        check=False,
    )
    assert done.stderr == b""
    return done.returncode, done.stdout.decode()


def test_the_command_reads_a_file_or_standard_input_and_exits_by_the_result() -> None:
    path = PATHS[0]
    assert run("validate", str(path)) == run("validate", "-", given=path.read_bytes())
    assert run("validate", str(path))[0] == 0
    assert run("validate", "-", given=b"{}")[0] == 1


def test_a_file_that_cannot_be_read_is_one_line() -> None:
    for file in ("no/such/file.json", "."):
        code, printed = run("validate", file)
        assert code == 1
        assert printed.startswith(f"error: {file} cannot be read: ")
        assert printed.count("\n") == 1
