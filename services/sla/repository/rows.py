"""Steps and clocks as rows, and back."""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import Row, Text, cast

from services.sla.domain.clocks import Announced, Clock, ClockKey, Outcome, Stage
from services.sla.domain.history import Facts, Step, What
from services.sla.domain.policy import Kind
from services.sla.domain.ticket import Ticket
from services.sla.tables import clock, ticket_step

CLOCK_COLUMNS = (
    clock.c.tenant, clock.c.ticket_id, clock.c.kind, clock.c.generation, clock.c.policy,
    clock.c.priority, clock.c.team, clock.c.target_seconds, clock.c.started_at,
    clock.c.due_soon_at, clock.c.due_at, clock.c.outcome, clock.c.ended_at, clock.c.stage,
    clock.c.retargets, clock.c.retargeted_at, clock.c.paused_at, clock.c.elapsed_seconds,
    clock.c.policy_id, clock.c.set_version, clock.c.calendar, clock.c.calendar_version,
    clock.c.warn_seconds, clock.c.past, clock.c.withdrawals, clock.c.facts,
)  # fmt: skip
"""A clock's ticket, then the fields of Clock in their order as far as they are stored."""

STEP_COLUMNS = (
    ticket_step.c.tenant, ticket_step.c.ticket_id, ticket_step.c.sequence, ticket_step.c.what,
    ticket_step.c.at, ticket_step.c.priority, ticket_step.c.team,
    cast(ticket_step.c.facts, Text).label("facts"), ticket_step.c.ref,
)  # fmt: skip
"""A step's ticket, then the step; its facts as JSON text."""

_KINDS = {kind.value: kind for kind in Kind}
_OUTCOMES = {outcome.value: outcome for outcome in Outcome}
_STAGES = tuple(Stage)
_WHATS = {what.value: what for what in What}
_USUAL = Facts()
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(dict[str, Any]).decode


def clock_of(row: Row[*tuple[Any, ...]]) -> Clock:
    """The clock of a row that begins with CLOCK_COLUMNS."""
    (_, _, kind, generation, policy, priority, team, target, started_at, due_soon_at, due_at,
     outcome, ended_at, stage, retargets, retargeted_at, paused_at, elapsed, policy_id, version,
     calendar, calendar_version, warn_seconds, past, withdrawals, facts, *_) = row  # fmt: skip
    return Clock(
        _KINDS[kind], generation, policy, priority, team, target, started_at, due_soon_at, due_at,
        _OUTCOMES[outcome], ended_at, _STAGES[stage], retargets, retargeted_at, paused_at, elapsed,
        policy_id, version, calendar, calendar_version, warn_seconds, past=tuple(map(int, past)),
        withdrawals=withdrawals, facts=Facts.read(facts) if facts else _USUAL,
    )  # fmt: skip


def step_of(row: Row[*tuple[Any, ...]]) -> Step:
    """The step of a row of STEP_COLUMNS; one of before facts were kept knows two of them."""
    sequence, what, at, priority, team, written, ref = row[2:9]
    if written is None:
        return Step(sequence, _WHATS[what], at, Facts(priority=priority, team=team), ref)
    facts, by, by_agent = _read(written)
    return Step(sequence, _WHATS[what], at, facts, ref, by, by_agent)


# Most steps of a ticket leave it as it was, and a ticket comes again with each of its events.
@lru_cache(maxsize=4096)
def _read(written: str) -> tuple[Facts, str, str | None]:
    """The ticket after a step, and who did it."""
    found = _decode(written)
    return Facts.read(found), found.get("by", "system"), found.get("by_agent")


def step_rows(ticket: Ticket) -> Iterator[tuple[Any, ...]]:
    """The columns of ticket_step for every step that is new."""
    for step in ticket.new_steps:
        yield (
            ticket.tenant, ticket.id, step.sequence, step.what, step.at, step.facts.priority,
            step.facts.team, _step_json(step.facts, step.by, step.by_agent), step.ref,
        )  # fmt: skip


def clock_rows(ticket: Ticket) -> Iterator[tuple[Any, ...]]:
    """CLOCK_COLUMNS and next_at for every clock that has moved."""
    for key in ticket.moved_clocks:
        each = ticket.clocks[key]
        yield (
            ticket.tenant, ticket.id, each.kind, each.generation, each.policy, each.priority,
            each.team, each.target_seconds, each.started_at, each.due_soon_at, each.due_at,
            each.outcome, each.ended_at, each.stage, each.retargets, each.retargeted_at,
            each.paused_at, each.elapsed_seconds, each.policy_id, each.set_version, each.calendar,
            each.calendar_version, each.warn_seconds, "".join(map(str, map(int, each.past))),
            each.withdrawals, _json(each.facts), each.next_at,
        )  # fmt: skip


def stage_rows(ticket: Ticket) -> Iterator[tuple[Any, ...]]:
    """Key and stage of every clock that has moved, when it is next, and the ticket's version."""
    for key in ticket.moved_clocks:
        stage = ticket.clocks[key].stage
        yield ticket.tenant, ticket.id, *key, stage, ticket.next_at(key), ticket.version


def gone_rows(ticket: Ticket) -> Iterator[tuple[Any, ...]]:
    """The key of every clock that no history tells of any more."""
    for key in ticket.gone_clocks:
        yield ticket.tenant, ticket.id, *key


def gone_json(ticket: Ticket) -> str | None:
    """What was announced of clocks that never began, as JSON; None if nothing was."""
    if not ticket.gone_announced:
        return None
    return _encode([[*key, *told] for key, told in ticket.gone_announced.items()]).decode()


def gone_of(rows: list[Any] | None) -> dict[ClockKey, Announced]:
    """The same back."""
    return {
        (_KINDS[kind], generation): (tuple(stages), withdrawals)
        for kind, generation, stages, withdrawals in rows or ()
    }


@lru_cache(maxsize=4096)
def _json(facts: Facts) -> str:
    return _encode(facts.written()).decode()


@lru_cache(maxsize=4096)
def _step_json(facts: Facts, by: str, by_agent: str | None) -> str:
    """The ticket after a step, and who did it."""
    agent = {"by_agent": by_agent} if by_agent else {}
    return _encode(facts.written() | {"by": by} | agent).decode()


def lists(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> dict[str, list[Any]]:
    """Rows as one list per column: what the parameters of `unnest` take."""
    columns = zip(*rows, strict=True)
    found = {name: list(column) for name, column in zip(names, columns, strict=False)}
    return found or {name: [] for name in names}
