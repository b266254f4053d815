"""KPIs over time, and what each of them means."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from services.metrics.api.views import DefinitionView, FigureView, SeriesView, WindowView
from services.metrics.domain.counting import Metric
from services.metrics.domain.definitions import DEFINITIONS
from services.metrics.domain.figures import Dimension
from services.metrics.domain.windows import LENGTH, Grain, count_of, end_of, start_of
from services.metrics.repository.kpis import Asked, Kpis
from services.metrics.usecases.reading import Series, read_series
from shared.contracts.payload import Moment
from shared.service import Caller, Invalid, require
from shared.storage import Database

MOST_WINDOWS = 1500
_USUAL: Mapping[Grain, int] = {"minute": 60, "hour": 48, "day": 30}


class Wanted(BaseModel):
    """The query of `GET /v1/kpis`."""

    model_config = ConfigDict(populate_by_name=True, extra="forbid")

    metric: Metric = Field(description="Which KPI")
    window: Grain = Field("hour", description="Length of the windows; a day begins at 00:00 UTC")
    since: Moment | None = Field(
        None,
        alias="from",
        description="First window: the one that this instant lies in (default: 60 minutes, 48 "
        "hours or 30 days before `to`)",
        examples=["2026-11-02T08:00:00Z"],
    )
    until: Moment | None = Field(
        None, alias="to", description="Where to stop: no window begins then or later (default: now)"
    )
    channel: str | None = Field(None, max_length=40, description="Only this channel")
    team: str | None = Field(
        None, max_length=60, description="Only this team; -: those without one"
    )
    priority: str | None = Field(None, max_length=40, description="Only this priority")

    @property
    def limits(self) -> dict[Dimension, str]:
        """The dimensions that are given."""
        given: dict[Dimension, str | None] = {
            "channel": self.channel, "team": self.team, "priority": self.priority
        }  # fmt: skip
        return {name: value for name, value in given.items() if value is not None}

    def asked(self, tenant: str, now: datetime) -> Asked:
        """The windows that are meant; raises a 422 for too many, or none.

        Windows that have not begun yet are left out.
        """
        until = min(self.until or now, end_of(now, self.window)).astimezone(UTC)
        if self.until is None:
            until = end_of(now, self.window)
        usual = _USUAL[self.window] * LENGTH[self.window]
        since = start_of((self.since or until - usual).astimezone(UTC), self.window)
        count = count_of(since, until, self.window)
        if count == 0:
            raise Invalid("from must lie before to, and before now.", pointer="#/from")
        if count > MOST_WINDOWS:
            raise Invalid(
                f"That is {count} windows; {MOST_WINDOWS} are the most. Ask for longer windows.",
                pointer="#/window",
            )
        return Asked(tenant, self.metric, self.window, since, until, self.limits)


def routes(database: Database) -> APIRouter:
    """`GET /v1/kpis` and `GET /v1/kpis/definitions`."""
    router = APIRouter(prefix="/v1", tags=["kpis"])

    @router.get("/kpis")
    async def get_kpis(
        caller: Annotated[Caller, Depends(require("kpis:read"))],
        wanted: Annotated[Wanted, Query()],
    ) -> SeriesView:
        """One KPI over time: a figure for every window, also where nothing happened.

        Limit it to a channel, a team, a priority, or any combination. `total` is the figure of all
        windows together, with percentiles of the merged sketches; of a backlog, the last one.
        """
        async with database.reading() as session:
            kpis = Kpis(session)
            asked = wanted.asked(caller.tenant, await kpis.now())
            series = await read_series(kpis, asked)
        return _view(asked, series)

    @router.get("/kpis/definitions")
    async def get_definitions(
        caller: Annotated[Caller, Depends(require("kpis:read"))],
    ) -> list[DefinitionView]:
        """Every KPI: its formula, unit and direction, and an example reckoned by hand."""
        return [DefinitionView.of(one) for one in DEFINITIONS.values()]

    return router


def _view(asked: Asked, series: Series) -> SeriesView:
    definition = DEFINITIONS[asked.metric]
    return SeriesView(
        metric=asked.metric,
        unit=definition.unit,
        direction=definition.direction,
        window=asked.grain,
        dimensions=dict(asked.limits),
        since=asked.since,
        until=asked.until,
        total=FigureView.of(series.total),
        windows=[WindowView.at(start, one) for start, one in series.windows.items()],
    )
