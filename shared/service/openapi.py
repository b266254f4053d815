"""The description of an API: its errors as the problems that they are, once for all endpoints."""

from __future__ import annotations

from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from shared.service.problems import MEDIA_TYPE


class WrongPart(BaseModel):
    """One thing that is wrong in a request."""

    model_config = ConfigDict(populate_by_name=True)

    place: str | None = Field(None, alias="in", description="body, query, path or header")
    pointer: str | None = Field(None, description="JSON pointer into the body", examples=["#/name"])
    parameter: str | None = Field(None, description="Name of the parameter")
    detail: str = Field(description="What is wrong with it")


class ProblemDetails(BaseModel):
    """What an error looks like (RFC 9457)."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(
        description="The kind of problem", examples=["urn:deskstream:problem:missing-scope"]
    )
    title: str = Field(description="The kind of problem in few words")
    status: int = Field(description="The HTTP status")
    detail: str = Field(description="What is wrong here, and what to do")
    errors: list[WrongPart] | None = Field(None, description="What is wrong, one by one (422)")


SCHEME: Final = "Bearer"
_BEARER: Final = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "JWT",
    "description": "A token of the issuer; locally `python -m shared.service.tokens issue …`",
}
_SHOWN: Final = {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}
RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    401: {"model": ProblemDetails, "description": "No token, or one that is not believed"},
    403: {"model": ProblemDetails, "description": "The token lacks a scope; `missing` names it"},
    408: {"model": ProblemDetails, "description": "The body stood still, or came too slowly"},
    413: {"model": ProblemDetails, "description": "The body is too large"},
    415: {"model": ProblemDetails, "description": "The body is of another media type, or encoded"},
    422: {"model": ProblemDetails, "description": "The request is wrong; `errors` says where"},
    503: {"model": ProblemDetails, "description": "Not now; Retry-After says when to try again"},
}
NOT_FOUND: Final[dict[int | str, dict[str, Any]]] = {
    404: {"model": ProblemDetails, "description": "There is no such thing in your tenant"}
}
COMMAND: Final[dict[int | str, dict[str, Any]]] = {
    409: {"model": ProblemDetails, "description": "In flight, or not possible in this state"},
    412: {"model": ProblemDetails, "description": "Changed since the version in If-Match"},
}


def describe(description: dict[str, Any]) -> dict[str, Any]:
    """Complete FastAPI's OpenAPI document: errors as problems, and the scopes of each operation."""
    for operations in description.get("paths", {}).values():
        for operation in operations.values():
            _show_problems(operation)
            _show_scopes(operation)
    schemes = description.get("components", {}).get("securitySchemes")
    if schemes:
        description["components"]["securitySchemes"] = {SCHEME: _BEARER}
    return description


def _show_problems(operation: dict[str, Any]) -> None:
    for response in operation.get("responses", {}).values():
        content = response.get("content", {})
        if content.get("application/json") == _SHOWN:
            content[MEDIA_TYPE] = content.pop("application/json")


def _show_scopes(operation: dict[str, Any]) -> None:
    named = [name.split() for one in operation.get("security", ()) for name in one]
    if named:
        scopes = sorted({scope for _, *scopes in named for scope in scopes})
        operation["security"] = [{SCHEME: scopes}]
        needed = f"Needs the scope {' and '.join(scopes)}."
        operation["description"] = "\n\n".join(filter(None, [operation.get("description"), needed]))
