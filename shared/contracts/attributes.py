"""The envelope in words: the CloudEvents attributes that every event carries, for the JSON Schema.

The decoder in `envelope` checks the same limits by hand, since it runs for every record.
"""

from typing import Literal

from pydantic import Field

from .payload import Moment, Part, Tenant

MAX_ID = 200
"""Longest id, type or causation id, in characters."""

MAX_KEY = 2000
"""Longest record key or subject, in characters."""

MAX_SOURCE = 500
"""Longest source, in characters."""

MAX_HOPS = 1000
"""Most hops that an event may claim."""

MAX_SEQUENCE = 2**63 - 1
"""Highest sequence: what PostgreSQL's bigint holds."""

SEQUENCE_PATTERN = r"^[0-9]{1,19}$"
HOPS_PATTERN = r"^[0-9]{1,4}$"


class Attributes(Part):
    """CloudEvents 1.0 attributes and the suite's extensions; in binary mode headers `ce_<name>`."""

    specversion: Literal["1.0"] = Field(description="Version of CloudEvents.")
    id: str = Field(
        description="Unique within (tenant, source); the same if the same event is sent again.",
        min_length=1,
        max_length=MAX_ID,
    )
    type: str = Field(
        description="Type of event, `support.<entity>.<past participle>.v<n>`.",
        min_length=1,
        max_length=MAX_ID,
    )
    source: str = Field(
        description="Who says so: `/channels/<account id>` for a channel account, "
        "`/deskstream/<service>` for a service.",
        min_length=1,
        max_length=MAX_SOURCE,
    )
    subject: str = Field(
        description="Id of the entity the event is about.", min_length=1, max_length=MAX_KEY
    )
    time: Moment = Field(description="When it happened, RFC 3339, in UTC when we write it.")
    tenant: Tenant = Field(description="Company that it belongs to.")
    datacontenttype: Literal["application/json"] = Field(
        default="application/json",
        description="Media type of the data; in binary mode the header `content-type`.",
    )
    dataschema: str | None = Field(
        default=None,
        description="Name of the data's JSON Schema: `urn:deskstream:schema:<type>`.",
        max_length=MAX_SOURCE,
    )
    sequence: str | None = Field(
        default=None,
        description="Order of the events of one entity: epoch * 2^40 + version, a decimal number "
        "up to 2^63 - 1. The state with the highest one is the present one.",
        pattern=SEQUENCE_PATTERN,
    )
    partitionkey: str | None = Field(
        default=None, description="The Kafka record's key.", min_length=1, max_length=MAX_KEY
    )
    causationid: str | None = Field(
        default=None, description="Id of the event that caused it.", min_length=1, max_length=MAX_ID
    )
    hops: str | None = Field(
        default=None,
        description="How many events led to this one, a decimal number from 0 to 1000; "
        "0 if missing. Rules stop reacting at 8.",
        pattern=HOPS_PATTERN,
    )
    traceparent: str | None = Field(
        default=None, description="W3C trace context; ignored if malformed.", max_length=MAX_ID
    )
