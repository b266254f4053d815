"""The HTTP API of router: tenants, teams, agents, and tickets."""

from fastapi import APIRouter

from services.router.api import agents, companies, tickets, work
from shared.storage import Database


def routers(database: Database) -> list[APIRouter]:
    """All endpoints; queries read from `database`, commands bring their own transaction."""
    return [
        companies.routes(database),
        agents.routes(database),
        tickets.routes(database),
        work.routes(),
    ]
