"""What a draft would do, asked before it is published."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from services.sla.api.policies import READS
from services.sla.domain.compliance import percent
from services.sla.domain.preview import FIRST, Preview, Replay
from services.sla.repository.policies import Draft, Policies
from services.sla.usecases.preview import preview, replay
from shared.service import Caller, Unavailable
from shared.service.clock import wall_clock
from shared.storage import Database

Days = Annotated[int, Query(ge=1, le=90, description="How far back tickets are replayed")]


class LateView(BaseModel):
    """A running clock that would be late at once."""

    ticket_id: UUID
    kind: str
    policy: str = Field(description="Id of the policy in the draft")
    due_at: datetime = Field(description="When it would have been due")
    due_before: datetime | None = Field(description="When it is due now")


class PolicyCount(BaseModel):
    """Running clocks of one policy."""

    policy: str = Field(description="Its id")
    now: int
    draft: int


class OutcomeView(BaseModel):
    """Promises that were decided, under one set."""

    met: int
    breached: int
    compliance: float | None = Field(description="met / (met + breached) in percent")


class ReplayLine(BaseModel):
    """Tickets of one priority under both sets."""

    priority: str
    today: OutcomeView
    draft: OutcomeView


class ReplayView(BaseModel):
    """Tickets of the last days, as if each set had held all the time."""

    days: int
    tickets: int
    complete: bool = Field(description="False: there were more; the newest were looked at")
    priorities: list[ReplayLine]

    @classmethod
    def of(cls, found: Replay, days: int, *, complete: bool) -> Self:
        """The view of a replay."""
        lines = [
            ReplayLine(
                priority=priority,
                today=_outcome(found.today, priority),
                draft=_outcome(found.draft, priority),
            )
            for priority in sorted(found.today.keys() | found.draft.keys())
        ]
        return cls(days=days, tickets=found.tickets, complete=complete, priorities=lines)


class PreviewView(BaseModel):
    """What publishing the draft now would do."""

    draft_version: int = Field(description="The draft that was looked at; publish it by If-Match")
    tickets: int = Field(description="Tickets with running clocks")
    complete: bool = Field(description="False: there were more; the newest were looked at")
    open_clocks: int
    moved: int = Field(description="Clocks with another due instant or policy, dropped ones too")
    dropped: int = Field(description="Clocks that nothing would be promised for any more")
    late_at_once: int
    first_late: list[LateView] = Field(description=f"The first {FIRST} of those")
    policies: list[PolicyCount]

    @classmethod
    def of(cls, found: Preview, draft: Draft, *, complete: bool) -> Self:
        """The view of a preview."""
        late = [
            LateView(ticket_id=one.ticket, kind=one.kind, policy=one.policy, due_at=one.due_at,
                     due_before=one.due_before)
            for one in found.first_late
        ]  # fmt: skip
        counts = [
            PolicyCount(policy=id, now=found.now[id], draft=found.draft[id])
            for id in sorted(found.now.keys() | found.draft.keys())
        ]
        return cls(
            draft_version=draft.version, tickets=found.tickets, complete=complete,
            open_clocks=found.open, moved=found.moved, dropped=found.dropped,
            late_at_once=found.late, first_late=late, policies=counts,
        )  # fmt: skip


def add_routes(router: APIRouter, database: Database, most: int) -> None:
    """What a draft would do. most: tickets that one question looks at."""
    turn = asyncio.Semaphore(1)

    @router.post("/policies/draft/preview", tags=["policies"])
    async def preview_draft(caller: Annotated[Caller, READS]) -> PreviewView:
        """How many running clocks the draft would move, and which would be late at once."""
        with _alone(turn):
            async with turn:
                draft = await _draft(database, caller.tenant)
                found, complete = await preview(
                    database, caller.tenant, draft.policies, wall_clock(), most
                )
        return PreviewView.of(found, draft, complete=complete)

    @router.post("/policies/draft/replay", tags=["policies"])
    async def replay_draft(caller: Annotated[Caller, READS], days: Days = 30) -> ReplayView:
        """How the tickets of the last days would have fared: today's set beside the draft."""
        now = wall_clock()
        span = now - timedelta(days=days), now
        with _alone(turn):
            async with turn:
                draft = await _draft(database, caller.tenant)
                found, complete = await replay(database, caller.tenant, draft.policies, span, most)
        return ReplayView.of(found, days, complete=complete)


@contextmanager
def _alone(turn: asyncio.Semaphore) -> Iterator[None]:
    """One question at a time: the threads that reckon share the processor with everybody else."""
    if turn.locked():
        raise Unavailable("Another preview is being worked out; ask again.", retry_after=5)
    yield


async def _draft(database: Database, tenant: str) -> Draft:
    async with database.reading() as session:
        return await Policies(session).draft(tenant)


def _outcome(counts: dict[str, dict[str, int]] | object, priority: str) -> OutcomeView:
    assert isinstance(counts, dict)
    found = counts.get(priority, {})
    met, breached = found.get("met", 0), found.get("breached", 0)
    return OutcomeView(met=met, breached=breached, compliance=percent(met, breached))
