"""How replicas tell each other that a session has changed: Redis pub/sub, which may be lost."""

import asyncio
import json
import logging
from collections.abc import Callable, Collection
from contextlib import suppress
from typing import Any
from uuid import UUID, uuid4

from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from services.ingest.domain.chat.sessions import Key
from services.ingest.metric_names import CHAT_WIRE

log = logging.getLogger(__name__)

Heard = Callable[[Key, dict[str, Any] | None], None]
"""Called with a session, and a signal in it, or None where it has changed in the database."""

_PREFIX = "deskstream:chat"
_SECONDS = 2.0
_MOST_WAITING = 10_000


class _Subscription(PubSub):
    """Two tasks use its connection; were each to connect again, one connection would be left open.

    So a lost one stays lost: `Wire.run` begins again, and knows what it has missed.
    """

    async def _reconnect(self, conn: Any, *_: Any, **__: Any) -> None:
        await conn.disconnect(nowait=True)


class Wire:
    """One process's end: says what changed, and hears of the sessions that it listens to.

    No text passes here, only that there is something to read, typing, and read marks.
    """

    def __init__(self, url: str | None) -> None:
        """url: None where there is no Redis; then nothing is heard."""
        self._id = uuid4().hex
        self._redis = None if url is None else _client(url)
        self._wanted: set[Key] = set()
        self._waiting: list[tuple[str, str]] = []
        self._sending: asyncio.Task[None] | None = None
        self._pubsub: PubSub | None = None
        self._changes = asyncio.Event()

    @property
    def connected(self) -> bool:
        """Whether what others say is heard just now."""
        return self._pubsub is not None

    def say(self, keys: Collection[Key], signal: dict[str, Any] | None = None) -> None:
        """Tells the other processes, soon, if it can be; never waits."""
        if self._redis is None or len(self._waiting) > _MOST_WAITING:
            return
        body = json.dumps({"from": self._id, "signal": signal})
        self._waiting += [(_channel(key), body) for key in keys]
        if self._sending is None or self._sending.done():
            self._sending = asyncio.create_task(self._send(self._redis))

    def listen(self, key: Key) -> None:
        """Wants to hear of a session from now on."""
        self._wanted.add(key)
        self._changes.set()

    def ignore(self, key: Key) -> None:
        """No longer wants to."""
        self._wanted.discard(key)
        self._changes.set()

    async def run(self, stop: asyncio.Event, heard: Heard, regained: Callable[[], None]) -> None:
        """Listens until `stop` is set, beginning again when Redis was lost.

        regained: called once it hears again, since what was said meanwhile is lost.
        """
        while not stop.is_set() and self._redis is not None:
            try:
                await self._hear(self._redis, stop, heard, regained)
            except (RedisError, OSError, TimeoutError) as error:
                log.warning("chat hears nothing from Redis", extra={"error": type(error).__name__})
            finally:
                self._pubsub = None
                CHAT_WIRE.set(0)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), 0.5)

    async def close(self) -> None:
        """Ends its connections."""
        if self._sending is not None:
            self._sending.cancel()
            await asyncio.gather(self._sending, return_exceptions=True)
        if self._redis is not None:
            with suppress(RedisError, OSError):
                await self._redis.aclose()

    async def _hear(
        self, redis: Redis, stop: asyncio.Event, heard: Heard, regained: Callable[[], None]
    ) -> None:
        pubsub = _Subscription(redis.connection_pool, ignore_subscribe_messages=True)
        subscribing: asyncio.Task[None] | None = None
        try:
            await pubsub.subscribe(_PREFIX)
            subscribing = asyncio.create_task(self._subscribe(pubsub, regained))
            while not stop.is_set() and not subscribing.done():
                message = await pubsub.get_message(timeout=_SECONDS)
                if message is not None:
                    self._pass_on(message, heard)
            if subscribing.done():
                subscribing.result()
        finally:
            if subscribing is not None:
                await _end(subscribing)
            with suppress(RedisError, OSError):
                await pubsub.aclose()  # type: ignore[no-untyped-call]

    async def _subscribe(self, pubsub: PubSub, regained: Callable[[], None]) -> None:
        """Keeps the subscriptions those that are wanted."""
        listened: set[Key] = set()
        while True:
            self._changes.clear()
            wanted = set(self._wanted)
            if new := [_channel(key) for key in wanted - listened]:
                await pubsub.subscribe(*new)
            if old := [_channel(key) for key in listened - wanted]:
                await pubsub.unsubscribe(*old)
            listened = wanted
            if not self.connected:
                self._pubsub = pubsub
                CHAT_WIRE.set(1)
                regained()
            await self._changes.wait()

    def _pass_on(self, message: dict[str, Any], heard: Heard) -> None:
        key = _key(message["channel"])
        try:
            said = json.loads(message["data"])
            signal = said["signal"]
        except (ValueError, KeyError, TypeError):
            return
        if key is not None and said.get("from") != self._id:
            heard(key, signal if isinstance(signal, dict) else None)

    async def _send(self, redis: Redis) -> None:
        while self._waiting:
            said, self._waiting = self._waiting, []
            try:
                async with asyncio.timeout(_SECONDS):
                    pipeline = redis.pipeline(transaction=False)
                    for channel, body in said:
                        pipeline.publish(channel, body)
                    await pipeline.execute()
            except (RedisError, OSError, TimeoutError):
                # Whoever should have heard it finds it in the database a little later.
                self._waiting.clear()


async def _end(task: asyncio.Task[None]) -> None:
    """Cancels until it is so: redis-py swallows a cancellation now and then."""
    while not task.done():
        task.cancel()
        await asyncio.wait((task,), timeout=0.05)
    if not task.cancelled():
        task.exception()


def _client(url: str) -> Redis:
    # A lost connection must be seen here, where everything is read again then.
    return Redis.from_url(
        url, decode_responses=True, socket_timeout=_SECONDS * 2, socket_connect_timeout=_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )  # fmt: skip


def _channel(key: Key) -> str:
    return f"{_PREFIX}:{key[0]}:{key[1].hex}"


def _key(channel: str) -> Key | None:
    _, _, rest = channel.partition(f"{_PREFIX}:")
    tenant, _, session = rest.rpartition(":")
    try:
        return tenant, UUID(session)
    except ValueError:
        return None
