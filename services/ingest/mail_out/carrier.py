"""E-mail as a channel to send by: a leased message becomes a mail and goes to a relay."""

from services.ingest.domain.accounts import Account
from services.ingest.domain.compose import Unaddressable, letter
from services.ingest.domain.deliveries import Leased, Outcome
from services.ingest.smtp import SmtpRelay
from shared.messaging.errors import describe


class MailCarrier:
    """Sends by SMTP for accounts of kind `email`."""

    def __init__(self, relay: SmtpRelay) -> None:
        self._relay = relay

    async def carry(self, leased: Leased, account: Account) -> Outcome:
        """One attempt, and what came of it."""
        try:
            mail = letter(leased.message, leased.delivery.kind)
        except Unaddressable as error:
            return Outcome("refused", str(error))
        except Exception as error:
            # What cannot be written down once cannot be written down later either.
            return Outcome("refused", f"it cannot be written as a mail: {describe(error)}")
        return await self._relay.send(mail)

    async def close(self) -> None:
        """Leaves the relays."""
        await self._relay.close()
