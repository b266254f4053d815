"""The HTTP application that every service's endpoints live in: FastAPI with our edge around it."""

from __future__ import annotations

from typing import Any, Final

from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from shared.service import edge, problem_handlers
from shared.service.openapi import describe

_HEALTH: Final = frozenset({"/live", "/ready", "/metrics"})


class Api(FastAPI):
    """FastAPI whose errors are problems, inside the edge that gives requests id and trace."""

    @classmethod
    def bare(cls, name: str, about: str, *, body_limit: int, docs: bool = True) -> Api:
        """An app without endpoints. body_limit: bytes; a route may say `max_body_size` itself."""
        app = cls(
            title=f"Deskstream {name}",
            description=about,
            version="1",
            docs_url="/docs" if docs else None,
            openapi_url="/openapi.json" if docs else None,
            redoc_url=None,
            max_body_size=body_limit,
            # Prometheus has the figures and our log the errors: only spans are left to OTel here.
            telemetry={
                "metrics": False,
                "logs": False,
                "operation_spans": False,
                "exclude": lambda scope: scope["path"] in _HEALTH,
            },
        )
        problem_handlers.install(app)
        return app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or run the app's lifespan."""
        if scope["type"] == "http":
            await edge.serve(super().__call__, scope, receive, send)
        else:
            await super().__call__(scope, receive, send)

    def openapi(self) -> dict[str, Any]:
        """The API's description, with the scopes and the problems of every operation."""
        if not self.openapi_schema:
            self.openapi_schema = describe(super().openapi())
        return self.openapi_schema
