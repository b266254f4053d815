"""Broken records: each is parked once, harms no neighbour, and can be settled by an operator."""

import json
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from operator import itemgetter

import pytest

from shared.contracts.deliveries import DeliverySent
from shared.messaging import Cause, Outbox, new_id, offsets, tables
from shared.messaging.metric_names import STOPPED
from shared.messaging.park import pack_headers
from shared.messaging.parked import (
    StillBroken,
    UnknownParked,
    drop_parked,
    list_parked,
    retry_parked,
    retry_unknown_types,
    show_parked,
)
from shared.storage import Session
from shared.testing.records import Sample, broken_ways, chat, with_header
from tests.faults import usecases
from tests.faults.invariants import check, check_state, first_ones, published, truth_of
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


async def test_parked_records_are_listed_shown_retried_and_dropped(lab: Lab) -> None:
    fixed = False

    async def repaired(
        session: Session, outbox: Outbox, received: Sequence[usecases.Chat], now: datetime
    ) -> None:
        if not fixed and any(event.data.text == "odd" for event in received):
            raise ValueError("not yet")
        await usecases.write(session, outbox, received, now)

    consumer = lab.consumer(repaired)
    await lab.send([chat("k", n, tenant=lab.tenant, text="odd") for n in range(3)])
    await lab.send([broken_ways("k", tenant=lab.tenant)["bad JSON"]])
    async with lab.consuming(consumer), lab.relaying():
        await lab.drained()

        async with lab.database.reading() as session:
            rows = await list_parked(session, tenant=lab.tenant)
            rows.sort(key=itemgetter("offset"))
            everything = await list_parked(session)
            page = await list_parked(session, after=everything[1]["id"], limit=1)
            shown = await show_parked(session, rows[0]["id"], tenant=lab.tenant)
            with pytest.raises(UnknownParked):
                await show_parked(session, rows[0]["id"], tenant="another")
        assert [row["reason"] for row in rows] == ["failed"] * 3
        assert len(everything) == 4
        assert page == [everything[2]]
        assert json.loads(shown["value"])["text"] == "odd"

        first, second, third = (row["id"] for row in rows)
        with pytest.raises(StillBroken):
            await retry_parked(lab.unit, [consumer], first)
        fixed = True
        assert (await retry_parked(lab.unit, [consumer], first)).applied == 1
        with pytest.raises(UnknownParked):
            await retry_parked(lab.unit, [consumer], first)
        await drop_parked(lab.unit, [consumer], second)
        assert (await retry_parked(lab.unit, [consumer], third)).applied == 1
        (undecodable,) = (row["id"] for row in everything if row["reason"] == "not-json")
        with pytest.raises(StillBroken):
            await retry_parked(lab.unit, [consumer], undecodable)
        await drop_parked(lab.unit, [consumer], undecodable)
        async with lab.database.reading() as session:
            assert await list_parked(session) == []
        await lab.drained()
    uids = [uid for uids in (await truth_of(lab)).applied.values() for uid in uids]
    kept = await lab.query("SELECT uid FROM message ORDER BY version")
    assert [row.uid for row in kept] == [uids[0], uids[2]]


async def test_copies_of_an_event_that_became_known_are_applied_once(lab: Lab) -> None:
    known = chat("k", 1, tenant=lab.tenant)
    unknown = with_header(known, "ce_type", b"support.parrot.squawked.v1", "unknown-type")
    await lab.send([unknown, unknown])
    async with lab.consuming(lab.consumer()), lab.relaying():
        await lab.drained()
    # A newer version knows the type: here by writing the type that it knows into what is parked.
    await teach_parked(lab, known)
    assert await retry_unknown_types(lab.unit, [lab.consumer()]) == 1
    assert await lab.value("SELECT count(*) FROM message") == 1
    assert await lab.value("SELECT count(*) FROM parked WHERE state = 'parked'") == 0


async def teach_parked(lab: Lab, known: Sample) -> None:
    async with lab.database.writing() as session:
        await session.execute(
            tables.parked.update().values(
                headers=pack_headers(known.headers), event_type=usecases.InboundChatMessageSent.TYPE
            )
        )


async def test_an_event_that_was_applied_meanwhile_is_not_applied_by_a_retry_of_its_copy(
    lab: Lab,
) -> None:
    known = chat("k", 1, tenant=lab.tenant)
    unknown = with_header(known, "ce_type", b"support.parrot.squawked.v1", "unknown-type")
    await lab.send([unknown, known])
    async with lab.consuming(lab.consumer()), lab.relaying():
        await lab.drained()
    await teach_parked(lab, known)
    await retry_unknown_types(lab.unit, [lab.consumer()])
    assert await lab.value("SELECT count(*) FROM message") == 1


async def test_an_ordered_consumer_holds_the_key_of_a_parked_record_until_it_is_settled(
    lab: Lab,
) -> None:
    fixed = False

    async def repaired(
        session: Session, outbox: Outbox, received: Sequence[usecases.Chat], now: datetime
    ) -> None:
        if not fixed and any(event.data.text == "odd" for event in received):
            raise ValueError("not yet")
        await usecases.write(session, outbox, received, now)

    consumer = lab.consumer(repaired, ordered=True)
    tenant = lab.tenant
    await lab.send(
        [chat(key, n, tenant=tenant, text="odd" if (key, n) == ("a", 2) else "even")
         for n in range(6) for key in ("a", "b")]
    )  # fmt: skip
    async with lab.consuming(consumer), lab.relaying():
        await lab.drained()
        await lab.send([chat("a", 6, tenant=tenant), chat("b", 6, tenant=tenant)])
        await lab.drained()
        versions = dict(map(tuple, await lab.query("SELECT key, version FROM entity")))
        assert versions == {"a": 2, "b": 7}
        reasons = await lab.query('SELECT reason FROM parked ORDER BY "offset"')
        assert [r for (r,) in reasons] == ["failed", "held", "held", "held", "held"]
        culprit = await lab.value("SELECT id FROM parked WHERE reason = 'failed'")
        fixed = True
        assert (await retry_parked(lab.unit, [consumer], culprit)).applied == 5
        await lab.send([chat("a", 7, tenant=tenant)])
        await lab.drained()
    assert await lab.value("SELECT count(*) FROM held_key") == 0
    await check_state(lab, await truth_of(lab))


async def test_dropping_the_culprit_of_a_held_key_applies_the_rest_of_the_key(lab: Lab) -> None:
    consumer = lab.consumer(ordered=True)
    bad = broken_ways("a", tenant=lab.tenant)["bad JSON"]
    await lab.send([bad, *(chat("a", n, tenant=lab.tenant) for n in range(4))])
    # A record without a key holds nothing back.
    await lab.send([replace(bad, key=None), chat("b", 1, tenant=lab.tenant)])
    async with lab.consuming(consumer), lab.relaying():
        await lab.drained()
        assert await lab.value("SELECT count(*) FROM message WHERE key = 'b'") == 1
        culprit = await lab.value("SELECT id FROM parked WHERE reason = 'not-json' AND key = 'a'")
        await drop_parked(lab.unit, [consumer], culprit)
        await lab.drained()
    assert await lab.value("SELECT count(*) FROM held_key") == 0
    await check_state(lab, await truth_of(lab))


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
