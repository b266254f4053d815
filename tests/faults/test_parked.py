"""Parked records: operators list, show, retry and drop them; a held key waits behind one."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from operator import itemgetter

import pytest

from shared.contracts.inbound import InboundChatMessageSent
from shared.messaging import Outbox, tables
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
from tests.faults.invariants import check_state, truth_of
from tests.faults.lab import Lab

pytestmark = [pytest.mark.faults, pytest.mark.kafka]


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
        assert [row["reason"] for row in rows] == ["failed"] * 3 + ["not-json"]
        assert len(everything) == 4
        assert page == [everything[2]]
        assert json.loads(shown["value"])["text"] == "odd"

        first, second, third, undecodable = (row["id"] for row in rows)
        with pytest.raises(StillBroken):
            await retry_parked(lab.unit, [consumer], first)
        fixed = True
        assert (await retry_parked(lab.unit, [consumer], first)).applied == 1
        with pytest.raises(UnknownParked):
            await retry_parked(lab.unit, [consumer], first)
        await drop_parked(lab.unit, [consumer], second)
        assert (await retry_parked(lab.unit, [consumer], third)).applied == 1
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
                headers=pack_headers(known.headers), event_type=InboundChatMessageSent.TYPE
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
