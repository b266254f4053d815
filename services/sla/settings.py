"""What the environment tells this service."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from shared.service import Port, ServiceSettings


class SlaSettings(ServiceSettings):
    """Settings of the sla service, read once, in app.py."""

    model_config = SettingsConfigDict(env_prefix="SLA_", extra="ignore")

    http_port: Port = Field(8003, description="Port of the API, of /live, /ready and /metrics")
    public_domain: str | None = Field(
        None,
        description="Domain whose subdomains are tenants: on demo.help.example.com the public "
        "promises of `demo` are shown if it is help.example.com",
    )
    preview_tickets: int = Field(
        20_000, ge=1, description="Tickets that one preview or replay of a draft looks at"
    )
