"""Which account a mail's recipient is, for any tenant."""

import time
from typing import Final

from services.ingest.domain.accounts import Account, addresses_for
from services.ingest.repository import Accounts
from shared.storage import Database

_REMEMBERED_SECONDS: Final = 1.0
_MOST_REMEMBERED: Final = 10_000


class Recipients:
    """Looks accounts up by address; remembers those found for a second, as mails come in floods."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[str, tuple[float, Account]] = {}

    async def account_of(self, recipient: str) -> Account | None:
        """The e-mail account that takes mails to this address; None for nobody's address."""
        known = self._known.get(recipient)
        if known is not None and known[0] > time.monotonic():
            return known[1]
        candidates = addresses_for(recipient)
        if not candidates:
            return None
        async with self._database.reading() as session:
            found = await Accounts(session).by_address(candidates)
        account = next((found[address] for address in candidates if address in found), None)
        self._remember(recipient, account)
        return account

    def _remember(self, recipient: str, account: Account | None) -> None:
        if len(self._known) >= _MOST_REMEMBERED:
            self._known.clear()
        if account is None:
            self._known.pop(recipient, None)
        else:
            self._known[recipient] = time.monotonic() + _REMEMBERED_SECONDS, account
