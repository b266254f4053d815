"""What the environment tells this service."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from shared.service import Port, ServiceSettings


class KbSettings(ServiceSettings):
    """Settings of the kb service, read once, in app.py."""

    model_config = SettingsConfigDict(env_prefix="KB_", extra="ignore")

    http_port: Port = Field(8005, description="Port of the API, of /live, /ready and /metrics")
    suggested: int = Field(
        3, ge=1, le=10, description="Articles that are suggested for a new ticket at most"
    )
    least_score: float = Field(
        0.2, ge=0, le=1, description="Score from 0 to 1 below which an article is not suggested"
    )
