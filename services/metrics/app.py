"""metrics put together: settings, database, consumers, timers, API."""

from pathlib import Path

from services.metrics import subscribers
from services.metrics.api import kpis, stream
from services.metrics.api.feed import Feed
from services.metrics.settings import MetricsSettings
from services.metrics.usecases.restating import restate_figures
from shared.messaging import UnitOfWork
from shared.service import Service, load
from shared.storage import Database


def build(settings: MetricsSettings | None = None) -> Service:
    """The service, from its settings or from the environment (raises BadSettings)."""
    settings = settings or load(MetricsSettings)
    database = Database(settings.database, "metrics")
    feed = Feed(database, poll=settings.stream_poll)
    return Service(
        name="metrics",
        about="How well support goes: ticket volume, backlog, first-response and resolution times.",
        settings=settings,
        database=database,
        unit=UnitOfWork(database, "/deskstream/metrics"),
        migrations=Path(__file__).parent / "migrations",
        consumers=subscribers.consumers(settings),
        timers=subscribers.timers(settings),
        listeners=[feed.run],
        restates=[restate_figures],
        routers=[kpis.routes(database), stream.routes(feed)],
    )
