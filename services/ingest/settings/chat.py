"""What the live chat can be told."""

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class RedisSettings(BaseSettings):
    """Redis or Valkey: what it holds may be lost at any time."""

    model_config = SettingsConfigDict(env_prefix="REDIS_", extra="ignore")

    url: str | None = Field(
        None,
        description="Redis or Valkey that replicas tell each other by; without it they find each"
        " other's chat messages in the database, within INGEST_CHAT_POLL",
        pattern=r"^(rediss?|unix)://",
    )


class ChatSettings(BaseSettings):
    """Visitors' sockets. Sizes are bytes, times are seconds."""

    model_config = SettingsConfigDict(env_prefix="INGEST_CHAT_", extra="ignore")

    key: SecretStr | None = Field(
        None,
        min_length=32,
        description="Key of visitors' tokens and file links, 32 characters or more; without it the"
        " one that the migration made",
    )
    token_days: int = Field(
        30, ge=1, le=365, description="Days that a visitor's token is good, and an ended chat kept"
    )
    idle: float = Field(
        1800, ge=1, description="Seconds of silence that end a chat whose account does not say"
    )
    connections: int = Field(5000, ge=1, description="Sockets that one process serves at most")
    connections_per_address: int = Field(
        50, ge=1, description="Sockets of one client address at most, in one process"
    )
    proxies: int = Field(
        0, ge=0, le=5, description="Trusted proxies in front, each adding to X-Forwarded-For"
    )
    rate: float = Field(2.0, gt=0, description="Messages a second that one session may send on")
    burst: int = Field(10, ge=1, description="Messages that it may send at once before that")
    chats_per_address: int = Field(
        100,
        ge=1,
        description="Chats that one client address may begin in ten minutes at one process, and as"
        " many invitations that it is shown; an office behind one address counts as one",
    )
    chats_per_account: int = Field(
        2000, ge=1, description="The same of all addresses together at one account"
    )
    transcripts_per_address: int = Field(
        10, ge=1, description="Transcripts that one client address may ask for in ten minutes"
    )
    transcripts_per_account: int = Field(
        300, ge=1, description="The same of all addresses together at one account"
    )
    backlog: int = Field(
        256, ge=16, description="Frames that wait for a slow reader; more are read when it goes on"
    )
    patience: float = Field(
        20.0, gt=0, description="Seconds for a frame to be taken, and for hello to come"
    )
    poll: float = Field(
        1.0, gt=0, description="Seconds between looks for others' messages while Redis is away"
    )
    calm_poll: float = Field(10.0, gt=0, description="The same while Redis is there")
    queue_poll: float = Field(
        5.0, gt=0, description="Seconds between looks at queues and who is available"
    )
    file_limit: int = Field(
        10 * 1024 * 1024, ge=1024, description="Largest file that a visitor may send"
    )
    files_per_address: int = Field(
        30, ge=1, description="Files in ten minutes from one client address (IPv6: /64)"
    )
    files_per_account: int = Field(
        600, ge=1, description="Files in ten minutes that one chat account takes together"
    )
    file_types: str = Field(
        "image/png,image/jpeg,image/gif,image/webp,application/pdf,text/plain,text/csv",
        description="Media types that a visitor may send, separated by commas",
    )
