"""Somebody promises something else from now on."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from services.sla.domain.conditions import BadCondition, check
from services.sla.domain.policy import Policy, PolicySet
from services.sla.repository.calendars import Calendars
from services.sla.repository.policies import Draft, Policies
from shared.storage import ReadSession, Session

MOST_STEPS_OF_ALL = 200_000
"""Of all conditions of a set: at most some 10 ms for one ticket."""


class BadPolicies(ValueError):
    """The list cannot be promised. `pointer` says where (RFC 6901), the text what and why."""

    def __init__(self, pointer: str, problem: str) -> None:
        super().__init__(problem)
        self.pointer = pointer


async def lock_policy(session: Session, tenant: str) -> PolicySet:
    """The tenant's policies, which nobody else changes until the transaction ends."""
    await Policies.lock(session)
    return await Policies(session).current(tenant)


async def save_policy(session: Session, tenant: str, before: PolicySet, after: PolicySet) -> None:
    """Stores what follows on the set that `lock_policy` gave, unless it is the same version."""
    if after.version != before.version:
        await Policies.add(session, tenant, after)


async def publish(
    session: Session, tenant: str, before: PolicySet, policies: Sequence[Policy], now: datetime
) -> PolicySet:
    """Promises this from now on, if it is something else than `lock_policy` gave.

    Raises BadPolicies.
    """
    await check_policies(session, tenant, policies)
    # Whoever waited for the lock began earlier; versions follow one another in time all the same.
    after = before.followed_by(policies, max(now, before.since or now))
    await save_policy(session, tenant, before, after)
    return after


async def save_draft(
    session: Session, tenant: str, before: Draft, policies: Sequence[Policy], now: datetime
) -> Draft:
    """Stores the list as the draft, unless it says the same. Raises BadPolicies."""
    await check_policies(session, tenant, policies)
    if before.version > 0 and before.policies == tuple(policies):
        return before
    after = replace(before, version=before.version + 1, policies=tuple(policies), changed_at=now)
    await Policies.save_draft(session, tenant, after)
    return after


async def check_policies(session: ReadSession, tenant: str, policies: Sequence[Policy]) -> None:
    """Raises BadPolicies for a condition that is none, an unknown calendar, the same id twice.

    All conditions of a set together take MOST_STEPS_OF_ALL at most: a ticket may meet all of them.
    """
    known = await Calendars(session).versions({tenant})
    there = {id for (_, id), versions in known.items() if versions[-1].text is not None}
    ids: set[str] = set()
    taken = 0
    for place, policy in enumerate(policies):
        pointer = f"/policies/{place}"
        if policy.id in ids:
            raise BadPolicies(f"{pointer}/id", "two policies have this id")
        ids.add(policy.id)
        taken += _check_condition(f"{pointer}/condition", policy.condition)
        if taken > MOST_STEPS_OF_ALL:
            reason = f"the conditions so far take {taken:,} steps, of at most {MOST_STEPS_OF_ALL:,}"
            raise BadPolicies(f"{pointer}/condition", reason)
        if policy.calendar is not None and policy.calendar not in there:
            raise BadPolicies(f"{pointer}/calendar", "there is no such calendar; save it first")


def _check_condition(pointer: str, condition: str | None) -> int:
    """The steps that it takes at most."""
    try:
        return 0 if condition is None else check(condition)
    except BadCondition as error:
        raise BadPolicies(pointer, str(error)) from None
