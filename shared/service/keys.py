"""The issuer's public keys: fetched once, kept, read again when old or when one is missing."""

from __future__ import annotations

import asyncio
import json
import logging
import time
import urllib.request
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OKPKey, RSAKey

from shared.service.settings import AuthSettings, BadSettings

log = logging.getLogger(__name__)
PublicKey = OKPKey | RSAKey
# A stranger may send any key id; without this pause each of them would cost the issuer a request.
_MISS_PAUSE: Final = 10.0
_FETCH_TIMEOUT: Final = 5.0
_LARGEST: Final = 1024 * 1024
_KEY_TYPES: Final = {"RS256": "RSA", "Ed25519": "OKP", "EdDSA": "OKP"}


class KeysUnavailable(Exception):
    """The issuer's keys could not be read, and none were read before."""


class PublicKeys:
    """The keys by id. Keys once read stay in use while the issuer is away."""

    def __init__(self, fetch: Callable[[], Awaitable[bytes]], max_age: float) -> None:
        self._fetch = fetch
        self._max_age = max_age
        self._keys: list[PublicKey] = []
        self._read_at = float("-inf")
        self._tried_at = float("-inf")
        self._reading = asyncio.Lock()
        self.generation = 0
        """Goes up whenever the keys changed: what was verified before must be verified again."""

    async def find(self, kid: str | None, algorithm: str) -> PublicKey | None:
        """The key for a token's header, or None; raises KeysUnavailable when none could be read."""
        await self.refresh()
        if (key := self._matching(kid, algorithm)) is None and kid is not None:
            await self._refresh(_MISS_PAUSE)
            key = self._matching(kid, algorithm)
        return key

    async def refresh(self) -> None:
        """Read the keys again when they are older than the settings allow."""
        if time.monotonic() - self._read_at > self._max_age:
            await self._refresh(_MISS_PAUSE if self._keys else 0.0)
        if not self._keys:
            raise KeysUnavailable

    async def _refresh(self, pause: float) -> None:
        async with self._reading:
            if time.monotonic() - self._tried_at < pause:
                return
            self._tried_at = time.monotonic()
            try:
                keys = parse(await self._fetch())
            except (OSError, ValueError, JoseError) as error:
                log.warning("the issuer's keys cannot be read", extra={"reason": repr(error)})
                return
            self._read_at = time.monotonic()
            if _ids(keys) != _ids(self._keys):
                self.generation += 1
            self._keys = keys

    def _matching(self, kid: str | None, algorithm: str) -> PublicKey | None:
        fitting = [key for key in self._keys if _fits(key, algorithm)]
        if kid is None:
            # Without an id the choice must be certain.
            return fitting[0] if len(fitting) == 1 else None
        return next((key for key in fitting if key.kid == kid), None)


def source(settings: AuthSettings) -> Callable[[], Awaitable[bytes]]:
    """How to read the JWKS document; raises BadSettings when neither address nor file is set."""
    if settings.jwks_url is not None:
        url = str(settings.jwks_url)
        return lambda: asyncio.to_thread(_download, url)
    if settings.jwks_file is not None:
        path = settings.jwks_file
        return lambda: asyncio.to_thread(path.read_bytes)
    raise BadSettings("AUTH_JWKS_URL or AUTH_JWKS_FILE is not set: nobody's tokens can be believed")


def parse(document: bytes) -> list[PublicKey]:
    """The keys of a JWKS document that can verify our algorithms; private parts are dropped."""
    keys = KeySet.import_key_set(json.loads(document)).keys
    usable = [key for key in keys if isinstance(key, (OKPKey, RSAKey))]
    if not usable:
        raise ValueError("the JWKS document has no RSA or Ed25519 key")
    return [_public(key) for key in usable]


def write_pair(path: Path, key: OKPKey) -> Path:
    """Keep a private key at the path (readable by its owner only) and its JWKS beside it.

    Returns the path of the JWKS file.
    """
    public = path.with_suffix(".jwks.json")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.touch(mode=0o600, exist_ok=False)
    path.write_text(json.dumps(key.as_dict(private=True)))
    public.write_text(json.dumps({"keys": [key.as_dict(private=False)]}))
    return public


def _download(url: str) -> bytes:
    # The settings allow http and https only, so no file: address can come here.
    with urllib.request.urlopen(url, timeout=_FETCH_TIMEOUT) as answer:  # noqa: S310
        body: bytes = answer.read(_LARGEST + 1)
    if len(body) > _LARGEST:
        raise ValueError("the JWKS document is larger than 1 MiB")
    return body


def _public(key: PublicKey) -> PublicKey:
    bare = key.as_dict(private=False)
    return RSAKey.import_key(bare) if isinstance(key, RSAKey) else OKPKey.import_key(bare)


def _fits(key: PublicKey, algorithm: str) -> bool:
    if key.key_type != _KEY_TYPES.get(algorithm):
        return False
    declared = key.get("alg")
    signing = key.get("use") in (None, "sig")
    same = declared in (None, algorithm) or {declared, algorithm} == {"EdDSA", "Ed25519"}
    return signing and same


def _ids(keys: list[PublicKey]) -> list[str]:
    return sorted(key.thumbprint() for key in keys)
