"""Sets of policies as the API takes and shows them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.sla.domain.cost import LONGEST
from services.sla.domain.policy import Kind, Policy, PolicySet, too_costly
from services.sla.domain.policy_document import document_of, policies_of
from services.sla.repository.policies import Draft

MOST_POLICIES = 100
_SLUG = r"^[a-z0-9][a-z0-9-]{0,39}$"
_Slug = Annotated[str, Field(pattern=_SLUG)]
_Label = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f]+$")]
_Language = Annotated[str, Field(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=35)]
_Targets = Annotated[
    dict[_Label, dict[Kind, Annotated[int, Field(ge=1, le=5_256_000)]]], Field(max_length=20)
]
_EXAMPLE: dict[str, Any] = {
    "policies": [
        {
            "id": "gold", "name": "Gold", "condition": 'customer.plan == "gold"',
            "calendar": "berlin",
            "targets": {"normal": {"first-response": 60, "resolution": 960}},
            "tier_targets": {"L2": {"normal": {"resolution": 1440}}},
            "pauses": {"resolution": ["pending", "on-hold"]},
            "warnings": [{"percent": 75}], "reopen": "resume",
            "public": {"en": "Gold customers get an answer within an hour."},
        },
        {"id": "all", "name": "Everybody", "targets": {"normal": {"first-response": 240}}},
    ]
}  # fmt: skip


class WarningText(BaseModel):
    """When a clock is nearly due: one of the two."""

    model_config = ConfigDict(extra="forbid")

    percent: int | None = Field(None, ge=1, le=99, description="Of the target gone by")
    seconds_before: int | None = Field(
        None, ge=1, le=31_536_000, description="Business seconds before it is due"
    )

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.percent is None) == (self.seconds_before is None):
            raise ValueError("give percent or seconds_before, one of the two")
        return self


class PolicyEntry(BaseModel):
    """One promise, to the customers whose tickets meet its condition."""

    model_config = ConfigDict(extra="forbid")

    id: _Slug = Field(description="Its slug, yours to choose; stays when the name changes")
    name: str = Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]+$")
    condition: str | None = Field(
        None,
        min_length=1,
        max_length=LONGEST,
        description="CEL over ticket, customer (plan, value) and channel (kind); a "
        "condition that cannot be answered does not hold; none: it fits every ticket",
    )
    calendar: _Slug | None = Field(None, description="Whose time counts; none: around the clock")
    targets: _Targets = Field(
        default_factory=dict,
        description="Business minutes by priority and kind; other priorities are served as normal",
    )
    tier_targets: dict[_Label, _Targets] = Field(
        default_factory=dict, max_length=10, description="The same by tier, before `targets`"
    )
    pauses: dict[Kind, Annotated[list[_Label], Field(max_length=20)]] | None = Field(
        None,
        description="Statuses in which a kind's clock stands still; left out: pending and on-hold "
        "for next-response and resolution",
    )
    warnings: list[WarningText] = Field(
        default_factory=lambda: [WarningText(percent=75, seconds_before=None)],
        max_length=10,
        description="The earliest counts; left out: 75 %; empty: none",
    )
    reopen: Literal["restart", "resume"] = Field(
        "restart", description="Whether a reopened ticket has the whole time again or what was left"
    )
    public: dict[_Language, Annotated[str, Field(min_length=1, max_length=2_000)]] = Field(
        default_factory=dict, max_length=100, description="What customers are told, by language"
    )

    @model_validator(mode="after")
    def _never_paused(self) -> Self:
        if (self.pauses or {}).get(Kind.FIRST_RESPONSE):
            raise ValueError("a first-response clock never pauses: leave it out of pauses")
        return self


class PolicyList(BaseModel):
    """All that is promised, in order: the first policy that fits a ticket counts."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_EXAMPLE]})

    policies: list[PolicyEntry] = Field(
        max_length=MOST_POLICIES, description="Where none fits, nothing is promised"
    )

    def read(self) -> tuple[Policy, ...]:
        """The policies as the domain has them."""
        written = self.model_dump(mode="json", exclude_none=True)
        return policies_of(written["policies"])


class NotAskedView(BaseModel):
    """A policy that fits no ticket, since its condition takes too long to be asked."""

    policy: str = Field(description="Its id")
    reason: str = Field(description="What takes too long")

    @classmethod
    def all_of(cls, policies: Iterable[Policy]) -> list[Self]:
        """Those of a set that was saved before such conditions were refused."""
        asked = [(each.id, too_costly(each.condition)) for each in policies if each.condition]
        return [cls(policy=id, reason=reason) for id, reason in asked if reason]


_NotAsked = Annotated[
    list[NotAskedView],
    Field(
        default_factory=list, description="Policies whose condition is too costly: they fit none"
    ),
]


class PolicySetView(PolicyList):
    """One version of what is promised."""

    not_asked: _NotAsked
    version: int = Field(description="Counts what was published; 0 is the built-in set")
    since: datetime | None = Field(description="From when on it holds; null for the built-in set")

    @classmethod
    def of(cls, promised: PolicySet) -> Self:
        """The view of a version."""
        return cls.model_validate(
            {"policies": document_of(promised.policies), "version": promised.version,
             "since": promised.since, "not_asked": NotAskedView.all_of(promised.policies)}
        )  # fmt: skip


class DraftView(PolicyList):
    """What may be promised next."""

    not_asked: _NotAsked
    version: int = Field(description="Counts the draft's changes; 0: nobody has begun one")
    changed_at: datetime | None = None

    @classmethod
    def of(cls, draft: Draft) -> Self:
        """The view of a draft."""
        return cls.model_validate(
            {"policies": document_of(draft.policies), "version": draft.version,
             "changed_at": draft.changed_at, "not_asked": NotAskedView.all_of(draft.policies)}
        )  # fmt: skip
