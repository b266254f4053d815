"""Which tokens are believed."""

import base64
import json
import time
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, OKPKey, RSAKey

from shared.service import tokens
from shared.service.claims import BadToken, TokenReader
from shared.service.keys import PublicKeys, source
from shared.service.settings import AuthSettings
from tests.shared.service.signing import claims, part, sign


@pytest.fixture
def settings(tmp_path: Path) -> AuthSettings:
    key_file = tmp_path / "dev.json"
    return AuthSettings(dev_key_file=key_file, jwks_file=tokens.make_keys(key_file))


@pytest.fixture
def reader(settings: AuthSettings) -> TokenReader:
    return TokenReader(settings, PublicKeys(source(settings), settings.jwks_max_age))


@pytest.fixture
def signing_key(settings: AuthSettings) -> OKPKey:
    return OKPKey.import_key(json.loads(settings.dev_key_file.read_text()))


async def test_a_dev_token_is_believed(reader: TokenReader, settings: AuthSettings) -> None:
    token = tokens.issue(
        settings, tenant="demo", kind="agent", subject="a1", scope="kpis:read", roles=["editor"]
    )
    read = await reader.read(token)
    assert (read.tenant, read.subject, read.kind) == ("demo", "a1", "agent")
    assert read.scopes == {"kpis:read", "articles:read", "articles:write"}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"exp": 1}, "expired"),
        ({"exp": None}, "exp"),
        ({"exp": "soon"}, "exp"),
        ({"nbf": 4102444800}, "nbf|not valid|times"),
        ({"iat": 4102444800}, "iat|times"),
        ({"iss": "https://elsewhere.example"}, "iss"),
        ({"iss": None}, "iss"),
        ({"aud": "another"}, "aud"),
        ({"aud": ["another", "third"]}, "aud"),
        ({"aud": None}, "aud"),
        ({"tenant": None}, "tenant"),
        ({"tenant": "Demo"}, "tenant"),
        ({"tenant": "../demo"}, "tenant"),
        ({"tenant": 7}, "tenant"),
        ({"sub": None}, "sub"),
        ({"sub": "a\x00b"}, "sub"),
        ({"kind": None}, "kind"),
        ({"kind": "robot"}, "kind"),
        ({"jti": None}, "jti"),
        ({"scope": ["kpis:read"]}, "scope"),
    ],
)
async def test_a_token_with_a_wrong_claim_is_refused_by_name(
    reader: TokenReader, signing_key: OKPKey, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(BadToken, match=words):
        await reader.read(sign(signing_key, **changes))


async def test_several_audiences_are_fine_when_ours_is_among_them(
    reader: TokenReader, signing_key: OKPKey
) -> None:
    assert await reader.read(sign(signing_key, aud=["other", "deskstream"]))


async def test_a_leeway_covers_clocks_that_differ(reader: TokenReader, signing_key: OKPKey) -> None:
    now = int(time.time())
    assert await reader.read(sign(signing_key, exp=now - 10, nbf=now + 10))


async def test_a_token_without_signature_is_refused(reader: TokenReader) -> None:
    for algorithm in ("none", "None", "NONE"):
        token = f"{part({'alg': algorithm})}.{part(claims())}."
        with pytest.raises(BadToken):
            await reader.read(token)


async def test_the_public_key_cannot_be_used_as_a_shared_secret(
    reader: TokenReader, settings: AuthSettings, signing_key: OKPKey
) -> None:
    assert settings.jwks_file is not None
    public = json.loads(settings.jwks_file.read_text())["keys"][0]["x"]
    secret = OctKey.import_key(base64.urlsafe_b64decode(public + "=") + b"\0" * 32)
    with pytest.raises(BadToken, match="signed by one of"):
        await reader.read(sign(secret, "HS256", kid=signing_key.kid))


async def test_another_key_of_the_same_name_is_refused(
    reader: TokenReader, signing_key: OKPKey
) -> None:
    other = OKPKey.generate_key("Ed25519")
    with pytest.raises(BadToken, match="signature"):
        await reader.read(sign(other, kid=signing_key.kid))


async def test_another_key_is_refused(reader: TokenReader) -> None:
    other = OKPKey.generate_key("Ed25519", auto_kid=True)
    with pytest.raises(BadToken, match="does not show"):
        await reader.read(sign(other))


async def test_a_changed_token_is_refused(reader: TokenReader, signing_key: OKPKey) -> None:
    head, _, signature = sign(signing_key).split(".")
    with pytest.raises(BadToken, match="signature"):
        await reader.read(f"{head}.{part(claims(scope='tenants:write'))}.{signature}")


async def test_a_key_that_comes_with_the_token_is_not_believed(reader: TokenReader) -> None:
    own = OKPKey.generate_key("Ed25519", auto_kid=True)
    header = {"alg": "Ed25519", "jwk": own.as_dict(private=False)}
    token = jwt.encode(header, claims(), own, algorithms=["Ed25519"])
    with pytest.raises(BadToken):
        await reader.read(token)


@pytest.mark.parametrize(
    "text", ["", "x", "a.b.c", "a.b", "....", "é.é.é", "a" * 9000, "eyJ9.e30."]
)
async def test_what_is_no_token_is_refused(reader: TokenReader, text: str) -> None:
    with pytest.raises(BadToken):
        await reader.read(text)


async def test_a_token_seen_before_still_expires(
    reader: TokenReader, signing_key: OKPKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = sign(signing_key)
    assert await reader.read(token)
    later = time.time() + 120
    monkeypatch.setattr("shared.service.claims.time.time", lambda: later)
    with pytest.raises(BadToken, match="expired"):
        await reader.read(token)


async def test_rs256_and_the_older_name_of_ed25519_are_believed(settings: AuthSettings) -> None:
    rsa = RSAKey.generate_key(2048, auto_kid=True)
    edwards = OKPKey.generate_key("Ed25519", auto_kid=True)
    keys = {"keys": [rsa.as_dict(private=False), edwards.as_dict(private=False)]}

    async def fetch() -> bytes:
        return json.dumps(keys).encode()

    reader = TokenReader(settings, PublicKeys(fetch, 300))
    assert await reader.read(sign(rsa, "RS256"))
    with pytest.warns(Warning, match="EdDSA"):
        token = sign(edwards, "EdDSA")
    assert await reader.read(token)
