"""Errors of the HTTP API as problem details (RFC 9457): what is wrong, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

MEDIA_TYPE: Final = "application/problem+json"


class Problem(HTTPException):
    """Raise it anywhere below an endpoint: the caller gets it as `application/problem+json`.

    `kind` names the kind of problem for programs ("missing-scope"), `title` says it in few words,
    `detail` says what is wrong here and what to do; `more` are members of their own in the answer.
    Neither may contain what a customer wrote.
    """

    def __init__(
        self,
        status: int,
        title: str,
        detail: str,
        *,
        kind: str | None = None,
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(status, detail, dict(headers) if headers else None)
        self.title = title
        self.kind = kind or title.lower().replace(" ", "-")
        self.more = more

    def response(self) -> JSONResponse:
        """The answer that shows this problem."""
        content = {
            "type": f"urn:deskstream:problem:{self.kind}",
            "title": self.title,
            "status": self.status_code,
            "detail": self.detail,
            **self.more,
        }
        return JSONResponse(content, self.status_code, self.headers, media_type=MEDIA_TYPE)


class NotFound(Problem):
    """404: no such thing for this caller; another tenant's thing looks the same."""

    def __init__(self, what: str, id: object) -> None:
        super().__init__(
            404, "Not found", f"There is no {what} {id} in your tenant; check the id.", what=what
        )


class Conflict(Problem):
    """409: the thing is in a state that does not allow this; `detail` says which state does."""

    def __init__(self, detail: str, **more: Any) -> None:
        super().__init__(409, "Conflict", detail, **more)


class Invalid(Problem):
    """422: well formed, and still it cannot be carried out; `pointer` names the field."""

    def __init__(self, detail: str, *, pointer: str = "#") -> None:
        errors = [{"pointer": pointer, "detail": detail}]
        super().__init__(422, "Invalid request", detail, errors=errors)


class Unavailable(Problem):
    """503: this cannot be taken right now; the caller should try again after so many seconds."""

    def __init__(self, detail: str, *, retry_after: int = 1) -> None:
        headers = {"Retry-After": str(retry_after)}
        super().__init__(503, "Unavailable", detail, headers=headers)


class TooLarge(Problem):
    """413: the body is over the limit of this service."""

    def __init__(self, limit: int) -> None:
        super().__init__(
            413,
            "Body too large",
            f"The body may have {limit} bytes at most; send less at once.",
            limit=limit,
        )


class UnsupportedMediaType(Problem):
    """415: the body is of a type that this endpoint does not read."""

    def __init__(self, *accepted: str) -> None:
        wanted = " or ".join(accepted)
        detail = f"Send the body as {wanted} and say so in Content-Type."
        super().__init__(
            415, "Unsupported media type", detail, headers={"Accept": ", ".join(accepted)}
        )


class TooSlow(Problem):
    """408: the body stood still, or came so slowly that others had to wait for its place."""

    def __init__(self) -> None:
        super().__init__(
            408,
            "Body too slow",
            "The body came too slowly; send it again, over a faster line or in smaller parts.",
            headers={"Connection": "close"},
        )


class Encoded(Problem):
    """415: the body is compressed, or encoded otherwise, which no endpoint reads."""

    def __init__(self) -> None:
        detail = "Send the body as it is, without a Content-Encoding."
        super().__init__(
            415, "Unsupported content encoding", detail, headers={"Accept-Encoding": "identity"}
        )


def titled(status: int) -> str:
    """The usual words for a status code."""
    try:
        return HTTPStatus(status).phrase.capitalize()
    except ValueError:
        return "Error"
