"""What ingest can be told by its environment."""

from datetime import timedelta
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from services.ingest.domain.deliveries import Patience
from services.ingest.settings.chat import ChatSettings, RedisSettings
from services.ingest.settings.contacts import ContactSettings
from services.ingest.settings.conversations import ConversationSettings
from services.ingest.settings.people import PeopleSettings
from services.ingest.settings.social import SocialSettings
from services.ingest.settings.ways_in import WaysInSettings
from shared.service.settings import Port, ServiceSettings
from shared.storage import BlobSettings


class IngestSettings(
    ConversationSettings,
    WaysInSettings,
    SocialSettings,
    ContactSettings,
    PeopleSettings,
    ServiceSettings,
):
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
    smtp_tls: Literal["none", "starttls", "tls"] = Field(
        "none", description="How the way to it is encrypted"
    )
    smtp_user: str | None = Field(None, description="Who we log in as; nobody without it")
    smtp_password: SecretStr | None = Field(None, description="The user's password")
    smtp_timeout: float = Field(
        60.0, gt=0, description="Seconds for reaching the relay, and again for sending a mail"
    )
    smtp_connections: int = Field(
        8, ge=1, le=100, description="Connections of one process to one relay for one account"
    )
    delivery_lease: float = Field(
        60.0,
        ge=1,
        description="Seconds after which another sender takes over what a dead one was sending",
    )
    delivery_at_once: int = Field(
        128, ge=8, le=1000, description="Messages of all channels that one process has in hand"
    )
    attachment_limit: int = Field(
        18 * 1024 * 1024, ge=0, description="Bytes that the files of one mail may have together"
    )
    delivery_poll: float = Field(0.2, gt=0, description="Seconds between looks for mails to send")
    delivery_pause: float = Field(
        30.0, ge=0, description="Seconds after a first refusal for now (4xx); doubled by each more"
    )
    delivery_give_up: float = Field(
        48 * 3600, gt=0, description="Seconds after which a mail still refused for now has failed"
    )
    blobs: BlobSettings = Field(default_factory=BlobSettings)
    chat: ChatSettings = Field(default_factory=ChatSettings)
    redis: RedisSettings = Field(default_factory=RedisSettings)

    def patience(self) -> Patience:
        """How long to try to deliver."""
        return Patience(
            pause=timedelta(seconds=self.delivery_pause),
            give_up_after=timedelta(seconds=self.delivery_give_up),
        )
