"""What `make conformance` says of the mails."""

from pathlib import Path

import pytest

from tests.conformance import mails
from tests.conformance.mails import Outcome, table


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of reference data with two folders of mails."""
    for name in ("mime/rfc", "bounces/mail"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "1.eml").write_bytes(b"Subject: one\n\nOne.\n")
    monkeypatch.setattr(mails, "DATA", tmp_path)
    return tmp_path


def test_without_the_folders_it_says_which_is_missing_and_how_to_name_another(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert mails.missing() is None
    monkeypatch.setattr(mails, "DATA", data / "elsewhere")
    said = mails.missing() or ""
    assert "elsewhere/mime" in said
    assert "DESKSTREAM_DATA" in said


def test_every_mail_is_counted_in_its_folder_and_told_when_it_is_no_message(data: Path) -> None:
    rfc, bounce = sorted(mails.mails(), reverse=True)
    said = table([Outcome(rfc, "message"), Outcome(bounce, "parked", "missing-blob: gone")])
    lines = [line.split() for line in said.splitlines()]
    assert lines[1] == ["mime/rfc", "1", "1", "0", "0", "0"]
    assert lines[2] == ["bounces/mail", "1", "0", "1", "0", "0"]
    assert lines[3] == ["all", "2", "1", "1", "0", "0"]
    assert said.endswith("bounces/mail/1.eml: parked: missing-blob: gone")


def test_only_a_parked_mail_whose_reader_did_not_raise_is_as_good_as_a_message() -> None:
    kinds = [("message", ""), ("parked", "missing-blob: gone"), ("parked", "failed: KeyError"),
             ("refused", "413"), ("lost", "")]  # fmt: skip
    wrong = [Outcome(Path("1.eml"), kind, detail).is_wrong for kind, detail in kinds]
    assert wrong == [False, False, True, True, True]
