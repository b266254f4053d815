"""How a network is written to: what every provider's module says of its own."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.ingest.domain.accounts import Account
from services.ingest.domain.providers.splitting import Measure
from services.ingest.providers.api_base import api_base
from services.ingest.providers.calls import Answer, Call
from services.ingest.providers.hooks import Secret


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a message on its way. number: 0, 1, …; previous: the id of the part before it.

    key: equal whenever this part is sent again. at: about now. callback: where statuses are to be
    sent, if known.
    """

    account: Account
    recipient: str
    text: str
    key: UUID
    number: int
    previous: str | None
    secret: Secret
    at: datetime
    callback: str | None

    @property
    def base(self) -> str:
        """The base address of the API."""
        return api_base(self.account)

    def bearer(self, name: str = "access-token") -> dict[str, str]:
        """The header that shows an access token."""
        return {"Authorization": f"Bearer {self.secret(name)}"}


@dataclass(frozen=True, slots=True)
class Refusal:
    """What an answer that is not good means. kind: as Outcome's."""

    kind: str
    reason: str
    wait: float | None = None


@dataclass(frozen=True, slots=True)
class Network:
    """A provider's API. limit: longest text by the recipient; measure: how it is counted.

    call: one part as a call. id_of: what the provider calls the part, from a good answer.
    refusal: what another answer means, None where the status says it. repeats: whether the
    provider knows a part that it is sent again. taken: whether an answer says that it was. needs:
    settings without which nothing can be sent.
    """

    limit: Callable[[str], int]
    call: Callable[[Piece], Call]
    id_of: Callable[[Answer], str | None]
    refusal: Callable[[Answer], Refusal | None] = lambda _answer: None
    measure: Measure = len
    repeats: bool = False
    taken: Callable[[Answer], bool] = lambda answer: answer.is_good
    needs: tuple[str, ...] = ()
