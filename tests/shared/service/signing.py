"""Tokens signed by hand, good ones and others."""

import base64
import json
import time
from typing import Any

from joserfc import jwt


def claims(**changes: Any) -> dict[str, Any]:
    now = int(time.time())
    given = {
        "iss": "deskstream-dev", "aud": "deskstream", "iat": now, "nbf": now, "exp": now + 60,
        "jti": "t1", "tenant": "demo", "sub": "shop", "kind": "service", "scope": "kpis:read",
    } | changes  # fmt: skip
    return {name: value for name, value in given.items() if value is not None}


def sign(key: Any, algorithm: str = "Ed25519", *, kid: str | None = None, **changes: Any) -> str:
    header = {"alg": algorithm, "kid": kid or key.kid}
    return jwt.encode(header, claims(**changes), key, algorithms=[algorithm])


def part(content: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()
