"""The issuer's keys: found anew, taken back, and kept while the issuer is away."""

import asyncio
import json
from pathlib import Path

import pytest
from joserfc.jwk import OKPKey
from pydantic import HttpUrl

from shared.service import tokens
from shared.service.api import Api
from shared.service.claims import BadToken, TokenReader
from shared.service.keys import KeysUnavailable, PublicKeys, parse, source, write_pair
from shared.service.server import HttpServer
from shared.service.settings import AuthSettings, BadSettings
from tests.shared.service.signing import sign


@pytest.fixture
def settings(tmp_path: Path) -> AuthSettings:
    key_file = tmp_path / "dev.json"
    return AuthSettings(dev_key_file=key_file, jwks_file=tokens.make_keys(key_file))


@pytest.fixture
def signing_key(settings: AuthSettings) -> OKPKey:
    return OKPKey.import_key(json.loads(settings.dev_key_file.read_text()))


async def test_a_new_key_is_found_and_strangers_do_not_wear_the_issuer_out(
    settings: AuthSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = (OKPKey.generate_key("Ed25519", auto_kid=True) for _ in range(2))
    shown, fetched, now = [old], 0, 1000.0

    async def fetch() -> bytes:
        nonlocal fetched
        fetched += 1
        return json.dumps({"keys": [key.as_dict(private=False) for key in shown]}).encode()

    monkeypatch.setattr("shared.service.keys.time.monotonic", lambda: now)
    reader = TokenReader(settings, PublicKeys(fetch, 300))
    assert await reader.read(sign(old))
    shown[:] = [new]
    for _ in range(5):
        with pytest.raises(BadToken):
            await reader.read(sign(new))
    assert fetched == 1
    now += 11
    assert await reader.read(sign(new))
    assert fetched == 2
    with pytest.raises(BadToken, match="does not show"):
        await reader.read(sign(old, jti="t2"))


async def test_a_key_taken_back_ends_tokens_that_were_seen_before(
    settings: AuthSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = (OKPKey.generate_key("Ed25519", auto_kid=True) for _ in range(2))
    shown, now = [old], 1000.0

    async def fetch() -> bytes:
        return json.dumps({"keys": [key.as_dict(private=False) for key in shown]}).encode()

    monkeypatch.setattr("shared.service.keys.time.monotonic", lambda: now)
    reader = TokenReader(settings, PublicKeys(fetch, 300))
    token = sign(old)
    assert await reader.read(token)
    shown[:] = [new]
    now += 301
    with pytest.raises(BadToken, match="does not show"):
        await reader.read(token)


async def test_keys_once_read_stay_in_use_while_the_issuer_is_away(
    settings: AuthSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, now, away = OKPKey.generate_key("Ed25519", auto_kid=True), 1000.0, False

    async def fetch() -> bytes:
        if away:
            raise ConnectionRefusedError
        return json.dumps({"keys": [key.as_dict(private=False)]}).encode()

    monkeypatch.setattr("shared.service.keys.time.monotonic", lambda: now)
    reader = TokenReader(settings, PublicKeys(fetch, 300))
    assert await reader.read(sign(key))
    away, now = True, now + 4000
    assert await reader.read(sign(key, jti="t2"))


async def test_an_issuer_that_was_never_reached_is_not_the_callers_fault(
    tmp_path: Path, signing_key: OKPKey
) -> None:
    settings = AuthSettings(jwks_file=tmp_path / "none.json")
    reader = TokenReader(settings, PublicKeys(source(settings), 300))
    with pytest.raises(KeysUnavailable):
        await reader.read(sign(signing_key))


def test_no_issuer_at_all_is_a_bad_setting() -> None:
    with pytest.raises(BadSettings, match="AUTH_JWKS_URL or AUTH_JWKS_FILE"):
        source(AuthSettings())


def test_private_parts_of_a_jwks_are_dropped(tmp_path: Path) -> None:
    key = OKPKey.generate_key("Ed25519", auto_kid=True)
    write_pair(tmp_path / "k.json", key)
    (read,) = parse(json.dumps({"keys": [key.as_dict(private=True)]}).encode())
    assert not read.is_private


async def test_keys_are_read_from_an_address(tmp_path: Path, signing_key: OKPKey) -> None:
    app, stop = Api.bare("issuer", "", body_limit=1024), asyncio.Event()

    @app.get("/jwks")
    async def jwks() -> dict[str, object]:
        return {"keys": [signing_key.as_dict(private=False)]}

    server = HttpServer(app, "127.0.0.1", 0)
    serving = asyncio.create_task(server.run(stop))
    settings = AuthSettings(jwks_url=HttpUrl(f"http://127.0.0.1:{server.port}/jwks"))
    reader = TokenReader(settings, PublicKeys(source(settings), 300))
    assert await reader.read(sign(signing_key))
    settings = AuthSettings(jwks_url=HttpUrl(f"http://127.0.0.1:{server.port}/nothing"))
    with pytest.raises(KeysUnavailable):
        await TokenReader(settings, PublicKeys(source(settings), 300)).read(sign(signing_key))
    stop.set()
    await serving
