"""What the API shows of KPIs."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from services.metrics.domain.counting import Metric
from services.metrics.domain.definitions import Definition, Direction, Example, Happening
from services.metrics.domain.figures import Dimension, Figure
from services.metrics.domain.windows import Grain


class FigureView(BaseModel):
    """A KPI's value in one window."""

    count: int = Field(description="How many measurements; of a volume or a backlog the value")
    sum: float = Field(description="Sum of the measurements in `unit`; 0 if nothing is measured")
    mean: float | None = Field(description="Mean in `unit`; null if nothing was measured")
    p50: float | None = Field(description="Median in `unit`, within 1 %")
    p90: float | None = Field(description="90th percentile in `unit`, within 1 %")
    p99: float | None = Field(description="99th percentile in `unit`, within 1 %")

    @classmethod
    def of(cls, figure: Figure) -> FigureView:
        """The view of a figure."""
        return cls(
            count=figure.count, sum=figure.sum, mean=figure.mean, p50=figure.p50, p90=figure.p90,
            p99=figure.p99,
        )  # fmt: skip


class WindowView(FigureView):
    """A KPI's value in the window that begins at `start`."""

    start: datetime = Field(description="First instant of the window, UTC")

    @classmethod
    def at(cls, start: datetime, figure: Figure) -> WindowView:
        """The view of a figure in its window."""
        return cls(start=start, **FigureView.of(figure).model_dump())


class SeriesView(BaseModel):
    """A KPI over time."""

    model_config = ConfigDict(populate_by_name=True)

    metric: Metric = Field(description="Which KPI")
    unit: str = Field(description="Unit of all values but `count`", examples=["seconds"])
    direction: Direction = Field(description="Which way is good")
    window: Grain = Field(description="Length of the windows")
    dimensions: dict[Dimension, str] = Field(
        description="What the figures are limited to", examples=[{"team": "billing"}]
    )
    since: datetime = Field(alias="from", description="Start of the first window, UTC")
    until: datetime = Field(alias="to", description="Where the windows stop, UTC")
    total: FigureView = Field(description="All windows together; of a backlog, the last one")
    windows: list[WindowView] = Field(description="Each window in order")


class HappenedView(BaseModel):
    """One line of an example's log."""

    at: datetime = Field(description="When, UTC")
    ticket: str = Field(description="Which ticket", examples=["A"])
    what: Happening = Field(description="What happened to it")


class ExampleView(BaseModel):
    """A worked example."""

    log: list[HappenedView] = Field(description="What happened")
    hour: datetime = Field(description="Start of the hour that the figure is of")
    figure: FigureView = Field(description="The KPI in that hour")
    because: str = Field(description="Why")

    @classmethod
    def of(cls, example: Example) -> ExampleView:
        """The view of an example."""
        log = [HappenedView(at=one.at, ticket=one.ticket, what=one.what) for one in example.log]
        figure = FigureView.of(example.figure)
        return cls(log=log, hour=example.hour, figure=figure, because=example.because)


class DefinitionView(BaseModel):
    """What a KPI means."""

    name: Metric = Field(description="Its name in queries and events")
    title: str = Field(description="Its name for people")
    formula: str = Field(description="How it is reckoned")
    unit: str = Field(description="Unit of all values but `count`")
    direction: Direction = Field(description="Which way is good")
    example: ExampleView = Field(description="An example reckoned by hand")

    @classmethod
    def of(cls, definition: Definition) -> DefinitionView:
        """The view of a definition."""
        return cls(
            name=definition.name,
            title=definition.title,
            formula=definition.formula,
            unit=definition.unit,
            direction=definition.direction,
            example=ExampleView.of(definition.example),
        )
