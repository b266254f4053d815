"""Versions of policies."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Row, Text, bindparam, insert, select, text
from sqlalchemy.dialects.postgresql import ARRAY

from services.sla.domain.policy import BUILT_IN, Kind, PolicySet, of_minutes
from services.sla.tables import policy
from shared.storage import ReadSession, Session

_OF_TENANTS = (
    select(policy)
    .where(policy.c.tenant == bindparam("tenants", type_=ARRAY(Text)).any_())
    .order_by(policy.c.tenant, policy.c.version)
)
_CURRENT = (
    select(policy)
    .where(policy.c.tenant == bindparam("tenant"))
    .order_by(policy.c.version.desc())
    .limit(1)
)
# Policies are saved rarely: all savers take turns, so that versions have no gap and no twin, and
# readers go on beside them.
_ONE_SAVER = text("LOCK TABLE policy IN SHARE ROW EXCLUSIVE MODE")


class Policies:
    """The policies of all tenants."""

    def __init__(self, session: ReadSession) -> None:
        self._session = session

    async def versions(self, tenants: Collection[str]) -> dict[str, list[PolicySet]]:
        """All versions by tenant, in rising order; a tenant that has none is absent."""
        found: dict[str, list[PolicySet]] = {}
        for row in await self._session.execute(_OF_TENANTS, {"tenants": sorted(tenants)}):
            found.setdefault(row.tenant, []).append(_policy(row))
        return found

    async def current(self, tenant: str) -> PolicySet:
        """The latest version, or the built-in policy."""
        row = (await self._session.execute(_CURRENT, {"tenant": tenant})).one_or_none()
        return BUILT_IN if row is None else _policy(row)

    @staticmethod
    async def lock(session: Session) -> None:
        """From here to the end of the transaction nobody else saves a policy."""
        await session.execute(_ONE_SAVER)

    @staticmethod
    async def add(session: Session, tenant: str, saved: PolicySet) -> None:
        """Stores a new version."""
        [only] = saved.policies
        minutes = {priority: dict(kinds) for priority, kinds in only.targets.items()}
        row = {
            "tenant": tenant, "version": saved.version, "name": only.name, "since": saved.since,
            "minutes": minutes,
        }  # fmt: skip
        await session.execute(insert(policy), row)


def _policy(row: Row[*tuple[Any, ...]]) -> PolicySet:
    minutes: Mapping[str, Mapping[str, int]] = row.minutes
    by_kind = {
        priority: {Kind(kind): number for kind, number in kinds.items()}
        for priority, kinds in minutes.items()
    }
    return PolicySet(row.version, row.since, (of_minutes(row.name, by_kind),))
