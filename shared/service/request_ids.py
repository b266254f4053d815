"""The id of the HTTP request in hand, for logs and for the caller."""

from __future__ import annotations

import re
from contextvars import ContextVar
from typing import Final

from uuid_utils import uuid7

_current: Final[ContextVar[str]] = ContextVar("request_id", default="")
_SAFE: Final = re.compile(rb"[A-Za-z0-9._-]{1,64}")


def request_id() -> str:
    """The id of the request that this task answers; empty outside a request."""
    return _current.get()


def begin(sent: bytes | None) -> str:
    """Take over the caller's X-Request-Id when it is short and plain, else mint one."""
    keep = sent is not None and _SAFE.fullmatch(sent) is not None
    current = sent.decode("ascii") if keep and sent is not None else str(uuid7())
    _current.set(current)
    return current
