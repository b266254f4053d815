"""Settings of channel accounts, by kind: what each may say, and which secrets it may name.

A kind's settings are one model; what a part of ingest needs more is one optional field more.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    HttpUrl,
    model_validator,
)

from services.ingest.contact_settings import FormSettings, VoiceSettings
from services.ingest.domain.accounts import Kind
from services.ingest.domain.chat.channel import chat_channel
from services.ingest.domain.spam import DEFAULT_THRESHOLD, LONGEST_RULE, compiled
from services.ingest.provider_settings import (
    GenericSettings,
    NetworkSettings,
    PageSettings,
    TwilioSettings,
    WhatsAppSettings,
    XSettings,
)

Host = Annotated[
    str, Field(min_length=1, max_length=253, pattern=r"^[A-Za-z0-9\u0080-\U0010ffff._:-]+$")
]
Line = Annotated[str, Field(min_length=1, max_length=320, pattern=r"^[^\x00-\x1f\x7f]+$")]


def _is_after(text: str) -> str:
    if text not in ("keep", "flag", "delete") and not text.removeprefix("move:") != text:
        raise ValueError("must be keep, flag, delete or move:<folder>")
    if text == "move:":
        raise ValueError("move: needs the name of a folder")
    return text


class Settings(BaseModel):
    """What every kind's settings have in common: nothing unknown is taken."""

    model_config = ConfigDict(extra="forbid")


class OAuthRefresh(Settings):
    """Where an access token comes from (RFC 6749 section 6); secrets oauth-client-secret (if the
    provider gave one) and oauth-refresh-token."""

    token_url: HttpUrl = Field(description="The provider's token endpoint")
    client_id: Line
    scope: Line | None = None


class ImapSettings(Settings):
    """A mailbox to fetch from. Secret imap-password, or imap-token, or those of `oauth`."""

    host: Host
    port: int | None = Field(None, ge=1, le=65535, description="993 with tls, else 143")
    tls: Literal["tls", "starttls", "none"] = "tls"
    user: Line
    auth: Literal["password", "oauth2"] = "password"
    oauth: OAuthRefresh | None = Field(
        None, description="How to get a token for oauth2; without it the secret imap-token is one"
    )
    folders: list[Line] = Field(default=["INBOX"], min_length=1, max_length=20)
    after: Annotated[str, AfterValidator(_is_after), Field(max_length=260)] = Field(
        "keep",
        description="What becomes of a mail on the server once it is stored: keep, flag (seen),"
        " delete, or move:<folder>",
        examples=["move:Deskstream"],
    )


class WebhookSettings(Settings):
    """The mail provider that posts mails to /v1/email/<provider>/<tenant>/<account>."""

    provider: Literal["mailgun", "postmark", "sendgrid"]
    user: Line = Field(
        "deskstream", description="User of the basic auth that Postmark and SendGrid send"
    )


class SmtpSettings(Settings):
    """The relay that takes the account's mails. Secret smtp-password where it has a user."""

    host: Host
    port: int | None = Field(
        None, ge=1, le=65535, description="465 with tls, 587 with starttls, else 25"
    )
    tls: Literal["tls", "starttls", "none"] = "starttls"
    user: Line | None = None
    from_name: Line | None = Field(None, description="Shown as the sender instead of `name`")

    @model_validator(mode="after")
    def _shows_no_password(self) -> "SmtpSettings":
        if self.user is not None and self.tls == "none":
            raise ValueError("a user needs tls or starttls: the password would be seen by all")
        return self


class DkimSettings(Settings):
    """Signs the account's mails (RFC 6376). Secret dkim-key: the private key, PEM."""

    domain: Annotated[str, Field(max_length=253, pattern=r"^[A-Za-z0-9.-]+$")]
    selector: Annotated[str, Field(max_length=63, pattern=r"^[A-Za-z0-9._-]+$")]


def _is_rule(text: str) -> str:
    compiled(text)
    return text


class SpamSettings(Settings):
    """What is held back as spam; see docs/conversations.md for the order of the checks."""

    allow: list[Line] = Field(
        default=[],
        max_length=1000,
        description="Never spam: an address, `@domain`, or `@.domain` with what is below it",
    )
    deny: list[Line] = Field(default=[], max_length=1000, description="Always spam, likewise")
    rule: Annotated[str, AfterValidator(_is_rule), Field(max_length=LONGEST_RULE)] | None = Field(
        None,
        description="CEL expression that is true for spam, over sender, domain, subject, text,"
        " score, headers, spf, dkim, dmarc",
        examples=["dmarc == 'fail' && score > 2.0"],
    )
    threshold: float = Field(
        DEFAULT_THRESHOLD, ge=-100, le=1000, description="Score of filters that makes a mail spam"
    )


class InvitationSettings(Settings):
    """Shown to a visitor for whom the rule is true."""

    id: Line
    rule: str = Field(
        description="CEL over page, referrer, time_on_page (seconds), visits, language and"
        " agents_available",
        examples=["page.contains('/pricing') && time_on_page > 30 && agents_available > 0"],
    )
    text: str


class ChatSettings(Settings):
    """A chat on web pages; what each field means and allows: `domain.chat.channel`."""

    origins: list[str] = Field(
        default=[], description="Pages that may embed it; empty: our own; *: any"
    )
    bot: bool = Field(False, description="Whether a bot answers until somebody asks for a person")
    idle_minutes: int | None = Field(None, description="Minutes of silence that end a session")
    greeting: str | None = None
    invitations: list[InvitationSettings] = []

    @model_validator(mode="after")
    def _are_usable(self) -> Self:
        chat_channel(self.model_dump(exclude_none=True))
        return self


class EmailSettings(Settings):
    """An e-mail account: how mails come in, besides SMTP to its address and HTTP, and go out."""

    imap: ImapSettings | None = None
    webhook: WebhookSettings | None = None
    smtp: SmtpSettings | None = Field(None, description="Without it, the relay of INGEST_SMTP_*")
    dkim: DkimSettings | None = None
    plus_addressing: bool = Field(
        False,
        description="Whether mails to name+anything@ come in here too: answers then go to"
        " a signed address of their conversation (Reply-To)",
    )
    auto_replies: Literal["keep", "open"] = Field(
        "keep",
        description="keep: an automatic reply is only added to its conversation; open: it opens"
        " tickets like any message",
    )
    spam: SpamSettings | None = None
    rate_per_minute: int | None = Field(
        None, ge=1, le=1_000_000, description="Mails that all senders together send in a minute"
    )


SETTINGS_OF: Final[Mapping[Kind, type[BaseModel]]] = {
    "email": EmailSettings,
    "chat": ChatSettings,
    "whatsapp": WhatsAppSettings,
    "messenger": PageSettings,
    "instagram": PageSettings,
    "telegram": NetworkSettings,
    "line": NetworkSettings,
    "x": XSettings,
    "twilio-sms": TwilioSettings,
    "twilio-whatsapp": TwilioSettings,
    "voice": VoiceSettings,
    "form": FormSettings,
    "webhook": GenericSettings,
}
"""The model of each kind's settings."""


def settings_of(kind: Kind, given: Mapping[str, Any]) -> dict[str, Any]:
    """The settings as they are stored: JSON, defaults left out. Raises ValidationError."""
    made = SETTINGS_OF[kind].model_validate(given)
    return made.model_dump(mode="json", exclude_unset=True)
