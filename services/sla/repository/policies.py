"""Versions of sets of policies, and the draft of the next one."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, Row, Text, bindparam, delete, select, text
from sqlalchemy import insert as plain_insert
from sqlalchemy.dialects.postgresql import ARRAY, insert

from services.sla.domain.policy import BUILT_IN, Policy, PolicySet
from services.sla.domain.policy_document import document_of, policies_of
from services.sla.tables import policy_draft, policy_set
from shared.storage import ReadSession, Session

_tenant = bindparam("tenant", type_=Text)
_OF_TENANTS = (
    select(policy_set)
    .where(policy_set.c.tenant == bindparam("tenants", type_=ARRAY(Text)).any_())
    .order_by(policy_set.c.tenant, policy_set.c.version)
)
_BELOW = (
    select(policy_set)
    .where(
        policy_set.c.tenant == _tenant,
        policy_set.c.version < bindparam("below", type_=Integer),
    )
    .order_by(policy_set.c.version.desc())
    .limit(bindparam("limit", type_=Integer))
)
_DRAFT = select(policy_draft).where(policy_draft.c.tenant == _tenant)
_put = insert(policy_draft)
_PUT_DRAFT = _put.on_conflict_do_update(
    index_elements=["tenant"],
    set_={name: _put.excluded[name] for name in ("version", "document", "changed_at")},
)
# Policies are saved rarely: all savers take turns, so that versions have no gap and no twin, and
# readers go on beside them.
_ONE_SAVER = text("LOCK TABLE policy_set IN SHARE ROW EXCLUSIVE MODE")
_NEWEST = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Draft:
    """What may be promised next. version: counts its changes; 0: nobody has begun one."""

    version: int
    policies: tuple[Policy, ...]
    changed_at: datetime | None


class Policies:
    """The sets of policies of all tenants."""

    def __init__(self, session: ReadSession) -> None:
        self._session = session

    async def versions(self, tenants: Collection[str]) -> dict[str, list[PolicySet]]:
        """All versions by tenant, in rising order; a tenant that has none is absent."""
        found: dict[str, list[PolicySet]] = {}
        for row in await self._session.execute(_OF_TENANTS, {"tenants": sorted(tenants)}):
            found.setdefault(row.tenant, []).append(_set(row))
        return found

    async def current(self, tenant: str) -> PolicySet:
        """The latest version, or the built-in set."""
        found = await self.history(tenant, None, 1)
        return found[0] if found else BUILT_IN

    async def history(self, tenant: str, below: int | None, limit: int) -> list[PolicySet]:
        """Versions, the newest first, those below a number."""
        asked = {"tenant": tenant, "below": below or _NEWEST, "limit": limit}
        return [_set(row) for row in await self._session.execute(_BELOW, asked)]

    async def draft(self, tenant: str) -> Draft:
        """The draft; until somebody begins one, what holds now as its version 0."""
        row = (await self._session.execute(_DRAFT, {"tenant": tenant})).one_or_none()
        if row is None:
            return Draft(0, (await self.current(tenant)).policies, None)
        return Draft(row.version, policies_of(row.document), row.changed_at)

    @staticmethod
    async def lock(session: Session) -> None:
        """From here to the end of the transaction nobody else saves a set or a draft."""
        await session.execute(_ONE_SAVER)

    @staticmethod
    async def add(session: Session, tenant: str, saved: PolicySet) -> None:
        """Stores a new version."""
        row = {
            "tenant": tenant, "version": saved.version, "since": saved.since,
            "document": document_of(saved.policies),
        }  # fmt: skip
        await session.execute(plain_insert(policy_set), row)

    @staticmethod
    async def save_draft(session: Session, tenant: str, draft: Draft) -> None:
        """Stores the draft in place of the one before."""
        row = {
            "tenant": tenant, "version": draft.version, "changed_at": draft.changed_at,
            "document": document_of(draft.policies),
        }  # fmt: skip
        await session.execute(_PUT_DRAFT, row)

    @staticmethod
    async def drop_draft(session: Session, tenant: str) -> None:
        """Forgets the draft."""
        await session.execute(delete(policy_draft).where(policy_draft.c.tenant == tenant))


def _set(row: Row[*tuple[Any, ...]]) -> PolicySet:
    return PolicySet(row.version, row.since, policies_of(row.document))
