"""Networks: webhooks in, files from providers, how a post sounds, answers by providers' APIs."""

from pydantic import Field
from pydantic_settings import BaseSettings


class SocialSettings(BaseSettings):
    """Inherited by IngestSettings. Sizes are bytes, times are seconds."""

    public_url: str | None = Field(
        None,
        pattern=r"^https?://[^\s?#]+[^\s?#/]$",
        description="Our address as providers call it, without a slash at its end; Twilio signs it",
    )
    webhook_limit: int = Field(
        1024 * 1024, ge=1024, description="Largest body of a webhook in bytes; larger gets a 413"
    )
    media_limit: int = Field(
        25 * 1024 * 1024, ge=1024, description="Largest file that is fetched from a provider"
    )
    media_timeout: float = Field(
        10.0, gt=0, le=30, description="Seconds that fetching a file may take each time, of three"
    )
    provider_timeout: float = Field(
        20.0, gt=0, le=50, description="Seconds that a provider may take to answer a call of ours"
    )
    sentiment_url: str | None = Field(
        None,
        pattern=r"^https?://\S+$",
        description="Service that says how a text sounds that is not English; see docs/social.md",
    )
    sentiment_timeout: float = Field(
        2.0, gt=0, le=10, description="Seconds that it may take; after that the answer is unknown"
    )
