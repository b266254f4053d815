"""The command that says what mails say."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from services.ingest.domain.mail import parse
from services.ingest.normalize import line
from tests.ingest import mailroom

FIELDS = [
    "file", "kind", "from", "to", "cc", "reply_to", "subject", "message_id", "in_reply_to",
    "references", "date", "text", "quoted", "has_html", "language", "attachments", "bounce",
    "warnings",
]  # fmt: skip


def said(raw: bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(line("1.eml", parse(raw)))
    return found


def run(*arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "services.ingest", "normalize", *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, check=False)


def test_each_mail_is_one_line_and_a_file_that_cannot_be_read_is_told_apart(tmp_path: Path) -> None:
    good, nothing, absent = tmp_path / "good.eml", tmp_path / "empty.eml", tmp_path / "absent.eml"
    good.write_bytes(mailroom.letter(text="Ünïcode\n\nhere"))
    nothing.write_bytes(b"")
    done = run(*map(str, (absent, good, tmp_path, nothing, "-")), stdin=b"Subject: piped\n\nHi")
    shown = [json.loads(found) for found in done.stdout.splitlines()]
    assert [one["file"] for one in shown] == [str(good), str(nothing), "-"]
    assert [list(one) for one in shown] == [FIELDS] * 3
    assert (shown[0]["text"], shown[2]["subject"]) == ("Ünïcode\n\nhere", "piped")
    complaints = done.stderr.decode().splitlines()
    assert [complaint.split(":")[0] for complaint in complaints] == ["normalize", "normalize"]
    assert "absent.eml" in complaints[0]
    assert done.returncode == 1
    assert run(str(good)).returncode == 0


def test_a_line_breaks_for_no_reader_at_a_character_inside() -> None:
    text = "one\x85two\u2028three\u2029four"
    shown = line("1\u2028.eml", parse(mailroom.letter(text=text))).decode()
    assert len(shown.splitlines()) == 1
    found = json.loads(shown)
    assert {"\x85", "\u2028", "\u2029"} <= set(found["text"] + found["file"])


def test_a_mail_shows_its_people_ids_date_and_files() -> None:
    found = said(
        mailroom.letter(
            reply_to="<p@x>", references="<o@x> <p@x>", Cc="Bo <bo@example.com>",
            Reply_To="desk@example.com, team@example.com", Date="Mon, 2 Mar 2026 13:00:00 +0200",
        )
    )  # fmt: skip
    assert found["from"] == {"name": "Ana", "address": "ana@example.com"}
    assert found["cc"] == [{"name": "Bo", "address": "bo@example.com"}]
    assert [one["address"] for one in found["reply_to"]] == ["desk@example.com", "team@example.com"]
    assert (found["message_id"], found["in_reply_to"]) == ("<1@example.com>", "<p@x>")
    assert (found["references"], found["date"]) == (["<o@x>", "<p@x>"], "2026-03-02T11:00:00+00:00")
    assert (found["kind"], found["bounce"], found["warnings"]) == ("message", None, [])


@pytest.mark.parametrize(
    ("raw", "warning"),
    [
        (b"Subject: x\n\nHi", "no-message-id"),
        (b"Subject: x\n\nHi", "no-date"),
        (b"Date: sometime\n\nHi", "bad-date"),
        (b"Subject: x\n\nHi", "no-sender"),
        (b"Content-Type: multipart/mixed\n\nHi", "no-boundary"),
        (b"Content-Type: multipart/mixed; boundary=x\n\nHi", "wrong-boundary"),
        (b"Content-Transfer-Encoding: base64\n\n!!! no such thing !!!", "bad-transfer-encoding"),
        (b"Content-Type: application/ms-tnef\n\nbroken", "unreadable-tnef"),
    ],
)
def test_what_is_wrong_with_a_mail_is_told(raw: bytes, warning: str) -> None:
    assert warning in said(raw)["warnings"]


def test_an_id_that_the_mail_has_not_is_not_shown() -> None:
    assert said(b"Subject: x\n\nHi")["message_id"] is None
    assert parse(b"Subject: x\n\nHi").message_id.endswith("@no-message-id.invalid>")


def test_a_lone_half_of_a_character_does_not_break_the_line() -> None:
    assert b"\n" not in line("\udcff.eml", parse(b"Subject: \xff\xfe\n\n\xed\xa0\x80"))
