"""Kinds, measured on reference mails that nobody here wrote."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from services.ingest.domain.mail import ParsedMail, parse
from tests.ingest.mangling import DATA

KIND_RIGHT = 0.97
HARD_RIGHT = 0.88


@pytest.fixture(autouse=True)
def _data() -> None:
    absent = [name for name in ("bounces", "mime") if not (DATA / name).is_dir()]
    if absent:
        pytest.skip(f"the reference mails are missing: {DATA} has no {' and no '.join(absent)}")


@cache
def read() -> list[tuple[Path, list[dict[str, object]], ParsedMail]]:
    """Every reference mail with what is expected of it and what we make of it."""
    lines = (DATA / "bounces" / "expected.jsonl").read_text(encoding="utf-8").splitlines()
    rows = (json.loads(line) for line in lines)
    return [
        (path, row["expected"], parse(path.read_bytes()))
        for row in rows
        for path in [DATA / "bounces" / row["file"]]
    ]


def kind_of(expected: list[dict[str, object]]) -> str:
    """The kind of a mail with these rows."""
    reasons = {row["reason"] for row in expected}
    if not reasons:
        return "message"
    return {"feedback": "complaint", "vacation": "auto-reply"}.get(str(reasons.pop()), "bounce")


def bounces() -> Iterator[tuple[Path, set[object], ParsedMail]]:
    """Bounces, each with what is right to say of hard: one recipient of several may be gone."""
    for path, expected, mail in read():
        if kind_of(expected) == "bounce":
            yield path, {row["hard"] for row in expected}, mail


def test_the_kind_is_right() -> None:
    wrong = [path.name for path, expected, mail in read() if mail.kind != kind_of(expected)]
    print(f"kind: {len(wrong)} of {len(read())} wrong: {wrong}")
    assert len(wrong) <= (1 - KIND_RIGHT) * len(read())


def test_hard_and_soft_are_right() -> None:
    found = list(bounces())
    wrong = [
        path.name for path, right, mail in found if not mail.bounce or mail.bounce.hard not in right
    ]
    print(f"hard: {len(wrong)} of {len(found)} wrong: {wrong}")
    assert len(wrong) <= (1 - HARD_RIGHT) * len(found)


def test_nearly_every_bounce_says_of_whom_and_most_of_which_mail() -> None:
    found = [mail.bounce for _, _, mail in bounces() if mail.bounce]
    assert sum(bounce.recipient is not None for bounce in found) >= 0.98 * len(found)
    assert sum(bounce.original_message_id is not None for bounce in found) >= 0.88 * len(found)


def test_ordinary_mails_are_messages() -> None:
    ordinary = [mail.kind for _, expected, mail in read() if not expected]
    assert set(ordinary) == {"message"}
    mails = sorted((DATA / "mime").rglob("*.eml"))
    assert {
        path.name: kind for path in mails if (kind := parse(path.read_bytes()).kind) != "message"
    } == {}
