"""Why a clock was given another target, in words: what of its ticket or its promise changed."""

from services.sla.domain.book import CustomerVersion, Terms
from services.sla.domain.history import Facts
from services.sla.domain.policy import Policy

_TOLD = ("priority", "tier", "team", "category", "tags", "language", "channel")


def difference(before: Facts, after: Facts) -> str:
    """What changed, in words: `priority normal → high`."""
    if before == after:
        return f"status {after.status}"
    changed = [
        f"{name} {getattr(before, name) or 'none'} → {getattr(after, name) or 'none'}"
        for name in _TOLD
        if getattr(before, name) != getattr(after, name)
    ]
    return ", ".join(changed) or f"status {after.status}"


def published(
    before: Terms | None,
    after: Terms | None,
    chosen: tuple[int, Policy | None],
    learnt: tuple[CustomerVersion, CustomerVersion] | None,
) -> str:
    """What is promised otherwise though the ticket stayed as it was: `policies version 1 → 2`.

    chosen: the version of the set that holds now, and the policy in it that fits. learnt: what was
    known of the customer before, and now; None if nothing new is.
    """
    changed = _of_customer(*learnt) if learnt else []
    if before is not None:
        changed += _of_policies(before, *chosen)
        changed += _of_calendar(before, after) if after is not None else []
    return ", ".join(changed) or "what is promised was changed"


def _of_customer(before: CustomerVersion, after: CustomerVersion) -> list[str]:
    pairs = (("plan", before.plan, after.plan), ("value", before.value, after.value))
    return [
        f"customer {name} {_shown(one)} → {_shown(other)}"
        for name, one, other in pairs
        if one != other
    ]


def _shown(value: str | float | None) -> str:
    return "none" if value is None else str(value)


def _of_policies(before: Terms, version: int, policy: Policy | None) -> list[str]:
    found = []
    if version != before.set_version:
        found.append(f"policies version {before.set_version} → {version}")
    if policy is None or policy.id != before.policy.id:
        found.append(f"policy {before.policy.name} → {policy.name if policy else 'none'}")
    return found


def _of_calendar(before: Terms, after: Terms) -> list[str]:
    one, other = before.calendar, after.calendar
    if one.id != other.id:
        return [f"calendar {one.id or 'none'} → {other.id or 'none'}"]
    if one.version != other.version:
        return [f"calendar {one.id} version {one.version} → {other.version}"]
    return []
