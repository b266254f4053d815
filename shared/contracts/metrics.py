"""KPIs for dashboards: one event is the full, present value of one figure. Stable."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from .payload import Moment, Payload, Tenant

Figure = float | None
Dimension = Annotated[str, Field(max_length=200)]


class MetricUpdated(Payload):
    """The value of one metric in one window, replacing all earlier values of the same key.

    Kafka key: `tenant/metric/dimensions/window/window_start`, the dimensions as `name=value` sorted
    by name and joined by commas. Keep, for each key, the event with the highest envelope `sequence`.
    """

    TYPE: ClassVar[str] = "support.metric.updated.v1"

    tenant: Tenant = Field(description="Tenant whose figure it is.")
    metric: str = Field(
        description="Name of the metric, such as `first-response-time`; the metrics service lists them.",
        pattern=r"^[a-z][a-z0-9-]{0,59}$",
    )
    unit: str = Field(
        description="Unit of all values: `seconds`, `tickets`, `percent`, `score` and so on.",
        min_length=1,
        max_length=20,
    )
    direction: Literal["lower-is-better", "higher-is-better", "neutral"] = Field(
        description="Which way is good."
    )
    dimensions: dict[str, Dimension] = Field(
        default_factory=dict,
        description="What the figure is limited to, such as channel, team, priority; empty: the whole tenant.",
        max_length=10,
    )
    window: Literal["minute", "hour", "day"] = Field(
        description="Length of the window; a day is the tenant's."
    )
    window_start: Moment = Field(description="First instant of the window.")
    count: int = Field(
        description="How many measurements, or for a volume the figure itself.", ge=0, le=2**53
    )
    sum: float = Field(default=0.0, description="Sum of the measurements, in `unit`.")
    mean: Figure = Field(default=None, description="Arithmetic mean in `unit`; null if count is 0.")
    p50: Figure = Field(
        default=None, description="Median in `unit`, within 1 %; null if there is none."
    )
    p90: Figure = Field(
        default=None, description="90th percentile in `unit`, within 1 %; null if there is none."
    )
    p99: Figure = Field(
        default=None, description="99th percentile in `unit`, within 1 %; null if there is none."
    )
    updated_at: Moment = Field(description="When this value was reckoned.")
