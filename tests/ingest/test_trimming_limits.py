"""Trimming loses nothing, ends in time, and parts a reference set as its makers did."""

import json
import subprocess
import sys
import time
import timeit
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.ingest.domain.trimming import trim

REFERENCE = Path(__file__).parents[3] / "shared" / "data" / "reply-trim"
WROTE = "On Tue, Mar 5, 2024 at 9:41 AM Ada Reyes <ada@shop.example> wrote:"
NOTICE = (
    "This e-mail and any attachments are confidential and intended solely for the addressee. "
    "If you have received it in error, please notify the sender and delete it."
)

PIECES = st.sampled_from(
    [
        *("", "", " ", "Hello.", "> quoted", ">> deeper", WROTE, "> wrote:", "wrote:", "--", "-- "),
        *("Sent from my iPhone", "____________", "From: a@b.example", "Sent: 9:41", "To: c", "```"),
        *("Subject: x", "-----Original Message-----", "Begin forwarded message:", "On 5/3/24 a <b"),
        *("[EXTERNAL]", NOTICE, "AB> x", "\u202b:", "2024-03-05 10:00 GMT+01:00 Ada"),
    ]
)
BODIES = st.one_of(
    st.lists(PIECES, max_size=25).map("\n".join), st.text(max_size=300), st.text(" \r\n:>-@<1a")
)


def said(text: str) -> list[str]:
    """Its lines that are not blank, without their trailing blanks."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return [line.rstrip() for line in lines if line.strip()]


@settings(max_examples=400, deadline=None)
@given(BODIES)
def test_every_line_is_in_the_text_or_in_the_quote(body: str) -> None:
    trimmed = trim(body)
    assert sorted(said(trimmed.text) + said(trimmed.quoted)) == sorted(said(body))
    order = iter(said(body))
    assert all(line in order for line in said(trimmed.text))
    order = iter(said(body))
    assert all(line in order for line in said(trimmed.quoted))


@settings(max_examples=400, deadline=None)
@given(BODIES)
def test_the_text_is_empty_only_if_nothing_was_said(body: str) -> None:
    assert bool(trim(body).text.strip()) == bool(body.strip())


@pytest.mark.parametrize(
    "piece",
    [
        *(":", ">", " ", "\n", "\r", "a", "<", "x:\n", "a@b>\n", "--\n", "_____\n", "```\n", "\t"),
        *(f"{WROTE}\n", "> a\nb\n", "From: a@b\n", "Subject: x\n\n", "Sent from my iPhone\n\n"),
        *("On 3 May <a\n> wrote:\n", "-----Original Message-----\n", "virus-free.\n\n", "1.1."),
        *("confidential ", "my ", "von ", "On 2024 ", "x:\n\n\n\n"),
    ],
)
def test_a_megabyte_of_anything_takes_less_than_a_second(piece: str) -> None:
    body = piece * (1_000_000 // len(piece))
    # The quickest of three: others at work make some of them slow.
    assert min(_seconds(body) for _ in range(3)) < 1


def _seconds(body: str) -> float:
    """CPU time of one trimming."""
    begin = time.process_time()
    trim(body)
    return time.process_time() - begin


def test_an_ordinary_mail_takes_a_fraction_of_a_millisecond() -> None:
    words = "The lamp came without its plug, and the number of my order is 4711.\n\n" * 14
    body = f"{words}\n{WROTE}\n" + "> Which of the lamps do you mean, and where do you live?\n" * 18
    took = min(timeit.repeat(lambda: trim(body), number=20, repeat=10)) / 20
    print(f"reply trimming: {took * 1e6:.0f} µs for {len(body)} characters")
    assert took < 0.001


def test_what_follows_ten_thousand_lines_is_kept() -> None:
    body = "\n".join(f"line {number}" for number in range(20_000))
    assert trim(body).text == body
    trimmed = trim(f"Yes.\n\n{WROTE}\n{body}")
    assert trimmed.text == "Yes."
    assert trimmed.quoted.endswith(body[-1000:])


def test_the_reference_set_is_parted_as_its_makers_did() -> None:
    if not REFERENCE.is_dir():
        pytest.skip(f"the reference data is not there: {REFERENCE.name}")
    rows = [json.loads(row) for row in (REFERENCE / "expected.jsonl").read_text().splitlines()]
    exact = empty = 0
    for row in rows:
        body = (REFERENCE / row["file"]).read_bytes().decode()
        wanted = (REFERENCE / row["trimmed"]).read_bytes().decode()
        text = trim(body).text
        exact += said_with_blanks(text) == said_with_blanks(wanted)
        empty += bool(body.strip()) and not text.strip()
    print(f"reply trimming: {exact} of {len(rows)} exact, {empty} empty")
    assert exact >= 58
    assert empty == 0


def said_with_blanks(text: str) -> list[str]:
    return [line.rstrip() for line in text.rstrip().splitlines()]


def test_the_command_prints_the_text_whatever_the_character_set() -> None:
    body = f"Grüße aus Köln\n\n{WROTE}\n> Which lamp?\n"
    for charset in ("utf-8", "cp1252"):
        done = subprocess.run(
            [sys.executable, "-m", "services.ingest", "trim"],
            input=body.encode(charset),
            capture_output=True,
            check=True,
            cwd=Path(__file__).parents[2],
        )
        assert done.stdout.decode() == "Grüße aus Köln\n"
