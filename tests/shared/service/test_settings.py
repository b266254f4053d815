"""Settings: read once, described for READMEs, and refused in words."""

import pytest
from pydantic import Field
from pydantic_settings import SettingsConfigDict

from shared.service.settings import (
    AuthSettings,
    BadSettings,
    Port,
    ServiceSettings,
    describe,
    load,
)


class PostSettings(ServiceSettings):
    """A service of these tests."""

    model_config = SettingsConfigDict(env_prefix="POST_", extra="ignore")

    http_port: Port = Field(8009, description="Port of the API")
    stamps: int = Field(description="Stamps in the drawer")


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://post:secret@db/post")
    monkeypatch.setenv("POST_STAMPS", "7")


def test_a_service_reads_its_own_prefix_and_the_shared_parts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("POST_HTTP_PORT", "8100")
    monkeypatch.setenv("AUTH_ISSUER", "https://id.example")
    settings = load(PostSettings)
    assert (settings.http_port, settings.stamps) == (8100, 7)
    assert settings.auth.issuer == "https://id.example"
    assert settings.database.url == "postgresql://post:secret@db/post"


def test_another_prefix_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLA_HTTP_PORT", "1")
    monkeypatch.setenv("HTTP_PORT", "2")
    assert load(PostSettings).http_port == 8009


def test_a_missing_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("POST_STAMPS")
    with pytest.raises(BadSettings, match=r"^POST_STAMPS is not set$"):
        load(PostSettings)


def test_a_missing_variable_of_a_part_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL")
    with pytest.raises(BadSettings, match=r"^DATABASE_URL is not set$"):
        load(PostSettings)


def test_a_bad_value_is_explained_and_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "mysql://post:hush@db/post")
    with pytest.raises(BadSettings) as raised:
        load(PostSettings)
    assert str(raised.value).startswith("DATABASE_URL: ")
    assert "hush" not in str(raised.value)


def test_every_wrong_variable_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POST_STAMPS", "many")
    monkeypatch.setenv("POST_HTTP_PORT", "70000")
    with pytest.raises(BadSettings) as raised:
        load(PostSettings)
    assert "POST_STAMPS: " in str(raised.value)
    assert "POST_HTTP_PORT: " in str(raised.value)


def test_the_description_names_every_variable_with_default_and_meaning() -> None:
    rows = {row.name: row for row in describe(PostSettings)}
    assert rows["POST_STAMPS"] == ("POST_STAMPS", "required", "Stamps in the drawer")
    assert rows["POST_HTTP_PORT"].default == "8009"
    assert rows["DATABASE_URL"].default == "required"
    assert rows["AUTH_JWKS_URL"].default == "none"
    assert rows["KAFKA_ENABLE_IDEMPOTENCE"].default == "true"
    assert "DEBUG, INFO, WARNING, ERROR" in rows["LOG_LEVEL"].meaning
    assert all(row.meaning for row in rows.values())


def test_every_described_variable_is_really_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTH_JWKS_FILE", "keys.json")
    assert {row.name for row in describe(AuthSettings)} >= {"AUTH_JWKS_FILE"}
    assert str(load(AuthSettings).jwks_file) == "keys.json"
