"""How often one address, and all together, may do what anybody may: send forms, begin chats."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import Final

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import FixedWindowRateLimiter
from redis.exceptions import RedisError

log = logging.getLogger(__name__)

MINUTES: Final = 10
_REDIS_SECONDS: Final = 0.5

_Hit = Callable[..., Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class Sender:
    """Who does it, at which channel account of which tenant. counted: what is counted by itself."""

    tenant: str
    account: str
    address: str
    counted: str = "form"


class RateLimits:
    """Counts in Redis, where all replicas count together; while it is away, each for itself."""

    def __init__(self, redis_url: str | None) -> None:
        self._own = FixedWindowRateLimiter(MemoryStorage())
        self._redis = _redis(redis_url) if redis_url else None
        self._shared = FixedWindowRateLimiter(self._redis) if self._redis else None
        self._is_alone = False

    async def run(self, stop: asyncio.Event) -> None:
        """Lets Redis go once `stop` is set."""
        await stop.wait()
        await self.close()

    async def close(self) -> None:
        """Closes the connections to Redis."""
        if self._redis is not None:
            # Its type is that of all clients; the one for redis-py has it.
            await self._redis.bridge.storage.aclose()  # type: ignore[attr-defined]

    async def take(self, sender: Sender, per_address: int, per_account: int) -> bool:
        """Counts one in, within ten minutes; False where it is one too many."""
        return await _take(self._hit, sender, per_address, per_account)

    async def take_here(self, sender: Sender, per_address: int, per_account: int) -> bool:
        """The same, counted by this process alone: for where somebody waits for the answer."""
        return await _take(self._own.hit, sender, per_address, per_account)

    async def _hit(self, limit: RateLimitItem, *key: str) -> bool:
        if self._shared is not None:
            try:
                taken = await self._shared.hit(limit, *key)
            except (RedisError, OSError, TimeoutError):
                self._say(is_alone=True)
            else:
                self._say(is_alone=False)
                return taken
        return await self._own.hit(limit, *key)

    def _say(self, *, is_alone: bool) -> None:
        if is_alone != self._is_alone:
            self._is_alone = is_alone
            log.warning("rates are counted", extra={"by": "us" if is_alone else "Redis"})


async def _take(hit: _Hit, sender: Sender, per_address: int, per_account: int) -> bool:
    what = sender.counted, sender.tenant, sender.account
    one = RateLimitItemPerMinute(per_address, MINUTES)
    if not await hit(one, "address", *what, network(sender.address)):
        return False
    return await hit(RateLimitItemPerMinute(per_account, MINUTES), "account", *what)


def network(address: str) -> str:
    """What is counted as one sender: an IPv4 address, or the /64 of an IPv6 one (RFC 6177)."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return address[:100]
    if isinstance(parsed, IPv6Address):
        return parsed.ipv4_mapped.compressed if parsed.ipv4_mapped else _prefix(parsed)
    return parsed.compressed


def _prefix(address: IPv6Address) -> str:
    return IPv6Address(int(address) >> 64 << 64).compressed + "/64"


def _redis(url: str) -> RedisStorage:
    return RedisStorage(
        url.replace("unix://", "redis+unix://", 1),
        implementation="redispy",
        key_prefix="ingest:rates",
        socket_timeout=_REDIS_SECONDS,
        socket_connect_timeout=_REDIS_SECONDS,
    )
