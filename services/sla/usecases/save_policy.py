"""Somebody promises something else from now on."""

from services.sla.domain.policy import PolicySet
from services.sla.repository import Policies
from shared.storage import Session


async def lock_policy(session: Session, tenant: str) -> PolicySet:
    """The tenant's policy, which nobody else changes until the transaction ends."""
    await Policies.lock(session)
    return await Policies(session).current(tenant)


async def save_policy(session: Session, tenant: str, before: PolicySet, after: PolicySet) -> None:
    """Stores what follows on the policy that `lock_policy` gave, unless it is the same version."""
    if after.version != before.version:
        await Policies.add(session, tenant, after)
