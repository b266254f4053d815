"""Broken records: each is parked once, harms no neighbour, and can be settled by an operator."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import pytest

from shared.contracts.deliveries import DeliverySent
from shared.messaging import Cause, Outbox, new_id, offsets
from shared.messaging.metric_names import STOPPED
from shared.messaging.parked import (
    retry_parked,
)
from shared.storage import Session
from shared.testing.records import Sample, broken_ways, chat
from tests.faults import logs, usecases
from tests.faults.invariants import check, first_ones, published
from tests.faults.lab import SEED, Lab, until
from tests.faults.load import raising

pytestmark = [pytest.mark.faults, pytest.mark.kafka]


async def test_every_way_of_being_broken_is_parked_once_and_its_neighbours_are_applied_in_order(
    lab: Lab,
) -> None:
    samples: list[Sample] = []
    for name, sample in broken_ways("mixed", tenant=lab.tenant).items():
        samples += [chat("mixed", f"{name}-{n}", tenant=lab.tenant) for n in range(3)]
        samples.append(sample)
    samples.append(raising("mixed", "r", tenant=lab.tenant))
    samples += [chat(f"other-{n % 7}", n, tenant=lab.tenant) for n in range(100)]
    samples.append(replace(broken_ways("none", tenant=lab.tenant)["bad JSON"], key=None))
    stray = chat("mixed", "stray-header", tenant=lab.tenant)
    samples.append(replace(stray, headers=[*stray.headers, ("other", b"\xff"), ("none", None)]))
    await lab.send(samples)
    async with lab.consuming(lab.consumer()), lab.relaying():
        await lab.drained()
    truth = await check(lab)
    assert len(truth.parked) == 14


async def test_a_header_name_that_is_not_utf8_stops_nobody_and_its_record_is_applied(
    lab: Lab,
) -> None:
    """Also when it is the last record before a restart, which looks at that one again."""
    broken = broken_ways("odd", tenant=lab.tenant)["bad JSON"]
    for number in range(2):
        await lab.send([chat("odd", f"{number}-{n}", tenant=lab.tenant) for n in range(3)])
        last = chat("odd", f"named-{number}", tenant=lab.tenant)
        await logs.send_named(lab.bootstrap, lab.topic, broken, b"ce_\xff\xfe")
        await logs.send_named(lab.bootstrap, lab.topic, last, b"\xff\xfeother")
        async with lab.consuming(lab.consumer()), lab.relaying():
            await lab.drained()
    truth = await check(lab)
    assert len(truth.ids) == 8
    assert len(truth.parked) == 2


async def test_a_record_of_a_megabyte_does_not_stall_what_is_parked_after_it(lab: Lab) -> None:
    ways = broken_ways("one", tenant=lab.tenant)
    samples = [ways["1 MiB body"], ways["bad JSON"], ways["1 MiB body"], ways["wrong schema"]]
    await lab.send([*samples, chat("one", 1, tenant=lab.tenant)])
    async with lab.consuming(lab.consumer()), lab.relaying():
        await lab.drained(20)
    await check(lab)


async def test_the_breaker_stops_a_partition_whose_use_case_fails_on_half_of_its_records(
    lab: Lab,
) -> None:
    failing = True

    async def fragile(
        session: Session, outbox: Outbox, received: Sequence[usecases.Chat], now: datetime
    ) -> None:
        if failing and any(event.data.text == "odd" for event in received):
            raise ValueError("a bad deploy")
        await usecases.write(session, outbox, received, now)

    texts = ("even", "odd")
    samples = [chat("k", n, tenant=lab.tenant, text=texts[n % 2]) for n in range(1200)]
    await lab.send(samples)
    consumer = lab.consumer(fragile)

    async with lab.consuming(consumer), lab.relaying():
        await until(lambda: stopped(lab), "the breaker stops the partition")
    parked = await lab.value("SELECT count(*) FROM parked")
    assert 40 <= parked <= 60

    async with lab.consuming(consumer) as consumption, lab.relaying():
        await until(consumption.stopped, "the stop survives a restart")
        ((_, partition),) = consumption.stopped()
        assert any("stopped" in reason for reason in consumption.not_ready())
        gauge = STOPPED.labels(lab.group, partition.topic, partition.partition)
        assert gauge._value.get() == 1
        at = (await lab.positions())[partition]
        assert await lab.value("SELECT count(*) FROM parked") == parked

        failing = False
        async with lab.database.writing() as session:
            assert await offsets.resume(session, lab.group, partition.topic, partition.partition)
        await lab.drained()
        assert (await lab.positions())[partition] > at
        assert not consumption.not_ready()
        assert gauge._value.get() == 0

    rows = await lab.query("SELECT id FROM parked ORDER BY id")
    for (parked_id,) in rows:
        await retry_parked(lab.unit, [consumer], parked_id)
    assert await lab.value("SELECT count(*) FROM message") == 1200
    assert await lab.value("SELECT count(DISTINCT uid) FROM message") == 1200


async def stopped(lab: Lab) -> bool:
    return bool(await lab.query("SELECT * FROM stopped_partition"))


async def test_half_of_the_input_undecodable_does_not_trip_the_breaker(lab: Lab) -> None:
    bad = broken_ways("k", tenant=lab.tenant)["bad JSON"]
    samples = [chat("k", n, tenant=lab.tenant) if n % 2 else bad for n in range(600)]
    await lab.send(samples)
    async with lab.consuming(lab.consumer()), lab.relaying():
        await lab.drained()
    truth = await check(lab)
    assert len(truth.parked) == 300
    assert not await stopped(lab)


async def test_an_outbox_row_that_kafka_refuses_moves_aside_and_the_rest_goes_on(lab: Lab) -> None:
    """Many rows make a batch that is too large for this topic; one row is so by itself."""
    narrow = await lab.kafka.topic("narrow", settings={"max.message.bytes": "20000"})
    chance = random.Random(SEED)
    async with lab.unit.begin() as (_, outbox, now):
        for number in range(120):
            talk = usecases.conversation(f"{number % 8}")
            payload = DeliverySent(
                request_id=new_id(), conversation_id=talk, kind="reply", channel="chat", at=now,
                reason=chance.randbytes(240).hex(),
            )  # fmt: skip
            outbox.add(payload, tenant=lab.tenant, key=str(talk), cause=Cause(new_id()))
    await lab.query("UPDATE outbox SET topic = :narrow", narrow=narrow)
    (culprit, key), *_ = await lab.query("SELECT id, key FROM outbox ORDER BY id LIMIT 1 OFFSET 13")
    big = chance.randbytes(30_000)
    await lab.query("UPDATE outbox SET payload = :big WHERE id = :id", big=big, id=culprit)
    rows = await lab.query("SELECT event_id, key FROM outbox ORDER BY id")

    async def rest() -> bool:
        return not await lab.value("SELECT count(*) FROM outbox WHERE key <> :key", key=key)

    async with lab.relaying():
        await until(rest, "everything but the refused key is published", 40)
        assert await lab.value("SELECT array_agg(id) FROM outbox_refused") == [culprit]
        assert await lab.value("SELECT count(*) FROM outbox") == 13
    expected: dict[str, list[str]] = {}
    for uid, named in rows:
        expected.setdefault(bytes(named).decode(), []).append(str(uid))
    found = await published(lab, narrow)
    told = {k: [name for name, _ in first_ones(ids)] for k, ids in found.items()}
    expected[key.decode()] = expected[key.decode()][:1]
    assert told == expected


async def test_a_record_whose_preparation_raises_is_parked_alone_and_a_passing_failure_is_not(
    lab: Lab,
) -> None:
    """Slow work before the transaction, such as fetching a blob from a store that is away once."""
    away = [OSError("the store is away")]

    async def prepare(received: Sequence[usecases.Chat]) -> Sequence[usecases.Chat]:
        if away:
            raise away.pop()
        if any(event.data.text.startswith("raise") for event in received):
            raise ValueError("no such blob")
        return received

    samples = [chat(f"k{n % 3}", n, tenant=lab.tenant) for n in range(60)]
    samples[20] = raising("k1", "r", tenant=lab.tenant)
    await lab.send(samples)
    async with lab.consuming(lab.consumer(prepare=prepare)), lab.relaying():
        await lab.drained()
    truth = await check(lab)
    assert len(truth.parked) == 1
    assert not away


async def test_a_copy_whose_preparation_raises_is_not_parked_beside_what_was_applied(
    lab: Lab,
) -> None:
    """Parked, it would be applied a second time when an operator tries it again."""

    async def refuse(received: Sequence[usecases.Chat]) -> Sequence[usecases.Chat]:
        raise ValueError("nothing can be read any more")

    known = [chat("known", n, tenant=lab.tenant) for n in range(3)]
    await lab.send(known)
    async with lab.consuming(lab.consumer()), lab.relaying():
        await lab.drained()
    twice = raising("new", "r", tenant=lab.tenant)
    await lab.send([*known, twice, twice])
    async with lab.consuming(lab.consumer(prepare=refuse)), lab.relaying():
        await lab.drained()
    truth = await check(lab)
    assert len(truth.parked) == 1
