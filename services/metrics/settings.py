"""What metrics can be told by its environment."""

from datetime import timedelta

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from services.metrics.usecases.keeping import Retention
from shared.service import Port, ServiceSettings


class MetricsSettings(ServiceSettings):
    """The settings of metrics: METRICS_… and the parts that all services share."""

    model_config = SettingsConfigDict(env_prefix="METRICS_", extra="ignore")

    http_port: Port = Field(8004, description="Port of the API, of /live, /ready and /metrics")
    announce_pause: float = Field(
        1.0, ge=0.1, le=60, description="Seconds between two announcements of one figure, at least"
    )
    stream_poll: float = Field(
        0.5, gt=0, le=10, description="Seconds between two looks for news of the event stream"
    )
    keep_minutes: int = Field(35, ge=1, description="Days for which figures by the minute are kept")
    keep_hours: int = Field(400, ge=1, description="Days for which figures by the hour are kept")
    keep_days: int = Field(3660, ge=1, description="Days for which figures by the day are kept")
    keep_facts: int = Field(
        400,
        ge=15,
        description="Days after a ticket's last change for which it can still change figures; "
        "more than support.tickets.v1 is kept",
    )

    @property
    def retention(self) -> Retention:
        """How long windows and facts are kept."""
        return Retention(
            windows={
                "minute": timedelta(days=self.keep_minutes),
                "hour": timedelta(days=self.keep_hours),
                "day": timedelta(days=self.keep_days),
            },
            facts=timedelta(days=self.keep_facts),
        )
