"""From a service to its HTTP application."""

from __future__ import annotations

import asyncio

from shared.service import operations
from shared.service.api import Api
from shared.service.auth import Authenticator
from shared.service.health import Health, health_routes
from shared.service.openapi import RESPONSES
from shared.service.service import Service


def create_app(service: Service, health: Health | None = None) -> Api:
    """The whole app of a service: its routers, the operator's endpoints, health and metrics.

    Raises BadSettings when AUTH_JWKS_URL and AUTH_JWKS_FILE are both missing.
    """
    app = Api.bare(service.name, service.about, body_limit=service.settings.http_body_limit)
    app.state.service = service
    # Set when the process is about to end: an endless answer, such as an event stream, ends then.
    app.state.stopping = asyncio.Event()
    app.state.authenticator = Authenticator.of(service.settings.auth, service.database)
    # Routes are tried in order: the service's own, which are the busy ones, come first.
    for router in (*service.routers, operations.routes(service)):
        app.include_router(router, responses=RESPONSES)
    app.include_router(health_routes(health or Health(service)))
    return app


def health_app(service: Service, health: Health) -> Api:
    """/live, /ready and /metrics only: what a process without an API shows."""
    app = Api.bare(service.name, service.about, body_limit=1024, docs=False)
    app.state.stopping = asyncio.Event()
    app.include_router(health_routes(health))
    return app
