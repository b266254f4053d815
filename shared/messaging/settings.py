"""How to reach Kafka, and how the delivery engine works its batches."""

from typing import Any, Literal

from aiokafka.helpers import create_ssl_context
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class KafkaSettings(BaseSettings):
    """Kafka and the engine. Every field is read from the environment as KAFKA_…."""

    model_config = SettingsConfigDict(env_prefix="KAFKA_", extra="ignore")

    bootstrap_servers: str = Field(
        default="127.0.0.1:59092", description="Brokers to begin with: host:port,host:port"
    )
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        default="PLAINTEXT", description="How connections to the brokers are protected"
    )
    ssl_ca_file: str | None = Field(
        default=None, description="File with the authorities to trust (default: the system's)"
    )
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        default="SCRAM-SHA-512", description="How the user is proved when SASL is on"
    )
    sasl_username: str | None = Field(default=None, description="User name for SASL")
    sasl_password: SecretStr | None = Field(default=None, description="Password for SASL")
    enable_idempotence: bool = Field(
        default=True,
        description="Idempotent producer; off only for the Tansu broker, which knows none",
    )
    instance_id: str | None = Field(
        default=None,
        description="Static member id of this replica, such as its StatefulSet pod name",
    )
    batch_size: int = Field(
        default=500, ge=1, le=5000, description="Records that one transaction takes at most"
    )
    batch_timeout: float = Field(
        default=0.25, gt=0, description="Seconds that a poll waits for the first record"
    )
    batch_pace: float = Field(
        default=0.02,
        ge=0,
        description="Seconds that a consumer rests after a small batch, so that the next is larger",
    )
    session_timeout: float = Field(
        default=45.0, ge=3, description="Seconds after which a silent consumer loses its partitions"
    )
    request_timeout: float = Field(
        default=30.0, gt=0, description="Seconds that a request to a broker may take"
    )
    stuck_after: float = Field(
        default=60.0,
        gt=0,
        description="Seconds a partition with lag may stand still before the process ends itself",
    )
    relay_page: int = Field(
        default=1000, ge=1, le=10000, description="Outbox rows that the relay reads at once"
    )

    def connection(self) -> dict[str, Any]:
        """The arguments that every aiokafka client takes to connect."""
        arguments: dict[str, Any] = {
            "bootstrap_servers": self.bootstrap_servers,
            "security_protocol": self.security_protocol,
            "request_timeout_ms": int(self.request_timeout * 1000),
        }
        if self.security_protocol.endswith("SSL"):
            arguments["ssl_context"] = create_ssl_context(cafile=self.ssl_ca_file)
        if self.security_protocol.startswith("SASL"):
            arguments["sasl_mechanism"] = self.sasl_mechanism
            arguments["sasl_plain_username"] = self.sasl_username
            password = self.sasl_password
            arguments["sasl_plain_password"] = password.get_secret_value() if password else None
        return arguments
