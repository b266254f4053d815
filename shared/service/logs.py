"""Logs as JSON lines on standard error: one event with fields per line, ids and never bodies."""

from __future__ import annotations

import json
import logging
import re
import sys
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from opentelemetry import trace

from shared.messaging.errors import describe
from shared.service.request_ids import request_id
from shared.service.settings import LogSettings

_STANDARD: Final = frozenset(
    (*vars(logging.makeLogRecord({})), "message", "asctime", "taskName", "color_message")
)
_SECRET_NAME: Final = re.compile(
    r"pass(word|wd)|secret|token|authorization|api.?key|credential|cookie", re.IGNORECASE
)
# JWTs, credentials in addresses, and bearer headers, wherever they appear in a text.
_SECRETS: Final = (
    (re.compile(r"\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*"), "[token]"),
    (re.compile(r"(\w+://[^\s:/@]*):[^\s/@]+@"), r"\1:[secret]@"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{8,}"), r"\1 [secret]"),
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END|$)", re.DOTALL), "[key]"),
)
HIDDEN: Final = "[secret]"


class JsonLines(logging.Formatter):
    """One JSON object per record: time, level, logger, event, then the fields of `extra`."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line; what looks like a secret is replaced."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "service": self._service,
            "logger": record.name,
            "event": without_secrets(record.getMessage()),
            **_context(),
            **_fields(vars(record)),
        }
        if record.exc_info and record.exc_info[1] is not None:
            line["exception"] = _trace_of(record.exc_info[1])
        return json.dumps(line, default=str)


def configure(settings: LogSettings, service: str) -> None:
    """Send every log of this process to standard error as JSON lines; call it once, at the edge."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines(service))
    logging.basicConfig(level=settings.level, handlers=[handler], force=True)
    # These speak for themselves at INFO, several lines for each connection.
    for chatty in ("aiokafka", "faststream", "alembic", "httpx", "uvicorn.error"):
        logging.getLogger(chatty).setLevel(
            max(logging.WARNING, logging.getLevelName(settings.level))
        )


def without_secrets(text: str) -> str:
    """The text with tokens, passwords in addresses and private keys replaced."""
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    return text


def _trace_of(error: BaseException) -> list[str]:
    """Where it happened and what kind it was. Messages quote values, which may be a customer's
    words, so they are shown at LOG_LEVEL=DEBUG only."""
    frames = [
        f"{frame.filename}:{frame.lineno} in {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
    ]
    if logging.getLogger().isEnabledFor(logging.DEBUG):
        frames.append(without_secrets(f"{type(error).__name__}: {error}"))
    else:
        frames.append(describe(error))
    return frames


def _fields(record: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _shown(name, value) for name, value in record.items() if name not in _STANDARD}


def _shown(name: str, value: Any) -> Any:
    if _SECRET_NAME.search(name):
        return HIDDEN
    if isinstance(value, str):
        return without_secrets(value)
    if isinstance(value, Mapping):
        return {str(key): _shown(str(key), inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_shown(name, inner) for inner in value]
    return value if isinstance(value, (int, float, type(None))) else without_secrets(str(value))


def _context() -> dict[str, str]:
    context: dict[str, str] = {}
    if current := request_id():
        context["request_id"] = current
    span = trace.get_current_span().get_span_context()
    if span.is_valid:
        context["trace_id"] = f"{span.trace_id:032x}"
    return context
