"""Versions of calendars."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Integer, Row, Text, bindparam, cast, func, insert, select, text
from sqlalchemy.dialects.postgresql import ARRAY, distinct_on

from services.sla.domain.calendar.versions import CalendarVersion
from services.sla.tables import calendar
from shared.storage import ReadSession, Session

_COLUMNS = (
    calendar.c.tenant, calendar.c.id, calendar.c.version, calendar.c.since,
    # As text: a calendar that is known already is not read again.
    cast(calendar.c.document, Text).label("text"),
)  # fmt: skip
_tenant, _id = bindparam("tenant", type_=Text), bindparam("id", type_=Text)
_limit, _below = bindparam("limit", type_=Integer), bindparam("below", type_=Integer)
_OF_TENANTS = (
    select(*_COLUMNS)
    .where(calendar.c.tenant == bindparam("tenants", type_=ARRAY(Text)).any_())
    .order_by(calendar.c.tenant, calendar.c.id, calendar.c.version)
)
_OF_ID = (
    select(*_COLUMNS)
    .where(calendar.c.tenant == _tenant, calendar.c.id == _id, calendar.c.version < _below)
    .order_by(calendar.c.version.desc())
    .limit(_limit)
)
_latest = (
    select(*_COLUMNS)
    .ext(distinct_on(calendar.c.id))
    .where(calendar.c.tenant == _tenant, calendar.c.id > bindparam("after", type_=Text))
    .order_by(calendar.c.id, calendar.c.version.desc())
    .subquery()
)
_LIST = select(_latest).where(_latest.c.text.is_not(None)).order_by(_latest.c.id).limit(_limit)
_ever = select(func.count(calendar.c.id.distinct())).where(calendar.c.tenant == _tenant)
# Calendars are saved rarely: all savers take turns, so that versions have no gap and no twin.
_ONE_SAVER = text("LOCK TABLE calendar IN SHARE ROW EXCLUSIVE MODE")
_NEWEST = 2**31 - 1

CalendarKey = tuple[str, str]
"""Tenant and calendar id."""


class Calendars:
    """The calendars of all tenants."""

    def __init__(self, session: ReadSession) -> None:
        self._session = session

    async def versions(self, tenants: Collection[str]) -> dict[CalendarKey, list[CalendarVersion]]:
        """All versions of all calendars of the tenants, in rising order, also of deleted ones."""
        found: dict[CalendarKey, list[CalendarVersion]] = {}
        for row in await self._session.execute(_OF_TENANTS, {"tenants": sorted(tenants)}):
            found.setdefault((row.tenant, row.id), []).append(_version(row))
        return found

    async def latest(self, tenant: str, id: str) -> CalendarVersion:
        """The version that holds now; version 0 for a calendar that never was."""
        [*found] = await self.history(tenant, id, None, 1)
        return found[0] if found else CalendarVersion(id, 0, None, None)

    async def history(
        self, tenant: str, id: str, below: int | None, limit: int
    ) -> list[CalendarVersion]:
        """Versions of one calendar, the newest first, those below a number."""
        asked = {"tenant": tenant, "id": id, "below": below or _NEWEST, "limit": limit}
        return [_version(row) for row in await self._session.execute(_OF_ID, asked)]

    async def page(self, tenant: str, after: str, limit: int) -> list[CalendarVersion]:
        """The calendars that there are, by id, from after `after` on."""
        asked = {"tenant": tenant, "after": after, "limit": limit}
        return [_version(row) for row in await self._session.execute(_LIST, asked)]

    async def count(self, tenant: str) -> int:
        """How many calendars the tenant has ever had."""
        found: int = await self._session.scalar(_ever, {"tenant": tenant}) or 0
        return found

    @staticmethod
    async def lock(session: Session) -> None:
        """From here to the end of the transaction nobody else saves a calendar."""
        await session.execute(_ONE_SAVER)

    @staticmethod
    async def add(session: Session, tenant: str, saved: CalendarVersion) -> None:
        """Stores a new version."""
        row = {
            "tenant": tenant, "id": saved.id, "version": saved.version, "since": saved.since,
            "document": saved.document,
        }  # fmt: skip
        await session.execute(insert(calendar), row)


def _version(row: Row[*tuple[Any, ...]]) -> CalendarVersion:
    return CalendarVersion(row.id, row.version, row.since, row.text)
