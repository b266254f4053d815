"""How long things are kept, and how soon people are forgotten."""

from datetime import timedelta

from pydantic import Field
from pydantic_settings import BaseSettings


class PeopleSettings(BaseSettings):
    """Inherited by IngestSettings. Times are seconds where they are not days."""

    retention_days: int | None = Field(
        None, ge=1, description="Days that mails are kept as they came; without it for ever"
    )
    erasure_within: float = Field(
        24 * 3600,
        ge=60,
        description="Seconds that an erasure may take; it is promised to who asks, and begins at"
        " once",
    )
    erasure_grace: float = Field(
        60.0,
        ge=0,
        le=3600,
        description="Seconds after which an erasure looks once more for what came meanwhile",
    )

    def retention(self) -> timedelta | None:
        """How long raw mails are kept, None for ever."""
        return None if self.retention_days is None else timedelta(days=self.retention_days)
