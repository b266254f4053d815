"""How to reach PostgreSQL and the blob store."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class DatabaseSettings(BaseSettings):
    """The service's own database. Every field is read from the environment as DATABASE_…."""

    model_config = SettingsConfigDict(env_prefix="DATABASE_", extra="ignore")

    url: str = Field(
        description="Address of the service's own database: postgresql://user:password@host/name",
        pattern=r"^postgres(ql)?://",
    )
    pool_size: int = Field(
        default=12, ge=2, le=200, description="Connections that one process keeps at most"
    )
    pool_timeout: float = Field(
        default=5.0, gt=0, description="Seconds to wait for a free connection"
    )
    statement_timeout: float = Field(
        default=30.0, gt=0, description="Seconds that one statement may take"
    )
    lock_timeout: float = Field(
        default=10.0, gt=0, description="Seconds that one statement may wait for a lock"
    )


class BlobSettings(BaseSettings):
    """Where large bodies and attachments are kept. Read from the environment as BLOBS_…."""

    model_config = SettingsConfigDict(env_prefix="BLOBS_", extra="ignore")

    url: str = Field(
        default="file:///var/lib/deskstream/blobs",
        description="file:///folder, s3://bucket/prefix, gs://bucket/prefix or az://container",
    )
