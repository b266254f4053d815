"""The command line of a service: one clear line for what cannot be done, and its exit code."""

import socket

import pytest

from shared.service import AuthSettings, run
from shared.service.api import Api
from shared.service.health import Health
from shared.service.server import HttpServer, PortBusy
from shared.storage import DatabaseSettings
from shared.testing.access import Access
from tests.shared.service.notes.service import GREET, NoteSettings, build

NOWHERE = "postgresql://u:hush@127.0.0.1:1/x"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, access: Access) -> None:
    monkeypatch.setenv("DATABASE_URL", NOWHERE)
    for name, value in access.environment.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("DATABASE_URL", "", "DATABASE_URL"),
        ("DATABASE_URL", "mysql://u:hush@db/x", "DATABASE_URL"),
        ("NOTES_HTTP_PORT", "many", "NOTES_HTTP_PORT"),
        ("AUTH_JWKS_URL", "hush", "AUTH_JWKS_URL"),
        ("LOG_LEVEL", "LOUD", "LOG_LEVEL"),
    ],
)
def test_a_bad_setting_is_one_clear_line(
    name: str,
    value: str,
    words: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv(name, value)
    assert run.run(build, (), ["api"]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert words in said
    assert "hush" not in said


@pytest.mark.parametrize("arguments", [[], ["dance"], ["parked"], ["parked", "show", "x"]])
def test_wrong_arguments_are_explained(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        run.run(build, [GREET], arguments)
    assert "usage" in capsys.readouterr().err


def test_the_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        run.run(build, [GREET], ["--help"])
    said = capsys.readouterr().out
    for command in ("consume", "relay", "api", "tick", "all", "migrate", "parked", "greet"):
        assert command in said


def test_an_api_without_an_issuers_keys_does_not_start() -> None:
    settings = NoteSettings(
        database=DatabaseSettings(url=NOWHERE), auth=AuthSettings(jwks_file=None)
    )
    with pytest.raises(run.BadSettings, match="AUTH_JWKS_URL or AUTH_JWKS_FILE"):
        run.Process(build(settings), ["api"])


def test_a_busy_port_is_named() -> None:
    app = Api.bare("test", "", body_limit=1024)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortBusy, match=f"cannot listen on 127.0.0.1:{port}: "):
            HttpServer(app, "127.0.0.1", port)
    with pytest.raises(PortBusy, match=r"cannot listen on 203\.0\.113\.9:80"):
        HttpServer(app, "203.0.113.9", 80)


async def test_a_database_that_is_away_is_named_and_never_its_password(access: Access) -> None:
    settings = NoteSettings(database=DatabaseSettings(url=NOWHERE), auth=access.settings)
    service = build(settings)
    said = await Health(service).readiness()
    assert not said.ready
    (check,) = said.checks
    assert check.reason is not None
    assert check.reason.startswith("not reachable")
    assert "hush" not in check.reason
    await service.database.dispose()
