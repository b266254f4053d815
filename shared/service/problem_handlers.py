"""Turn every error that leaves an endpoint into a problem: validation, routing, our own bugs."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from shared.messaging.errors import describe, is_transient, is_unique_violation, sqlstate
from shared.service.problems import (
    Conflict,
    Invalid,
    Problem,
    Unavailable,
    UnsupportedMediaType,
    titled,
)
from shared.service.request_ids import request_id

log = logging.getLogger(__name__)
JSON_TYPES = ("application/json",)
# NUL in a text or in JSON, a number out of range as the server says it; what the driver cannot
# encode for its column, which it says before anything is sent.
_UNSTORABLE: Final = frozenset({"22021", "22P05", "22003", "22000"})


def install(app: FastAPI) -> None:
    """Make the app answer every error as a problem."""
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    for storage_error in (SQLAlchemyError, OSError):
        app.add_exception_handler(storage_error, _storage)
    app.add_exception_handler(Exception, _unknown)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 413 and not isinstance(error, Problem):
        # The edge words this one, together with those that no handler gets to see.
        return Response(status_code=413)
    return as_problem(request, error).response()


def as_problem(request: Request, error: HTTPException) -> Problem:
    """Our own problems as they are; the framework's in words that say what to do."""
    if isinstance(error, Problem):
        return error
    if error.status_code == 404:
        detail = f"There is nothing at {request.url.path}; /docs lists what there is."
    elif isinstance(error.__cause__, (UnicodeDecodeError, RecursionError)):
        return Invalid("The body is not JSON in UTF-8, or nested too deep.")
    elif error.status_code == 405:
        allowed = (error.headers or {}).get("Allow", "another method")
        detail = f"{request.method} is not possible at {request.url.path}; use {allowed}."
    else:
        detail = str(error.detail)
    title = titled(error.status_code)
    return Problem(error.status_code, title, detail, headers=error.headers)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    errors = error.errors()
    if _wrong_media_type(request, errors):
        return UnsupportedMediaType(*JSON_TYPES).response()
    shown = [_shown(detail) for detail in errors]
    problem = Problem(
        422,
        "Invalid request",
        "The request does not fit: `errors` says where, and what is wrong there.",
        errors=shown,
    )
    return problem.response()


async def _storage(request: Request, error: Exception) -> Response:
    """What the database says about the caller's values, or that it is away; else it is our bug."""
    if is_transient(error):
        log.warning("storage is away", extra={"reason": describe(error)})
        return Unavailable("Something that we need is away for a moment. Try again.").response()
    if is_unique_violation(error):
        return Conflict("There is already something with these values.").response()
    if sqlstate(error) in _UNSTORABLE:
        return Invalid("A text holds a character, or a number a size, that is not kept.").response()
    raise error


async def _unknown(request: Request, error: Exception) -> Response:
    # The framework raises the error again behind this answer and the server would log it; this line
    # has the id that the caller sees, and the reason stays here.
    log.error("request failed", exc_info=error, extra={"path": request.url.path})
    problem = Problem(
        500,
        "Internal error",
        "This is our mistake, not yours. Try again; if it stays, tell us the request id.",
        request_id=request_id(),
    )
    return problem.response()


def _wrong_media_type(request: Request, errors: Sequence[Any]) -> bool:
    """A JSON endpoint that was sent something else sees one error about the body as a whole."""
    whole_body = any(tuple(error["loc"]) == ("body",) for error in errors)
    sent = request.headers.get("content-type", "").split(";")[0].strip().lower()
    is_json = sent in JSON_TYPES or (sent.startswith("application/") and sent.endswith("+json"))
    empty = request.headers.get("content-length", "") == "0" or not _has_body(request)
    return whole_body and not is_json and not empty


def _has_body(request: Request) -> bool:
    return "content-length" in request.headers or "transfer-encoding" in request.headers


def _shown(error: Any) -> dict[str, str]:
    place, *path = (str(part) for part in error["loc"])
    if place != "body":
        return {"in": place, "parameter": ".".join(path), "detail": _said(error["msg"])}
    if error["type"] == "json_invalid":
        why = (error.get("ctx") or {}).get("error", "malformed")
        detail = f"The body is not JSON: {why} (character {path[0] if path else 0})."
        return {"in": "body", "pointer": "#", "detail": detail}
    return {"in": "body", "pointer": json_pointer(path), "detail": _said(error["msg"])}


def json_pointer(path: Sequence[str]) -> str:
    """A path into a JSON document as RFC 6901 writes it in a URI fragment."""
    escaped = (part.replace("~", "~0").replace("/", "~1") for part in path)
    return "#" + "".join(f"/{part}" for part in escaped)


def _said(message: str) -> str:
    """Pydantic's sentence without its own name for the kind of error."""
    return message.removeprefix("Value error, ").removeprefix("Assertion failed, ")
