"""Settings of accounts at messaging and social networks, by kind; docs/social.md explains each."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, HttpUrl

Id = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9_:-]+$")]
Host = Annotated[str, Field(min_length=3, max_length=253, pattern=r"^[a-z0-9][a-z0-9.-]+[a-z0-9]$")]


class NetworkSettings(BaseModel):
    """What all networks have in common: nothing unknown is taken."""

    model_config = ConfigDict(extra="forbid")

    api_base: HttpUrl | None = Field(
        None, description="Base address of the API instead of the provider's own"
    )
    media_hosts: list[Host] = Field(
        default=[],
        max_length=20,
        description="Hosts besides the provider's own that files of posts are fetched from",
    )


class WhatsAppSettings(NetworkSettings):
    """Secrets app-secret, verify-token, access-token."""

    phone_number_id: Id | None = Field(
        None, description="The number's id at Meta, not the number itself; needed for sending"
    )


class PageSettings(NetworkSettings):
    """Messenger and Instagram. Secrets app-secret, verify-token, access-token."""

    page_id: Id = Field(
        default="me", description="The page or professional account; me: the token's"
    )


class XSettings(NetworkSettings):
    """Secrets consumer-secret, access-token (of the account's user, OAuth 2)."""


class TwilioSettings(NetworkSettings):
    """Secret auth-token. The account's address is its number, E.164."""

    account_sid: Annotated[str, Field(pattern=r"^AC[0-9a-zA-Z]{6,64}$")] | None = Field(
        None, description="The account at Twilio; needed for sending and for files"
    )
    messaging_service_sid: Annotated[str, Field(pattern=r"^MG[0-9a-zA-Z]{6,64}$")] | None = Field(
        None, description="Sends by this service instead of by the number"
    )


class GenericSettings(NetworkSettings):
    """A webhook of anybody's. Secret signing-secret; api_base is where answers are POSTed to."""

    network: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,39}$")] | None = Field(
        None, description="What its messages name as their network", examples=["zalo"]
    )
