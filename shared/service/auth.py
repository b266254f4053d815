"""Who calls: bearer tokens, what they allow, and whether their holder may still act (DESIGN §5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi import Request
from fastapi.security import HTTPBearer

from shared.service.claims import BadToken, Claims, Kind, TokenReader
from shared.service.keys import KeysUnavailable, PublicKeys, source
from shared.service.metric_names import REFUSED_TOKENS
from shared.service.openapi import SCHEME
from shared.service.problems import Problem, Unavailable
from shared.service.roles import MEANINGS, Scope
from shared.service.settings import AuthSettings
from shared.service.standing import Standing
from shared.storage.engine import Database


@dataclass(frozen=True, slots=True)
class Caller:
    """Who makes a request. Everything that it sees and touches belongs to its tenant.

    `subject` is the agent's id for an agent, a name for a service (an adapter, a dashboard).
    """

    tenant: str
    subject: str
    kind: Kind
    scopes: frozenset[Scope]

    def may(self, scope: Scope) -> bool:
        """Whether the token carries the scope."""
        return scope in self.scopes


class Authenticator:
    """From a bearer token to a caller; one per process, with the caches of keys and of standing."""

    def __init__(self, reader: TokenReader, standing: Standing) -> None:
        self._reader = reader
        self._standing = standing

    @classmethod
    def of(cls, settings: AuthSettings, database: Database) -> Authenticator:
        """Built from settings; raises BadSettings when no JWKS is named."""
        keys = PublicKeys(source(settings), settings.jwks_max_age)
        return cls(TokenReader(settings, keys), Standing(database))

    async def caller(self, token: str | None, needed: frozenset[Scope]) -> Caller:
        """The caller; raises a 401 for a token not believed, a 403 for a missing scope."""
        if token is None:
            raise _unauthorized("Send a bearer token in the Authorization header.", None)
        claims = await self._claims(token)
        missing = sorted(needed - claims.scopes)
        if missing:
            raise _forbidden(missing)
        if (refusal := await self._standing.refusal(claims)) is not None:
            raise _unauthorized(f"{refusal}. Ask your administrator for access.", refusal)
        return Caller(claims.tenant, claims.subject, claims.kind, claims.scopes)

    async def _claims(self, token: str) -> Claims:
        try:
            return await self._reader.read(token)
        except BadToken as error:
            text = str(error)
            raise _unauthorized(f"{text[:1].upper()}{text[1:]}. Get a new one.", text) from error
        except KeysUnavailable as error:
            raise Unavailable(
                "Tokens cannot be checked: the issuer's keys are not readable. Try again.",
                retry_after=10,
            ) from error


class Required(HTTPBearer):
    """The dependency behind `require`: one call, and OpenAPI knows that it wants a bearer token."""

    def __init__(self, scopes: frozenset[Scope]) -> None:
        # The name carries the scopes to the API's description, which shows one scheme: openapi.py.
        super().__init__(scheme_name=" ".join([SCHEME, *sorted(scopes)]), bearerFormat="JWT")
        self._needed = scopes

    async def __call__(self, request: Request) -> Caller:  # type: ignore[override]
        """The caller of this request; raises a 401 or 403."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        authenticator: Authenticator = request.app.state.authenticator
        sent = token.strip() if scheme.lower() == "bearer" else None
        return await authenticator.caller(sent or None, self._needed)


def require(*scopes: Scope) -> Required:
    """A FastAPI dependency: the caller, whose token must carry all these scopes.

    >>> async def list_tickets(caller: Annotated[Caller, Depends(require("tickets:read"))]): ...
    """
    return Required(frozenset(scopes))


def _unauthorized(detail: str, error: str | None) -> Problem:
    REFUSED_TOKENS.labels(401).inc()
    challenge = 'Bearer realm="deskstream"'
    if error is not None:
        challenge += f', error="invalid_token", error_description="{error}"'
    headers = {"WWW-Authenticate": challenge}
    return Problem(401, "Unauthorized", detail, headers=headers)


def _forbidden(missing: list[Scope]) -> Problem:
    REFUSED_TOKENS.labels(403).inc()
    needed = " ".join(missing)
    challenge = f'Bearer realm="deskstream", error="insufficient_scope", scope="{needed}"'
    meanings = "; ".join(f"{scope} (to {MEANINGS[scope]})" for scope in missing)
    more: dict[str, Any] = {"missing": missing}
    return Problem(
        403,
        "Missing scope",
        f"Your token lacks {meanings}. Ask your administrator for it.",
        headers={"WWW-Authenticate": challenge},
        **more,
    )
