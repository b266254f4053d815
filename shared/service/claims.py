"""What a bearer token says about its holder, once its signature and times have been checked."""

from __future__ import annotations

import hashlib
import re
import time
import warnings
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, Final, Literal

from joserfc import jws, jwt
from joserfc.errors import JoseError, SecurityWarning

from shared.service.keys import PublicKey, PublicKeys
from shared.service.roles import Scope, scopes_of
from shared.service.settings import AuthSettings

Kind = Literal["agent", "service"]
# Allowed signatures. EdDSA is the older name of Ed25519 (RFC 9864), which issuers still send.
ALGORITHMS: Final = ("RS256", "Ed25519", "EdDSA")
TENANT: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
_SUBJECT: Final = re.compile(r"[^\x00-\x1f\x7f]{1,200}")
_LONGEST: Final = 8192
_REMEMBERED: Final = 4096


class BadToken(Exception):
    """The token is not to be believed; its text is fit for the caller and holds no part of it."""


@dataclass(frozen=True, slots=True)
class Claims:
    """Who holds a token, and what it allows."""

    tenant: str
    subject: str
    kind: Kind
    scopes: frozenset[Scope]
    token_id: str
    expires_at: float


class TokenReader:
    """Reads tokens of one issuer. A token seen before costs a hash, not a signature check."""

    def __init__(self, settings: AuthSettings, keys: PublicKeys) -> None:
        self._keys = keys
        self._leeway = settings.leeway
        self._issuer = settings.issuer
        self._audience = settings.audience
        self._seen: OrderedDict[bytes, tuple[int, Claims]] = OrderedDict()

    async def read(self, token: str) -> Claims:
        """The claims; raises BadToken, or KeysUnavailable when the issuer was never reached."""
        if len(token) > _LONGEST:
            raise BadToken("the token is too long")
        await self._keys.refresh()
        # Looking up by a digest leaves nothing to learn from the time that a comparison takes.
        digest = hashlib.sha256(token.encode()).digest()
        generation, claims = self._seen.get(digest, (None, None))
        if claims is None or generation != self._keys.generation:
            claims = self._checked(await self._verified(token))
            self._remember(digest, claims)
        if claims.expires_at + self._leeway <= time.time():
            raise BadToken("the token has expired")
        return claims

    async def _verified(self, token: str) -> dict[str, Any]:
        try:
            header = jws.extract_compact(token.encode()).headers()
        except (JoseError, ValueError) as error:
            raise BadToken("the token is not a signed JWT") from error
        algorithm, kid = header.get("alg"), header.get("kid")
        if algorithm not in ALGORITHMS:
            raise BadToken(f"the token must be signed by one of {', '.join(ALGORITHMS)}")
        key = await self._keys.find(kid if isinstance(kid, str) else None, algorithm)
        if key is None:
            raise BadToken("the token is signed by a key that the issuer does not show")
        return _decode(token, key, algorithm)

    def _checked(self, claims: dict[str, Any]) -> Claims:
        registry = jwt.JWTClaimsRegistry(
            leeway=self._leeway,
            iss={"essential": True, "value": self._issuer},
            aud={"essential": True, "value": self._audience},
            exp={"essential": True},
            sub={"essential": True},
        )
        try:
            registry.validate(claims)
        except JoseError as error:
            raise BadToken(_reason(error)) from error
        return holder(claims)

    def _remember(self, digest: bytes, claims: Claims) -> None:
        self._seen[digest] = (self._keys.generation, claims)
        self._seen.move_to_end(digest)
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)


def holder(claims: dict[str, Any]) -> Claims:
    """Our own claims (tenant, kind, sub, scope, roles, jti); raises BadToken for a missing one."""
    tenant, subject, kind = claims.get("tenant"), claims.get("sub"), claims.get("kind")
    if not isinstance(tenant, str) or TENANT.fullmatch(tenant) is None:
        raise BadToken("the token's tenant claim is missing or not a slug")
    if not isinstance(subject, str) or _SUBJECT.fullmatch(subject) is None:
        raise BadToken("the token's sub claim is missing or not plain text")
    if kind not in ("agent", "service"):
        raise BadToken("the token's kind claim must be agent or service")
    token_id = claims.get("jti")
    if not isinstance(token_id, str) or not token_id:
        raise BadToken("the token has no jti, so that it could not be revoked")
    scope, roles = claims.get("scope", ""), claims.get("roles", [])
    if not isinstance(scope, str) or not isinstance(roles, list):
        raise BadToken("the token's scope must be text and its roles a list")
    scopes = scopes_of(scope, [role for role in roles if isinstance(role, str)])
    return Claims(tenant, subject, kind, scopes, token_id, float(claims["exp"]))


def _decode(token: str, key: PublicKey, algorithm: str) -> dict[str, Any]:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "EdDSA is deprecated", SecurityWarning)
        try:
            return jwt.decode(token, key, algorithms=[algorithm]).claims
        except (JoseError, ValueError) as error:
            raise BadToken("the token's signature is wrong") from error


def _reason(error: JoseError) -> str:
    claim = getattr(error, "claim", None)
    if error.error == "expired_token":
        return "the token has expired"
    return (
        f"the token's {claim} claim is missing or wrong" if claim else "the token's times are wrong"
    )
