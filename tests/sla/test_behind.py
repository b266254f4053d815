"""Breaches that wait because an answer may lie unread: not a moment longer than they must."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import NewTopic
from aiokafka.partitioner import DefaultPartitioner

from deploy.local import topics
from services.sla.domain.reading import Reading, waits_until
from services.sla.repository.readings import readings, save_readings
from services.sla.usecases.fire_clocks import Firing
from services.sla.watching import GROUP, TOPIC, Watching
from shared.messaging import KafkaSettings, UnitOfWork, offsets
from shared.messaging.offsets import Position
from shared.messaging.unread import Unread, partition_of
from tests.sla.desk import Desk, Promises

NINE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return NINE + timedelta(seconds=seconds)


def test_a_record_is_missed_after_two_seconds_and_the_watcher_itself_after_five() -> None:
    assert Reading(None, NINE).spell(after(5)) is None
    assert Reading(None, NINE).spell(after(5.1)) == after(5)
    assert Reading(NINE, NINE).spell(after(2)) is None
    assert Reading(NINE, NINE).spell(after(2.1)) == after(2)


def test_a_spell_goes_on_until_everything_is_read_and_a_restart_begins_one() -> None:
    first = Reading(None, NINE).followed_by(after(-9), after(1), restarted=False)
    later = first.followed_by(after(-3), after(3), restarted=False)
    assert first.spell_started_at == later.spell_started_at == after(1)
    assert later.followed_by(after(-3), after(4), restarted=True).spell_started_at == after(4)
    assert later.followed_by(None, after(5), restarted=False).spell(after(6)) is None


def test_a_breach_waits_sixty_seconds_from_the_later_of_its_instant_and_the_spell() -> None:
    assert waits_until(after(10), None, NINE) is None
    assert waits_until(after(10), after(4), NINE) == after(70)
    assert waits_until(after(10), after(40), NINE) == after(100)
    assert waits_until(after(10), after(4), after(90)) == after(150)


@pytest.mark.parametrize("key", ["a", "0192f1a0-3c00-8a10-9b20-c0ffee000101", "ü"])
def test_a_key_lies_in_the_partition_that_kafka_gives_it(key: str) -> None:
    all_of_them = list(range(24))
    assert partition_of(key, 24) == DefaultPartitioner()(key.encode(), all_of_them, all_of_them)


async def _behind_since(unit: UnitOfWork, spell: datetime, now: datetime) -> None:
    async with unit.begin() as (session, _outbox, _now):
        seen = dict.fromkeys(range(24), Reading(spell - timedelta(seconds=9), now, spell))
        await save_readings(session, TOPIC, seen)


async def test_a_due_breach_waits_while_records_lie_unread_and_warnings_do_not(
    promises: Promises, now: datetime, unit: UnitOfWork
) -> None:
    await _behind_since(unit, now - timedelta(seconds=30), now)
    desk = Desk(now - timedelta(minutes=60, seconds=10))
    await promises.follow(desk.opened())
    assert await promises.fire() == 1
    assert (await promises.said())[2:] == ["first-response due-soon"]
    assert await promises.fire() == 0, "it is not asked for again in a busy loop"
    await promises.fire(after=timedelta(seconds=30))
    assert (await promises.said())[3:] == []
    await promises.fire(after=timedelta(seconds=51))
    assert (await promises.said())[3:] == ["first-response breached"]


async def test_an_answer_that_is_read_in_the_meantime_leaves_no_breach_to_withdraw(
    promises: Promises, now: datetime, unit: UnitOfWork
) -> None:
    await _behind_since(unit, now - timedelta(seconds=30), now)
    desk = Desk(now - timedelta(minutes=60, seconds=10))
    await promises.follow(desk.opened())
    await promises.fire()
    await promises.follow(desk.replied(2, 59))
    await promises.fire(after=timedelta(minutes=5))
    assert (await promises.said())[2:] == ["first-response due-soon", "first-response met"]


async def test_after_ten_minutes_of_downtime_500_due_clocks_wait_for_the_backlog_first(
    promises: Promises, now: datetime, unit: UnitOfWork
) -> None:
    desks = [Desk(now - timedelta(minutes=60 + n / 50)) for n in range(500)]
    await promises.follow(*(desk.opened() for desk in desks))
    async with unit.begin() as (session, _outbox, _now):
        seen = dict.fromkeys(range(24), Reading(None, now - timedelta(minutes=10)))
        await save_readings(session, TOPIC, seen)
    firing = Firing()
    async with unit.begin() as (session, outbox, at):
        assert await firing.fire(session, outbox, at, 1000) == 500
    assert (await promises.said()).count("first-response breached") == 0
    await promises.follow(*(desk.replied(2, 59) for desk in desks[:250]))
    async with unit.begin() as (session, _outbox, at):
        await save_readings(session, TOPIC, dict.fromkeys(range(24), Reading(None, at)))
    await promises.fire(limit=1000, after=timedelta(seconds=2))
    said = await promises.said()
    assert said.count("first-response breached") == 250
    assert said.count("first-response due-soon") == 500
    assert said.count("first-response breach-withdrawn") == 0


@pytest.fixture
async def producer(real_kafka: object) -> AsyncIterator[AIOKafkaProducer]:
    """A producer, and the topic of tickets with 4 partitions."""
    servers = str(real_kafka.bootstrap_servers)  # type: ignore[attr-defined]
    await topics.create(servers, [NewTopic(TOPIC, 4, 1)])
    made = AIOKafkaProducer(bootstrap_servers=servers)
    await made.start()
    yield made
    await made.stop()


async def test_a_breach_due_while_an_answer_lies_unread_in_kafka_is_not_announced_at_once(
    producer: AIOKafkaProducer, real_kafka: object, promises: Promises, unit: UnitOfWork,
    now: datetime,
) -> None:  # fmt: skip
    desk = Desk(now - timedelta(minutes=60, seconds=1))
    await promises.follow(desk.opened())
    written = int((now - timedelta(seconds=3)).timestamp() * 1000)
    sent = await producer.send_and_wait(
        TOPIC, b"an answer", key=str(desk.ticket).encode(), timestamp_ms=written
    )
    settings = KafkaSettings(bootstrap_servers=str(real_kafka.bootstrap_servers))  # type: ignore[attr-defined]
    watching = Watching(unit, Unread(unit.database, settings, GROUP, TOPIC))
    await watching.look()
    async with unit.database.reading() as session:
        seen = await readings(session, TOPIC)
    assert {p for p, one in seen.items() if one.oldest_unread_at} == {sent.partition}
    # A topic that the services have made stamps its records itself: then it is unread from now on.
    await promises.fire(after=timedelta(seconds=3))
    assert (await promises.said())[2:] == ["first-response due-soon"]
    await promises.fire(after=timedelta(seconds=66))
    assert (await promises.said())[3:] == ["first-response breached"]

    async with unit.begin() as (session, _outbox, _now):
        read = {TopicPartition(TOPIC, sent.partition): Position(1, sent.offset + 1, None)}
        await offsets.advance(session, GROUP, read)
    await watching.look()
    async with unit.database.reading() as session:
        assert not any(one.oldest_unread_at for one in (await readings(session, TOPIC)).values())
    await watching._unread.close()
