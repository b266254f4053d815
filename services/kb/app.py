"""Puts the service together."""

from pathlib import Path

from services.kb.api import routes
from services.kb.settings import KbSettings
from services.kb.subscribers import consumers
from services.kb.usecases.write_article import restate_articles
from shared.messaging import UnitOfWork
from shared.service import Service, load
from shared.storage import Database


def build(settings: KbSettings | None = None) -> Service:
    """The service, from its environment unless settings are given."""
    settings = settings or load(KbSettings)
    database = Database(settings.database, "kb")
    return Service(
        name="kb",
        about="Answers from a knowledge base: articles, search, suggestions for new tickets.",
        settings=settings,
        database=database,
        unit=UnitOfWork(database, "/deskstream/kb"),
        migrations=Path(__file__).parent / "migrations",
        consumers=consumers(suggested=settings.suggested, least_score=settings.least_score),
        routers=[routes(database)],
        restates=[restate_articles],
    )
