"""Which of the waiting deliveries a sender is given."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from sqlalchemy import text

from services.ingest.domain.deliveries import Delivery
from services.ingest.repository.deliveries import insert_deliveries
from services.ingest.repository.leasing import lease_deliveries
from shared.storage import Session
from tests.ingest.mailroom import Mailroom

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
BUSY = ("demo", "busy")
_READ = text(
    "SELECT coalesce(idx_tup_fetch, 0) + seq_tup_read FROM pg_stat_xact_user_tables"
    " WHERE relname = 'delivery'"
)


def waiting(account: str, minute: int = 0, tenant: str = "demo", **known: object) -> Delivery:
    """A delivery of a conversation of its own, due since `minute` minutes before now."""
    at = NOW - timedelta(minutes=minute)
    given: dict[str, object] = {
        "tenant": tenant, "request_id": uuid4(), "conversation_id": uuid4(), "ticket_id": None,
        "kind": "reply", "channel": "email", "account": account, "recipient": "ana@example.com",
        "requested_by": "agent", "queued_at": at, "due_at": at, "cause_id": uuid4(),
        "cause_hops": 0, "cause_traceparent": None,
    }  # fmt: skip
    return Delivery(**(given | known))  # type: ignore[arg-type]


async def leased(
    session: Session, most: int = 10, *, busy: tuple[tuple[str, str], ...] = (BUSY,)
) -> list[str]:
    """The accounts of what a sender is given, as tenant/account, in order."""
    until = NOW + timedelta(minutes=1)
    taken = await lease_deliveries(session, uuid4(), NOW, until, most, busy=busy)
    return sorted(f"{one.tenant}/{one.account}" for one in taken)


async def test_while_an_account_has_enough_in_hand_the_others_oldest_go_first(
    mailroom: Mailroom,
) -> None:
    async with mailroom.unit.begin() as (session, _outbox, _now):
        others = [waiting(name, minute) for minute, name in enumerate(("new", "mid", "old"))]
        later = waiting("later", -1)
        given = [waiting("busy", 9), *others, waiting("busy", 1, "other"), later]
        await insert_deliveries(session, given, NOW)
        assert await leased(session, 2) == ["demo/mid", "demo/old"]
        assert await leased(session) == ["demo/new", "other/busy"]
        assert await leased(session) == []
        assert await leased(session, busy=()) == ["demo/busy"]


async def test_an_answer_by_another_account_waits_for_the_one_before_it(
    mailroom: Mailroom,
) -> None:
    async with mailroom.unit.begin() as (session, _outbox, _now):
        first = waiting("busy")
        second = waiting("other", conversation_id=first.conversation_id)
        await insert_deliveries(session, [first, second], NOW)
        assert await leased(session) == []


async def test_what_a_busy_account_has_waiting_is_not_gone_through(mailroom: Mailroom) -> None:
    async with mailroom.unit.begin() as (session, _outbox, _now):
        backlog = [waiting("busy", 9) for _ in range(20_000)]
        others = [waiting("aside"), waiting("busy", tenant="zoo")]
        await insert_deliveries(session, [*backlog, *others], NOW)
        await session.execute(text("ANALYZE delivery"))
        before = (await session.execute(_READ)).scalar_one()
        assert await leased(session) == ["demo/aside", "zoo/busy"]
        assert (await session.execute(_READ)).scalar_one() - before < 100
