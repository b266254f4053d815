"""The dev issuer's command line."""

import json
import stat
from pathlib import Path

import pytest

from shared.service import tokens


@pytest.fixture(autouse=True)
def key_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "new" / "dev.json"
    monkeypatch.setenv("AUTH_DEV_KEY_FILE", str(path))
    return path


ISSUE = ["issue", "--tenant", "demo", "--kind", "service", "--subject", "shop", "--role", "adapter"]


def test_without_a_key_it_says_how_to_make_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert tokens.main(ISSUE) == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "python -m shared.service.tokens keys" in error


def test_keys_are_for_their_owner_only_and_the_public_half_holds_nothing_private(
    key_file: Path,
) -> None:
    assert tokens.main(["keys"]) == 0
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    (public,) = json.loads(key_file.with_suffix(".jwks.json").read_text())["keys"]
    assert "d" not in public
    assert public["alg"] == "Ed25519"


def test_keys_stay_unless_replacement_is_asked_for(key_file: Path) -> None:
    tokens.main(["keys"])
    first = key_file.read_text()
    tokens.main(["keys"])
    assert key_file.read_text() == first
    tokens.main(["keys", "--replace"])
    assert key_file.read_text() != first


def test_a_token_is_printed_alone_on_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    tokens.main(["keys"])
    capsys.readouterr()
    assert tokens.main(ISSUE) == 0
    printed = capsys.readouterr().out
    assert printed.count("\n") == 1
    assert printed.count(".") == 2


def test_a_damaged_key_gives_one_line(key_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tokens.main(["keys"])
    key_file.write_text("not a key: secret")
    assert tokens.main(ISSUE) == 1
    assert "secret" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--tenant", "Demo Inc"], "not a slug"),
        (["--ttl", "soon"], "not a duration"),
        (["--scope", "tickets:raed"], "unknown tickets:raed"),
        (["--kind", "robot"], "invalid choice"),
    ],
)
def test_a_wrong_argument_is_explained(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        tokens.main([*ISSUE, *arguments])
    assert words in capsys.readouterr().err
