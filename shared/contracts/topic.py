"""What a Kafka topic of the suite is, and the settings it is created with."""

from dataclasses import dataclass
from typing import Final

from .payload import Payload

HOUR_MS: Final = 60 * 60 * 1000
DAY_MS: Final = 24 * HOUR_MS
SEGMENT_MS: Final = 12 * HOUR_MS
"""How long a log segment is written, in milliseconds: Kafka deletes and compacts whole ones."""


@dataclass(frozen=True, slots=True)
class Topic:
    """One Kafka topic. Its partition count is set when it is created and never changed."""

    name: str
    about: str
    """What it carries, in a sentence."""
    key: str
    """What a record's key is, in words."""
    owners: tuple[str, ...]
    """Who writes it: services, or `adapters`."""
    readers: tuple[str, ...]
    """Who reads it: services, or outsiders."""
    types: tuple[type[Payload], ...]
    partitions: int = 6
    """Partitions in production."""
    local_partitions: int = 4
    # 13 days and half a day of segment: nothing that people wrote is kept longer than 14 days.
    retention_ms: int | None = 13 * DAY_MS
    """How long records are kept, in milliseconds; None: for ever (only where compacted)."""
    compacted: bool = False
    """Whether Kafka keeps only the latest record of each key, the full state."""
    max_message_bytes: int = 2 * 1024 * 1024
    """Largest batch the broker takes; a single value is read up to `envelope.MAX_VALUE_BYTES`."""
    locks_key: bool = False
    """True if the key is not the row that the writer locked: the outbox locks the key itself."""
    text: bool = False
    """True if it carries what people wrote: kept 14 days at most."""
    stable: bool = False
    """True once its types only gain optional fields: the service that owns it is complete."""

    def config(self) -> dict[str, str]:
        """The topic's Kafka settings, without those that depend on the number of brokers."""
        policies = ["compact"] if self.compacted else []
        policies += ["delete"] if self.retention_ms is not None else []
        config = {
            "cleanup.policy": ",".join(policies),
            "retention.ms": str(-1 if self.retention_ms is None else self.retention_ms),
            "segment.ms": str(SEGMENT_MS),
            "max.message.bytes": str(self.max_message_bytes),
            # By the broker's clock: with that of a writer who is years behind, records would be
            # deleted before they are read, and with one ahead they would be kept too long.
            "message.timestamp.type": "LogAppendTime",
            "unclean.leader.election.enable": "false",
        }
        if self.compacted:
            # Longer than any reader may be away, or it would miss that a key is gone.
            config["delete.retention.ms"] = str(30 * DAY_MS)
        return config
