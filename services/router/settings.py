"""What router reads from its environment."""

from datetime import timedelta

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from shared.service import Port, ServiceSettings


class RouterSettings(ServiceSettings):
    """Router's settings: its own as ROUTER_…, the shared parts under their prefixes."""

    model_config = SettingsConfigDict(env_prefix="ROUTER_", extra="ignore")

    http_port: Port = Field(8002, description="Port of the API, of /live, /ready and /metrics")
    acknowledge_channels: str = Field(
        "email",
        pattern=r"^([A-Za-z0-9][A-Za-z0-9._-]*(,[A-Za-z0-9][A-Za-z0-9._-]*)*)?$",
        description="Channels, separated by commas, whose customers are told their ticket's number",
    )
    acknowledge_after: float = Field(
        30.0,
        ge=0,
        le=86_400,
        description="Seconds after which they are told without a promised time, if none is known",
    )

    @property
    def acknowledged_channels(self) -> frozenset[str]:
        """ROUTER_ACKNOWLEDGE_CHANNELS as a set."""
        return frozenset(filter(None, self.acknowledge_channels.split(",")))

    @property
    def acknowledged_after(self) -> timedelta:
        """ROUTER_ACKNOWLEDGE_AFTER as a length of time."""
        return timedelta(seconds=self.acknowledge_after)
