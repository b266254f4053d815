"""Sets of policies as JSON documents, and back."""

from collections.abc import Iterable, Mapping
from typing import Any

from services.sla.domain.policy import DEFAULT_PAUSES, Kind, Minutes, Policy, Warning

Document = list[dict[str, Any]]
"""Policies in their order, each with the fields of Policy; fields at their default are left out."""


def document_of(policies: Iterable[Policy]) -> Document:
    """The document of a set."""
    return [_written(policy) for policy in policies]


def policies_of(document: Iterable[Mapping[str, Any]]) -> tuple[Policy, ...]:
    """The policies that a stored document lists; what was refused when saved is not in it."""
    return tuple(_read(place, written) for place, written in enumerate(document))


def _written(policy: Policy) -> dict[str, Any]:
    written: dict[str, Any] = {
        "id": policy.id, "name": policy.name, "condition": policy.condition,
        "calendar": policy.calendar, "targets": _minutes(policy.targets),
        "tier_targets": {tier: _minutes(each) for tier, each in policy.tier_targets.items()},
        "warnings": [_warning(each) for each in policy.warnings], "reopen": policy.reopen,
        "public": dict(policy.public),
    }  # fmt: skip
    # Always written: what the defaults are may change, what somebody promised does not.
    pauses = {kind.value: sorted(statuses) for kind, statuses in policy.pauses.items()}
    kept = {name: value for name, value in written.items() if value not in (None, {})}
    return {**kept, "pauses": pauses}


def _minutes(minutes: Minutes) -> dict[str, dict[str, int]]:
    return {
        priority: {kind.value: number for kind, number in kinds.items()}
        for priority, kinds in minutes.items()
    }


def _warning(warning: Warning) -> dict[str, int]:
    if warning.seconds_before is not None:
        return {"seconds_before": warning.seconds_before}
    return {"percent": warning.percent or 0}


def _read(place: int, written: Mapping[str, Any]) -> Policy:
    tiers = written.get("tier_targets", {})
    pauses = written.get("pauses")
    return Policy(
        id=written["id"], name=written["name"], position=place,
        condition=written.get("condition"), calendar=written.get("calendar"),
        targets=_targets(written.get("targets", {})),
        tier_targets={tier: _targets(each) for tier, each in tiers.items()},
        pauses=DEFAULT_PAUSES if pauses is None else {
            Kind(kind): frozenset(statuses) for kind, statuses in pauses.items()},
        warnings=tuple(Warning(**each) for each in written.get("warnings", ({"percent": 75},))),
        reopen=written.get("reopen", "restart"), public=dict(written.get("public", {})),
    )  # fmt: skip


def _targets(written: Mapping[str, Mapping[str, int]]) -> Minutes:
    return {
        priority: {Kind(kind): number for kind, number in kinds.items()}
        for priority, kinds in written.items()
    }
