"""Puts the service together."""

from pathlib import Path

from services.sla.api import public_routes, routes
from services.sla.repository import next_due
from services.sla.settings import SlaSettings
from services.sla.subscribers import consumers
from services.sla.usecases.fire_clocks import Firing
from services.sla.usecases.recheck_clocks import never_due, recheck_clocks
from services.sla.usecases.report import count_decisions
from services.sla.watching import GROUP, TOPIC, Watching
from shared.messaging import Timer, UnitOfWork
from shared.messaging.unread import Unread
from shared.service import Service, load
from shared.storage import Database


def build(settings: SlaSettings | None = None) -> Service:
    """The service, from its environment unless settings are given."""
    settings = settings or load(SlaSettings)
    database = Database(settings.database, "sla")
    unit = UnitOfWork(database, "/deskstream/sla")
    unread = Unread(database, settings.kafka, GROUP, TOPIC)
    return Service(
        name="sla",
        about="Keeps promises about time: what is due, nearly due and late.",
        settings=settings,
        database=database,
        unit=unit,
        migrations=Path(__file__).parent / "migrations",
        consumers=consumers(),
        # A round is short, so that a clock that comes due during one is not kept waiting.
        timers=[
            Timer("clocks", Firing().fire, next_due, limit=500, again=True),
            Timer("promises", recheck_clocks, never_due, limit=200),
            Timer("report", count_decisions, never_due, limit=2000),
        ],
        workers=[Watching(unit, unread).run],
        routers=[
            routes(database, settings.preview_tickets),
            public_routes(database, settings.public_domain),
        ],
    )
