"""What ingest can be told by its environment."""

from datetime import timedelta

from pydantic import Field, model_validator
from pydantic_settings import SettingsConfigDict

from services.ingest.domain.deliveries import Patience
from services.ingest.settings.conversations import ConversationSettings
from services.ingest.settings.ways_in import WaysInSettings
from shared.service.settings import Port, ServiceSettings
from shared.storage import BlobSettings


class IngestSettings(ConversationSettings, WaysInSettings, ServiceSettings):
    """Read once, in app.py. Sizes are bytes, times are seconds."""

    model_config = SettingsConfigDict(env_prefix="INGEST_", extra="ignore")

    http_port: Port = Field(8001, description="Port of the API, of /live, /ready and /metrics")
    mail_limit: int = Field(
        25 * 1024 * 1024, ge=1024, description="Largest mail in bytes; a larger one gets a 413"
    )
    mail_domain: str = Field(
        "deskstream.localhost",
        pattern=r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$",
        max_length=200,
        description="Domain of the Message-IDs of our mails, and our name in SMTP greetings",
    )
    outbox_limit: int = Field(
        200_000, ge=1, description="Events waiting for Kafka above which mails are put off (503)"
    )
    free_disk: int = Field(
        1024**3, ge=0, description="Bytes to leave free for blobs; below it mails are put off (503)"
    )
    database_patience: float = Field(
        2.0, gt=0, description="Seconds to wait for a connection before mails are put off (503)"
    )
    smtp_host: str = Field("127.0.0.1", description="Relay that takes our mails")
    smtp_port: int = Field(25, ge=1, le=65535, description="Its port")
    smtp_timeout: float = Field(
        60.0, gt=0, description="Seconds for reaching the relay, and again for sending a mail"
    )
    smtp_connections: int = Field(
        8, ge=1, le=100, description="Mails that one process sends at a time"
    )
    delivery_lease: float = Field(
        120.0,
        gt=0,
        description="Seconds that a mail is one sender's: twice the SMTP timeout or more",
    )
    delivery_poll: float = Field(0.2, gt=0, description="Seconds between looks for mails to send")
    delivery_pause: float = Field(
        30.0, ge=0, description="Seconds after a first refusal for now (4xx); doubled by each more"
    )
    delivery_give_up: float = Field(
        48 * 3600, gt=0, description="Seconds after which a mail still refused for now has failed"
    )
    blobs: BlobSettings = Field(default_factory=BlobSettings)

    @model_validator(mode="after")
    def _lease_outlasts_the_call(self) -> "IngestSettings":
        # Connecting and sending each have the SMTP timeout; the rest is for storing the outcome.
        if self.delivery_lease < 2 * self.smtp_timeout:
            raise ValueError("INGEST_DELIVERY_LEASE must be at least twice INGEST_SMTP_TIMEOUT")
        return self

    def patience(self) -> Patience:
        """How long to try to deliver."""
        return Patience(
            pause=timedelta(seconds=self.delivery_pause),
            give_up_after=timedelta(seconds=self.delivery_give_up),
        )
