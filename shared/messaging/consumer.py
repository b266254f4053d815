"""How a service declares what it reads: a group, its topics, the types it uses, and a use case."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from shared.contracts.catalog import TYPES
from shared.contracts.envelope import Payload
from shared.messaging.events import Received
from shared.messaging.outbox import Outbox
from shared.storage.sessions import Session

Handler = Callable[[Session, Outbox, Sequence[Received[Any]], datetime], Awaitable[None]]
"""A use case: (session, outbox, received, now). All or nothing; it never commits."""

Prepare = Callable[[Sequence[Received[Any]]], Awaitable[Sequence[Received[Any]]]]
"""Slow work before the transaction (blobs, parsing): gives the same events, `data` replaced."""


@dataclass(frozen=True)
class Consumer:
    """One subscription of a service.

    name: the Kafka group, `support.<service>.<topic noun>`. reads: the payload types that `handle`
    wants; other known types are skipped unread. ordered: a parked record holds the later ones of
    its key. compacted: the topic is full state, folded by `sequence`, so no inbox is kept. pace:
    seconds that it rests after a small batch, so that the next is larger and cheaper (None: the
    setting KAFKA_BATCH_PACE); longer where nobody waits for the effect. only: which payloads of
    those types it wants at all; the others are skipped without a trace (None: all of them).
    """

    name: str
    topics: tuple[str, ...]
    reads: tuple[type[Payload], ...]
    handle: Handler
    prepare: Prepare | None = None
    ordered: bool = False
    compacted: bool = False
    pace: float | None = None
    only: Callable[[Any], bool] | None = None

    @cached_property
    def wanted(self) -> frozenset[str]:
        """The CloudEvents types that are decoded for this consumer."""
        return frozenset(kind.TYPE for kind in self.reads)

    @cached_property
    def skipped(self) -> frozenset[bytes | None]:
        """The other known types, as the header `ce_type` spells them."""
        return frozenset(name.encode() for name in TYPES.keys() - self.wanted)
