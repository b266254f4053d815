"""The dev issuer: `python -m shared.service.tokens keys|issue`, for the local stack and for tests.

    python -m shared.service.tokens keys
    python -m shared.service.tokens issue --tenant demo --kind service --subject shop --role adapter

In production any OIDC issuer takes its place; this one knows no users and asks no password.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final, get_args

from joserfc import jwt
from joserfc.jwk import OKPKey
from uuid_utils import uuid7

from shared.service.claims import TENANT, Kind
from shared.service.keys import write_pair
from shared.service.roles import MEANINGS, ROLES
from shared.service.settings import AuthSettings, BadSettings, load

_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400}


class NoKey(Exception):
    """There is no key to sign with; its text says how to make one."""


def make_keys(path: Path) -> Path:
    """Make an Ed25519 key at the path, replacing any; returns where the public half (JWKS) lies."""
    key = OKPKey.generate_key("Ed25519", {"use": "sig", "alg": "Ed25519"}, auto_kid=True)
    return write_pair(path, key)


def issue(
    settings: AuthSettings,
    *,
    tenant: str,
    kind: Kind,
    subject: str,
    scope: str = "",
    roles: Sequence[str] = (),
    ttl: int = 3600,
) -> str:
    """A signed token, good for `ttl` seconds; raises NoKey when the dev issuer has no key yet."""
    now = int(time.time())
    claims = {
        "iss": settings.issuer,
        "aud": settings.audience,
        "iat": now,
        "nbf": now,
        "exp": now + ttl,
        "jti": str(uuid7()),
        "tenant": tenant,
        "sub": subject,
        "kind": kind,
        "scope": scope,
        "roles": list(roles),
    }
    key = _private_key(settings.dev_key_file)
    return jwt.encode({"alg": "Ed25519", "kid": key.kid}, claims, key, algorithms=["Ed25519"])


def _private_key(path: Path) -> OKPKey:
    try:
        return OKPKey.import_key(json.loads(path.read_text()))
    except FileNotFoundError:
        raise NoKey(
            f"no dev key at {path} (AUTH_DEV_KEY_FILE): run python -m shared.service.tokens keys"
        ) from None
    except (OSError, ValueError) as error:
        raise NoKey(f"the dev key at {path} cannot be read: {type(error).__name__}") from None


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns the exit code."""
    wanted = _parser().parse_args(arguments)
    try:
        settings = load(AuthSettings)
        _keys(settings, wanted) if wanted.command == "keys" else _issue(settings, wanted)
    except (NoKey, BadSettings) as error:
        sys.stderr.write(f"tokens: {error}\n")
        return 1
    return 0


def _keys(settings: AuthSettings, wanted: argparse.Namespace) -> None:
    path = settings.dev_key_file
    public = path.with_suffix(".jwks.json")
    if wanted.replace or not (path.exists() and public.exists()):
        make_keys(path)
    sys.stdout.write(f"{public}\n")


def _issue(settings: AuthSettings, wanted: argparse.Namespace) -> None:
    token = issue(
        settings,
        tenant=wanted.tenant,
        kind=wanted.kind,
        subject=wanted.subject,
        scope=" ".join(wanted.scope),
        roles=wanted.role,
        ttl=wanted.ttl,
    )
    sys.stdout.write(f"{token}\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m shared.service.tokens", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    keys = commands.add_parser("keys", help="make the key pair unless it is there; prints the JWKS")
    keys.add_argument("--replace", action="store_true", help="make new keys: old tokens end")
    new = commands.add_parser("issue", help="print a signed token")
    new.add_argument("--tenant", required=True, type=_tenant, help="the tenant's slug")
    new.add_argument("--kind", required=True, choices=get_args(Kind))
    new.add_argument("--subject", required=True, help="the agent's id, or a name for the service")
    new.add_argument("--scope", nargs="+", default=[], type=_scopes, help="such as tickets:read")
    new.add_argument("--role", nargs="+", default=[], choices=list(ROLES), help="scopes by role")
    new.add_argument("--ttl", type=_seconds, default=3600, help="such as 900, 15m, 8h (default 1h)")
    return parser


def _tenant(text: str) -> str:
    if TENANT.fullmatch(text) is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not a slug (a-z, 0-9, -, at most 40)")
    return text


def _scopes(text: str) -> str:
    unknown = sorted(set(text.split()) - set(MEANINGS))
    if unknown:
        raise argparse.ArgumentTypeError(
            f"unknown {', '.join(unknown)}; known: {' '.join(MEANINGS)}"
        )
    return text


def _seconds(text: str) -> int:
    found = re.fullmatch(r"([1-9]\d{0,8})([smhd]?)", text)
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not a duration such as 900, 15m or 8h")
    return int(found[1]) * _UNITS[found[2] or "s"]


if __name__ == "__main__":
    sys.exit(main())
