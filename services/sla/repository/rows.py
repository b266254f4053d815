"""Steps and clocks as rows, and back."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Row

from services.sla.domain.clocks import Clock, Outcome, Stage
from services.sla.domain.policy import Kind
from services.sla.domain.ticket import Ticket
from services.sla.tables import clock

CLOCK_COLUMNS = (
    clock.c.tenant, clock.c.ticket_id, clock.c.kind, clock.c.generation, clock.c.policy,
    clock.c.priority, clock.c.team, clock.c.target_seconds, clock.c.started_at,
    clock.c.due_soon_at, clock.c.due_at, clock.c.outcome, clock.c.ended_at, clock.c.stage,
)  # fmt: skip
"""A clock's ticket, then the fields of Clock in their order."""

_KINDS = {kind.value: kind for kind in Kind}
_OUTCOMES = {outcome.value: outcome for outcome in Outcome}
_STAGES = tuple(Stage)


def clock_of(row: Row[*tuple[Any, ...]]) -> Clock:
    """The clock of a row that begins with CLOCK_COLUMNS."""
    (_, _, kind, generation, policy, priority, team, target, started_at, due_soon_at, due_at,
     outcome, ended_at, stage, *_) = row  # fmt: skip
    return Clock(
        _KINDS[kind], generation, policy, priority, team, target, started_at, due_soon_at, due_at,
        _OUTCOMES[outcome], ended_at, _STAGES[stage],
    )  # fmt: skip


def step_rows(ticket: Ticket) -> Iterator[tuple[Any, ...]]:
    """The columns of ticket_step for every step that is new."""
    for step in ticket.new_steps:
        yield (
            ticket.tenant, ticket.id, step.sequence, step.what, step.at, step.priority, step.team,
        )  # fmt: skip


def clock_rows(ticket: Ticket) -> Iterator[tuple[Any, ...]]:
    """CLOCK_COLUMNS and next_at for every clock that has moved."""
    for key in ticket.moved_clocks:
        each = ticket.clocks[key]
        yield (
            ticket.tenant, ticket.id, each.kind, each.generation, each.policy, each.priority,
            each.team, each.target_seconds, each.started_at, each.due_soon_at, each.due_at,
            each.outcome, each.ended_at, each.stage, each.next_at,
        )  # fmt: skip


def stage_rows(ticket: Ticket) -> Iterator[tuple[Any, ...]]:
    """Key and stage of every clock that has moved, and the ticket's version."""
    for key in ticket.moved_clocks:
        stage = ticket.clocks[key].stage
        yield ticket.tenant, ticket.id, *key, stage, ticket.version


def lists(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> dict[str, list[Any]]:
    """Rows as one list per column: what the parameters of `unnest` take."""
    columns = zip(*rows, strict=True)
    found = {name: list(column) for name, column in zip(names, columns, strict=False)}
    return found or {name: [] for name in names}
