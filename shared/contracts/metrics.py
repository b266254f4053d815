"""KPIs for dashboards: one event is the full, present value of one figure. Stable."""

from datetime import UTC
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from .payload import Moment, Payload, Tenant, open_enum

Figure = float | None
Window = Annotated[str, open_enum("minute", "hour", "day")]
DimensionName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,29}$")]
DimensionValue = Annotated[str, Field(min_length=1, max_length=60)]


class MetricUpdated(Payload):
    """The value of one metric in one window, replacing all earlier values of the same key.

    Kafka key: `tenant/metric/dimensions/window/window_start`; the dimensions as `name=value`,
    sorted by name, joined by commas, with `%`, `,`, `=` and `/` in values percent-encoded. For each
    key, keep the event with the highest `sequence` of the envelope.
    """

    TYPE: ClassVar[str] = "support.metric.updated.v1"

    tenant: Tenant = Field(description="Tenant whose figure it is.")
    metric: str = Field(
        description="Name of the metric, such as `first-response-time`.",
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
    dimensions: dict[DimensionName, DimensionValue] = Field(
        default_factory=dict,
        description="What the figure is limited to, such as channel, team, priority; at most 6; "
        "empty: the whole tenant.",
        max_length=6,
        json_schema_extra={"additionalProperties": False},
    )
    window: Window = Field(description="Length of the window; a day begins at midnight UTC.")
    window_start: Moment = Field(description="First instant of the window.")
    count: int = Field(
        description="How many measurements; for a volume or a backlog the figure itself.",
        ge=0,
        le=2**53,
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

    def record_key(self) -> str:
        dimensions = ",".join(
            f"{name}={_escaped(value)}" for name, value in sorted(self.dimensions.items())
        )
        start = self.window_start.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return f"{self.tenant}/{self.metric}/{dimensions}/{self.window}/{start}"


def _escaped(value: str) -> str:
    """The value with what the key's form uses percent-encoded; `%` first, or it doubles."""
    for sign in "%,=/":
        value = value.replace(sign, f"%{ord(sign):02X}")
    return value
