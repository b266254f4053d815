"""Tokens for tests: a dev issuer of their own, and tenants and agents that a service knows.

In a `conftest.py`: `from shared.testing.access import access` (the fixture).
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.dialects.postgresql import insert

from shared.contracts.agents import AgentChanged
from shared.contracts.catalog import topic_of
from shared.contracts.envelope import Payload
from shared.contracts.tenants import TenantChanged
from shared.messaging import tables
from shared.service import tokens
from shared.service.roles import Scope
from shared.service.settings import AuthSettings
from shared.storage.engine import Database

_SINCE = datetime(2026, 1, 1, tzinfo=UTC)


class Access:
    """Issues tokens that `settings` believes."""

    def __init__(self, folder: Path) -> None:
        key_file = folder / "dev-issuer.json"
        self.settings = AuthSettings(dev_key_file=key_file, jwks_file=tokens.make_keys(key_file))

    @property
    def environment(self) -> dict[str, str]:
        """The AUTH_* variables of a process that shall believe these tokens."""
        return {
            "AUTH_DEV_KEY_FILE": str(self.settings.dev_key_file),
            "AUTH_JWKS_FILE": str(self.settings.jwks_file),
        }

    def service(self, tenant: str, *scopes: Scope, subject: str = "test") -> dict[str, str]:
        """Headers of a service (an adapter, a dashboard, a set-up script)."""
        token = tokens.issue(
            self.settings, tenant=tenant, kind="service", subject=subject, scope=" ".join(scopes)
        )
        return bearer(token)

    def agent(self, tenant: str, agent: UUID | str, *scopes: Scope) -> dict[str, str]:
        """Headers of an agent; the service lets it in once it knows it, see `know`."""
        token = tokens.issue(
            self.settings, tenant=tenant, kind="agent", subject=str(agent), scope=" ".join(scopes)
        )
        return bearer(token)

    async def know(
        self,
        database: Database,
        tenant: str,
        *,
        agents: Iterable[UUID] = (),
        offboarded: Iterable[UUID] = (),
        status: str = "active",
        revoked: Iterable[str] = (),
    ) -> None:
        """Put tenant and agents into the database as if their topics had been read.

        Callers that were looked up within the last half second are seen as they were.
        """
        gone = set(offboarded)
        changed: list[tuple[str, Payload]] = [
            (
                str(agent),
                AgentChanged(
                    agent_id=agent,
                    name="Test Agent",
                    offboarded=agent in gone,
                    changed_at=_SINCE,
                ),
            )
            for agent in {*agents, *gone}
        ]
        company = TenantChanged(
            slug=tenant,
            name=tenant,
            status=status,
            revoked_tokens=tuple(revoked),
            changed_at=_SINCE,
        )
        async with database.writing() as session:
            for key, payload in [(tenant, company), *changed]:
                row = _row(tenant, key, payload)
                statement = insert(tables.compacted_state).values(row)
                await session.execute(
                    statement.on_conflict_do_update(index_elements=["topic", "key"], set_=row)
                )


def bearer(token: str) -> dict[str, str]:
    """The header that carries a token."""
    return {"Authorization": f"Bearer {token}"}


def _row(tenant: str, key: str, payload: Payload) -> dict[str, Any]:
    return {
        "topic": topic_of(type(payload)).name,
        "key": key,
        "tenant": tenant,
        "sequence": uuid.uuid1().time,
        "type": payload.TYPE,
        "data": payload.model_dump(mode="json"),
    }


@pytest.fixture(scope="session")
def access(tmp_path_factory: pytest.TempPathFactory) -> Access:
    """One dev issuer for all tests."""
    return Access(tmp_path_factory.mktemp("access"))
