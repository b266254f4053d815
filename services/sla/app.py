"""Puts the service together."""

from pathlib import Path

from services.sla.api import public_routes, routes
from services.sla.repository import next_due
from services.sla.settings import SlaSettings
from services.sla.subscribers import consumers
from services.sla.usecases.fire_clocks import fire_clocks
from shared.messaging import Timer, UnitOfWork
from shared.service import Service, load
from shared.storage import Database


def build(settings: SlaSettings | None = None) -> Service:
    """The service, from its environment unless settings are given."""
    settings = settings or load(SlaSettings)
    database = Database(settings.database, "sla")
    return Service(
        name="sla",
        about="Keeps promises about time: what is due, nearly due and late.",
        settings=settings,
        database=database,
        unit=UnitOfWork(database, "/deskstream/sla"),
        migrations=Path(__file__).parent / "migrations",
        consumers=consumers(),
        # A round is short, so that a clock that comes due during one is not kept waiting.
        timers=[Timer("clocks", fire_clocks, next_due, limit=500)],
        routers=[
            routes(database, settings.preview_tickets),
            public_routes(database, settings.public_domain),
        ],
    )
