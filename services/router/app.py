"""Composition root of router: settings in, a service that is ready to run out."""

from pathlib import Path

from services.router import api, subscribers
from services.router.settings import RouterSettings
from services.router.usecases.companies import restate_tenants
from services.router.usecases.people import restate_agents
from services.router.usecases.receiving import Acknowledging
from shared.messaging import UnitOfWork
from shared.service import Service, load
from shared.storage import Database


def build(settings: RouterSettings | None = None) -> Service:
    """Router, wired together. Raises BadSettings when the environment does not fit."""
    settings = settings or load(RouterSettings)
    database = Database(settings.database, "router")
    acknowledging = Acknowledging(settings.acknowledged_channels, settings.acknowledged_after)
    return Service(
        name="router",
        about="Tickets: who works on what, in which order, and what became of it",
        settings=settings,
        database=database,
        unit=UnitOfWork(database, "/deskstream/router"),
        migrations=Path(__file__).parent / "migrations",
        consumers=subscribers.consumers(acknowledging),
        timers=subscribers.timers(),
        restates=[restate_tenants, restate_agents],
        routers=api.routers(database),
    )
