"""Sends answers by providers' APIs, part by part, and says what came of it."""

import asyncio
from datetime import timedelta
from typing import Final, Literal, cast
from uuid import UUID, uuid5

from services.ingest.domain.accounts import Account
from services.ingest.domain.deliveries import Leased, Outcome
from services.ingest.domain.providers.splitting import split
from services.ingest.providers.api_base import api_base
from services.ingest.providers.calls import Answer, Line, NoAnswer, NobodyThere
from services.ingest.providers.networks import NETWORKS
from services.ingest.providers.secret_of import secret_of
from services.ingest.providers.sending import Network, Piece, Refusal
from services.ingest.secrets import SecretMissing, Secrets

_MOST_PARTS: Final = 20
_LONGEST_REASON: Final = 300
_TRIES_BETWEEN: Final = 3
_LONGEST_WAIT: Final = 5.0
_KEYS: Final = UUID("6f9c1d7e-2a51-4c35-9d36-6c0f5a4b7d10")
Kind = Literal["sent", "refused", "deferred", "unreachable", "blocked", "unknown", "lost"]


class ProviderCarrier:
    """The carrier of every account kind that has a network in NETWORKS."""

    def __init__(self, secrets: Secrets, *, seconds: float, public_url: str | None = None) -> None:
        """seconds: for each call. public_url: our own address, for providers that ask for it."""
        self._secrets = secrets
        self._line = Line(seconds)
        self._public_url = public_url

    async def carry(self, leased: Leased, account: Account) -> Outcome:
        """One attempt. A message that may be out already is not sent again, unless the provider
        knows it by a key."""
        network, delivery = NETWORKS[account.kind], leased.delivery
        if delivery.unconfirmed and not network.repeats:
            return Outcome("lost", "it may have been sent, and nobody could say so")
        parts = split(leased.message.text, network.limit(delivery.recipient or ""), network.measure)
        if why := _impossible(leased, account, parts):
            return Outcome("refused", why)
        try:
            return await self._send(leased, account, network, parts)
        except SecretMissing as error:
            return Outcome("blocked", f"there is no {error}")

    async def close(self) -> None:
        """Ends all connections."""
        await self._line.close()

    async def _send(
        self, leased: Leased, account: Account, network: Network, parts: list[str]
    ) -> Outcome:
        previous: str | None = None
        for number, text in enumerate(parts):
            piece = Piece(
                account, leased.delivery.recipient or "", text,
                uuid5(_KEYS, f"{leased.delivery.request_id}/{number}"), number, previous,
                secret_of(self._secrets, account),
                # The end of the lease: under a minute ahead, near enough for a signature's time.
                leased.delivery.due_at, self._callback(account),
            )  # fmt: skip
            outcome = await self._part(network, piece)
            if outcome.kind != "sent":
                return _in_the_middle(outcome, network, number, len(parts))
            previous = outcome.provider_id
        return Outcome("sent", provider_id=previous)

    async def _part(self, network: Network, piece: Piece) -> Outcome:
        """Sends one part. Between two parts it waits a little itself: the first is out already."""
        tries = _TRIES_BETWEEN if piece.number and not network.repeats else 1
        outcome = await self._once(network, piece)
        while tries > 1 and outcome.kind in ("deferred", "unreachable"):
            tries -= 1
            await asyncio.sleep(min(_LONGEST_WAIT, _seconds(outcome.wait) or 1.0))
            outcome = await self._once(network, piece)
        return outcome

    async def _once(self, network: Network, piece: Piece) -> Outcome:
        try:
            answer = await self._line.post(network.call(piece))
        except NobodyThere as error:
            return Outcome("unreachable", f"the provider cannot be reached: {error}")
        except NoAnswer as error:
            return Outcome(
                "unknown" if network.repeats else "lost", f"the provider did not answer: {error}"
            )
        if network.taken(answer):
            return Outcome("sent", provider_id=network.id_of(answer))
        return _outcome(network.refusal(answer) or _by_status(answer), answer)

    def _callback(self, account: Account) -> str | None:
        if self._public_url is None:
            return None
        return f"{self._public_url}/v1/webhooks/{account.tenant}/{account.id}"


def _impossible(leased: Leased, account: Account, parts: list[str]) -> str | None:
    if not api_base(account):
        return "the account has no api_base to send answers to"
    for name in NETWORKS[account.kind].needs:
        if not account.settings.get(name):
            return f"the account's settings lack {name}"
    if not leased.delivery.recipient:
        return "there is no address to send it to"
    if leased.message.attachments:
        return "files cannot be sent by this network"
    if not parts:
        return "it says nothing"
    return f"it needs more than {_MOST_PARTS} messages" if len(parts) > _MOST_PARTS else None


def _by_status(answer: Answer) -> Refusal:
    if answer.status == 429 or answer.status >= 500:
        return Refusal("deferred", f"the provider answered {answer.status}")
    if answer.status == 401:
        return Refusal("blocked", "the provider does not know the account's secret (401)")
    return Refusal("refused", f"the provider answered {answer.status}")


def _outcome(refusal: Refusal, answer: Answer) -> Outcome:
    wait = refusal.wait if refusal.wait is not None else answer.retry_after
    return Outcome(
        cast(Kind, refusal.kind), refusal.reason[:_LONGEST_REASON],
        wait=None if wait is None else timedelta(seconds=min(wait, 86_400)),
    )  # fmt: skip


def _in_the_middle(outcome: Outcome, network: Network, number: int, parts: int) -> Outcome:
    """Once a part is out, the whole must not be sent again, unless its parts are known."""
    repeatable = network.repeats and outcome.kind != "refused"
    if number == 0 or repeatable:
        return outcome
    return Outcome("lost", f"{number} of {parts} parts were sent; then: {outcome.reason}")


def _seconds(wait: timedelta | None) -> float:
    return wait.total_seconds() if wait else 0.0
