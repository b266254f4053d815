"""Companies that use Deskstream; full state on a compacted topic."""

from typing import Annotated, ClassVar

from pydantic import Field

from .payload import ExternalId, Label, Language, Moment, Name, Payload, Tenant, open_enum

TenantStatus = Annotated[str, open_enum("active", "suspended", "closed")]
"""suspended: nothing is taken in, all is kept; closed: gone for good; open enum."""


class TenantChanged(Payload):
    """The whole tenant after a change. Kafka key: the tenant's slug."""

    TYPE: ClassVar[str] = "support.tenant.changed.v1"

    slug: Tenant = Field(description="The tenant's id, as in the envelope's `tenant`.")
    name: Name = Field(description="The company's name.")
    status: TenantStatus = Field(default="active", description="Whether it is served.")
    languages: tuple[Language, ...] = Field(
        default=("en",),
        description="Languages it answers in, BCP 47, the default one first.",
        min_length=1,
        max_length=50,
    )
    timezone: str = Field(
        default="UTC", description="IANA zone of its reports and calendars.", max_length=64
    )
    teams: tuple[Label, ...] = Field(
        default=(), description="Keys of its teams in alphabetical order.", max_length=1000
    )
    default_team: Label | None = Field(
        default=None, description="Team that gets tickets no rule routes; null if there is none."
    )
    revoked_tokens: tuple[ExternalId, ...] = Field(
        default=(),
        description="Ids (`jti`) of service tokens that are refused until they expire.",
        max_length=10_000,
    )
    changed_at: Moment = Field(description="When this state came about.")

    def record_key(self) -> str:
        return self.slug
