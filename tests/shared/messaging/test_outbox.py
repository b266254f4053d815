"""The outbox: nothing before COMMIT, ids that a repetition yields again, rows in their order."""

import json

import pytest
from sqlalchemy import select, text

from shared.contracts.messages import MessageReceived
from shared.contracts.outgoing import OutgoingRequested
from shared.contracts.payload import Party
from shared.messaging import Cause, Outbox, UnitOfWork, derived_id, new_id, tables
from shared.messaging.ids import SHARDS, key_hash
from shared.storage import Session
from shared.testing.records import SENT_AT


def message(number: int) -> MessageReceived:
    return MessageReceived(
        message_id=new_id(), conversation_id=new_id(), channel="chat", account="web",
        sender=Party(), text=str(number), received_at=SENT_AT,
    )  # fmt: skip


def outgoing() -> OutgoingRequested:
    return OutgoingRequested(
        request_id=new_id(), conversation_id=new_id(), kind="reply", text="x",
        requested_by="test", requested_at=SENT_AT,
    )  # fmt: skip


async def rows(unit: UnitOfWork) -> list[tuple[str, str]]:
    """(event id, text) in the order of the rows."""
    table = tables.outbox
    async with unit.database.reading() as session:
        found = await session.execute(
            select(table.c.event_id, table.c.payload).order_by(table.c.id)
        )
        return [(str(uid), json.loads(payload)["text"]) for uid, payload in found]


async def test_ids_follow_from_cause_type_and_index(unit: UnitOfWork) -> None:
    cause, other = Cause(new_id()), Cause(new_id())
    for _ in range(2):
        async with unit.begin() as (_, outbox, _):
            made = [outbox.add(message(n), tenant="t", key="k", cause=cause) for n in range(3)]
            made.append(outbox.add(outgoing(), tenant="t", key="k", cause=cause))
            made.append(outbox.add(message(9), tenant="t", key="k", cause=other))
        kind = MessageReceived.TYPE
        expected = [derived_id(cause.id, kind, n) for n in range(3)]
        expected.append(derived_id(cause.id, OutgoingRequested.TYPE, 0))
        expected.append(derived_id(other.id, kind, 0))
        assert made == expected


async def test_rows_are_written_in_the_order_in_which_they_were_added(unit: UnitOfWork) -> None:
    async with unit.begin() as (_, outbox, _):
        for number in range(300):
            outbox.add(message(number), tenant="t", key=str(number % 7), cause=Cause(new_id()))
    assert [text for _, text in await rows(unit)] == [str(n) for n in range(300)]


async def test_nothing_is_announced_when_the_transaction_fails(unit: UnitOfWork) -> None:
    async def fails() -> None:
        async with unit.begin() as (_, outbox, _):
            outbox.add(message(1), tenant="t", key="k", cause=Cause(new_id()))
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await fails()
    assert await rows(unit) == []
    assert not unit.committed.is_set()


async def test_a_commit_with_announcements_wakes_the_relay_and_one_without_does_not(
    unit: UnitOfWork,
) -> None:
    async with unit.begin():
        pass
    assert not unit.committed.is_set()
    async with unit.begin() as (_, outbox, _):
        outbox.add(message(1), tenant="t", key="k", cause=Cause(new_id()))
    assert unit.committed.is_set()


async def test_a_row_carries_the_shard_and_the_hash_of_its_key_and_a_whole_envelope(
    unit: UnitOfWork,
) -> None:
    cause = Cause(new_id(), hops=3, traceparent="00-" + "a" * 32 + "-" + "b" * 16 + "-01")
    async with unit.begin() as (_, outbox, now):
        uid = outbox.add(
            message(1), tenant="t", key="kéy", cause=cause, subject="s",
            sequence=outbox.sequence(7),
        )  # fmt: skip
    async with unit.database.reading() as session:
        row = (await session.execute(select(tables.outbox))).one()
    key = "kéy".encode()
    assert (row.key, row.key_hash, row.shard) == (key, key_hash(key), key_hash(key) % SHARDS)
    assert row.topic == "support.messages.v1"
    headers = dict(json.loads(row.headers))
    assert headers["ce_id"] == str(uid) == str(row.event_id)
    assert headers["ce_sequence"] == str((1 << 40) + 7)
    assert headers["ce_hops"] == "3"
    assert headers["ce_causationid"] == str(cause.id)
    assert headers["ce_traceparent"] == cause.traceparent
    assert headers["ce_subject"] == "s"
    assert headers["ce_time"] == now.isoformat().replace("+00:00", "Z")


async def test_only_a_topic_whose_key_is_not_the_locked_row_takes_a_lock_of_the_key(
    unit: UnitOfWork,
) -> None:
    async def locks(outbox: Outbox, session: Session) -> int:
        await outbox.flush(session)
        query = text(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
        )
        return int(await session.scalar(query) or 0)

    async with unit.database.writing() as session:
        one = Outbox(source="/x", epoch=1, now=SENT_AT)
        one.add(message(1), tenant="t", key="k", cause=Cause(new_id()))
        assert await locks(one, session) == 0
        two = Outbox(source="/x", epoch=1, now=SENT_AT)
        for key in ("a", "b", "a"):
            two.add(outgoing(), tenant="t", key=key, cause=Cause(new_id()))
        assert await locks(two, session) == 2
