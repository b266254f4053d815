"""The HTTP API: what is promised and when work is done, and what has become of it."""

from fastapi import APIRouter

from services.sla.api import calendars, clocks, compliance, explain, policies, policy, previews
from services.sla.api.promises import public_routes
from shared.storage import Database

__all__ = ["public_routes", "routes"]


def routes(database: Database, preview_tickets: int = 20_000) -> APIRouter:
    """The endpoints; `database` is read by the queries, commands bring their own transaction.

    preview_tickets: how many tickets one preview looks at.
    """
    router = APIRouter(prefix="/v1")
    policy.add_routes(router, database)
    policies.add_routes(router, database)
    previews.add_routes(router, database, preview_tickets)
    calendars.add_routes(router, database)
    clocks.add_routes(router, database)
    explain.add_routes(router, database)
    compliance.add_routes(router, database)
    return router
