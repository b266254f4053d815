"""What a service could not process and keeps for an operator."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from .payload import Count, Moment, Payload, open_enum

ParkedReason = Annotated[
    str,
    open_enum(
        "not-json",
        "null-value",
        "missing-attribute",
        "invalid-attribute",
        "invalid-header",
        "unknown-type",
        "wrong-schema",
        "too-large",
        "failed",
        "held",
        "unknown-account",
        "missing-blob",
    ),
]
"""The decoder's reasons; `failed`: its use case raised; `held`: its key waits; of ingest's own,
`unknown-account`: no channel account of its tenant has its source; `missing-blob`: the bytes that
it names are not there. Open enum."""


class RecordParked(Payload):
    """A record was parked. Its bytes stay in the service's table and never travel.

    Kafka key: the record's own key.
    """

    TYPE: ClassVar[str] = "support.record.parked.v1"

    parked_id: UUID = Field(description="Id to show, retry or drop it by.")
    service: str = Field(description="Service that keeps it.", min_length=1, max_length=40)
    consumer: str = Field(description="Consumer group that read it.", min_length=1, max_length=100)
    topic: str = Field(description="Topic it was read from.", min_length=1, max_length=249)
    partition: int = Field(description="Partition it was read from.", ge=0)
    offset: int = Field(description="Offset it was read at.", ge=0)
    epoch: int = Field(default=1, description="Epoch of that log as the service counts it.", ge=0)
    reason: ParkedReason = Field(description="Why it was parked.")
    detail: str = Field(
        default="",
        description="What was wrong and where, none of its content; at most 1,000 characters.",
        max_length=1000,
    )
    event_id: str | None = Field(
        default=None, description="Its CloudEvents id, if it could be read.", max_length=200
    )
    event_type: str | None = Field(
        default=None, description="Its CloudEvents type, if it could be read.", max_length=200
    )
    event_source: str | None = Field(
        default=None, description="Its CloudEvents source, if it could be read.", max_length=500
    )
    size: Count = Field(description="Length of its value in bytes; 0 for a null value.")
    sha256: str = Field(
        description="SHA-256 of its value in lower-case hexadecimal.", pattern=r"^[0-9a-f]{64}$"
    )
    at: Moment = Field(description="When it was parked.")
