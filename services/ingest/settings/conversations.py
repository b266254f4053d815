"""How messages find their conversations, and what is let through."""

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings


class ConversationSettings(BaseSettings):
    """Inherited by IngestSettings. Times are seconds."""

    reply_key: SecretStr | None = Field(
        None,
        min_length=16,
        description="Key that signs the reply addresses (help+token@…), the same in every process;"
        " without it there are none",
    )
    trusted_relays: str = Field(
        "",
        max_length=1000,
        description="Names (authserv-ids, separated by commas) of the relays before us whose"
        " Authentication-Results are believed",
    )
    check_authentication: bool = Field(
        False,
        description="Check DKIM and DMARC by DNS where no trusted relay has done it; needs a"
        " resolver",
    )
    authentication_timeout: float = Field(
        5.0, gt=0, le=60, description="Seconds that the checks of one batch of mails may take"
    )
    automatic_budget: int = Field(
        20, ge=0, description="Automatic mails that one address is sent in an hour at most"
    )

    def reply_secret(self) -> bytes | None:
        """The key as bytes, None where no reply addresses are made."""
        return self.reply_key.get_secret_value().encode() if self.reply_key else None

    def trusted(self) -> frozenset[str]:
        """The trusted authserv-ids in lower case."""
        return frozenset(filter(None, map(str.strip, self.trusted_relays.lower().split(","))))
