"""Releases hold the stable types, and `check` refuses what breaks them or is stale."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from shared.contracts import released
from shared.contracts.released import ReleaseRefused, gate, release
from shared.contracts.schemas import ENVELOPE, all_schemas

ROOT = Path(__file__).parents[2]
CHAT = "support.inbound.chat.message-sent.v1"


def test_a_released_type_cannot_be_taken_away() -> None:
    schemas = all_schemas()
    del schemas[CHAT]
    assert [(name, change.what) for name, change in gate(schemas=schemas)] == [
        (CHAT, "the type was removed")
    ]


@pytest.mark.parametrize("version", ["0.1.0", "0.0.9", "1", "v1.0.0", "../1.0.0"])
def test_a_release_needs_a_version_above_the_last(version: str) -> None:
    with pytest.raises(ReleaseRefused):
        release(version)


def test_a_release_that_breaks_the_last_is_refused(tmp_path: Path) -> None:
    folder = release("1.0.0", tmp_path)
    kept = folder / "schemas" / f"{CHAT}.json"
    schema = json.loads(kept.read_text())
    schema["properties"]["mood"] = {"type": "string"}
    kept.write_text(json.dumps(schema))
    with pytest.raises(ReleaseRefused, match="mood: the field was removed"):
        release("1.1.0", tmp_path)


def test_a_type_that_is_called_a_draft_again_stays_in_every_release_to_come(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    release("1.0.0", tmp_path)
    monkeypatch.setattr(released, "stable", lambda: [ENVELOPE])
    release("1.1.0", tmp_path)
    schemas = all_schemas()
    del schemas[CHAT]["properties"]["text"]
    changes = [(name, change.what) for name, change in gate(tmp_path, schemas)]
    assert (CHAT, "the field was removed") in changes


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of what the commands need, to be broken."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "shared/contracts", tmp_path / "shared/contracts", ignore=ignored)
    shutil.copytree(ROOT / "deploy/topics", tmp_path / "deploy/topics")
    return tmp_path


def contracts(checkout: Path, *arguments: str) -> tuple[int, str]:
    run = subprocess.run(
        [sys.executable, "-m", "shared.contracts", *arguments],
        cwd=checkout,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.stderr == ""
    return run.returncode, run.stdout


def test_the_committed_files_are_up_to_date(checkout: Path) -> None:
    assert contracts(checkout, "check") == (0, "")


def test_check_names_what_is_stale_missing_or_too_many(checkout: Path) -> None:
    schemas = checkout / "shared/contracts/schemas"
    (schemas / "envelope.json").write_text("{}")
    (schemas / f"{CHAT}.json").unlink()
    (checkout / "deploy/topics/support.gone.v1.yaml").write_text("")
    code, printed = contracts(checkout, "check")
    assert code == 1
    assert [line.split()[1] for line in printed.splitlines()] == [
        "deploy/topics/support.gone.v1.yaml",
        "shared/contracts/schemas/envelope.json",
        f"shared/contracts/schemas/{CHAT}.json",
    ]
    assert contracts(checkout, "generate")[0] == 0
    assert contracts(checkout, "check") == (0, "")


def test_check_refuses_a_broken_stable_type_even_when_regenerated(checkout: Path) -> None:
    model = checkout / "shared/contracts/inbound.py"
    model.write_text(
        model.read_text().replace("    message_id: ExternalId", "    message: ExternalId")
    )
    assert contracts(checkout, "generate")[0] == 0
    code, printed = contracts(checkout, "check")
    assert code == 1
    assert f"{CHAT}: message_id: the field was removed. Refused" in printed
    assert f"{CHAT}: message: a required field was added. Refused" in printed


def test_check_lets_a_stable_type_grow_and_says_how_to_roll_it_out(checkout: Path) -> None:
    model = checkout / "shared/contracts/inbound.py"
    optional = '    page: str | None = Field(default=None, description="Address of the page.")\n'
    source = model.read_text()
    at = source.index("    session_id: ExternalId")
    model.write_text(source[:at] + optional + source[at:])
    assert contracts(checkout, "generate")[0] == 0
    code, printed = contracts(checkout, "check")
    assert code == 0
    grown = f"{CHAT}: page: an optional field was added. Allowed: roll out consumers first."
    assert grown in printed.splitlines()
