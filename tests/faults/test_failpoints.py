"""Kill -9 at every failpoint, restart, drain: nothing lost, nothing doubled, in order per key."""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, insert, select

from shared.contracts.messages import MessageReceived
from shared.contracts.payload import Party
from shared.contracts.sla import ClockBreached
from shared.messaging import Cause, derived_id, new_id, timer_cause
from tests.faults import usecases
from tests.faults.clients import Clients
from tests.faults.invariants import announced, check, first_ones, published
from tests.faults.lab import Lab, names, until
from tests.faults.load import conversation_samples

pytestmark = [pytest.mark.faults, pytest.mark.kafka]

# Ten batches or more of at most 20 records, so that each failpoint is passed seven times.
SMALL = {"KAFKA_BATCH_SIZE": "20", "KAFKA_RELAY_PAGE": "20"}


TIMES = pytest.mark.parametrize("n", [1, 2, 7])


# -- the short form: killed at one failpoint after the other, then drained and checked ------------


async def test_a_consumer_that_is_killed_at_each_failpoint_in_turn_loses_and_doubles_nothing(
    lab: Lab,
) -> None:
    await lab.send(conversation_samples(lab.tenant, 500, some_raise=True))
    for failpoint in ("P2", "P3", "P4", "P5", "P6", "P7", "P8", "P9"):
        await lab.dies_at(failpoint, "one", "consume,relay", **SMALL)
    await lab.start("one", "consume,relay", **SMALL)
    await lab.drained()
    await check(lab)


async def test_a_relay_that_is_killed_at_each_failpoint_in_turn_publishes_all_in_order(
    lab: Lab,
) -> None:
    expected = await fill_outbox(lab, keys=10, rows=20)
    await lab.dies_at("P6", "relay", "relay", **SMALL)
    await lab.dies_at("P7", "relay", "relay", **SMALL)
    await lab.start("relay", "relay", **SMALL)
    await check_relayed(lab, expected)


async def test_an_intake_that_is_killed_at_each_failpoint_in_turn_keeps_what_it_answered(
    lab: Lab,
) -> None:
    clients = Clients(names("visitor", 20), contacts=12)
    port = str(clients.port)
    sending = asyncio.create_task(clients.run())
    for failpoint in ("P0", "P1", "P3", "P4", "P5"):
        await lab.dies_at(failpoint, "intake", "intake", SPECIMEN_PORT=port)
    await lab.start("intake", "intake,relay", SPECIMEN_PORT=port)
    await asyncio.wait_for(sending, 60)
    await outbox_empty(lab)
    await clients.check(lab)


async def test_a_timer_whose_process_is_killed_at_each_failpoint_in_turn_fires_once(
    lab: Lab,
) -> None:
    due = await arm_timers(lab, 200)
    for failpoint in ("P10", "P3", "P4", "P5"):
        await lab.dies_at(failpoint, "tick", "tick", SPECIMEN_LIMIT="10")
    await lab.start("tick", "tick,relay")
    await check_fired(lab, due)


# -- each failpoint alone, the first, second and seventh time -------------------------------------


@pytest.mark.faults_long
@TIMES
@pytest.mark.parametrize("failpoint", ["P2", "P3", "P4", "P5", "P6", "P7", "P8"])
async def test_a_consumer_with_its_relay_that_is_killed_loses_and_doubles_nothing(
    lab: Lab, failpoint: str, n: int
) -> None:
    await lab.send(conversation_samples(lab.tenant, 240))
    await lab.dies_at(f"{failpoint}:{n}", "one", "consume,relay", **SMALL)
    await lab.start("one", "consume,relay", **SMALL)
    await lab.drained()
    await check(lab)


@pytest.mark.faults_long
@TIMES
async def test_a_consumer_that_is_killed_while_it_halves_a_batch_parks_each_culprit_once(
    lab: Lab, n: int
) -> None:
    await lab.send(conversation_samples(lab.tenant, 240, some_raise=True))
    await lab.dies_at(f"P9:{n}", "one", "consume,relay", **SMALL)
    await lab.start("one", "consume,relay", **SMALL)
    await lab.drained()
    truth = await check(lab)
    assert len(truth.parked) > 4


@pytest.mark.faults_long
@TIMES
@pytest.mark.parametrize("failpoint", ["P6", "P7"])
async def test_a_relay_that_is_killed_leaves_its_rows_to_the_next_one(
    lab: Lab, failpoint: str, n: int
) -> None:
    expected = await fill_outbox(lab, keys=10, rows=20)
    await lab.dies_at(f"{failpoint}:{n}", "relay", "relay", **SMALL)
    await lab.start("relay", "relay", **SMALL)
    await check_relayed(lab, expected)


async def check_relayed(lab: Lab, expected: dict[str, list[str]]) -> None:
    """Everything that was announced is published, each key in its order."""
    await outbox_empty(lab)
    found = await published(lab, "support.messages.v1")
    assert {key: [name for name, _ in first_ones(ids)] for key, ids in found.items()} == expected


async def fill_outbox(lab: Lab, keys: int, rows: int) -> dict[str, list[str]]:
    """Announces `rows` messages of each key; the ids by key, in order."""
    expected: dict[str, list[str]] = {}
    for number in range(rows):
        async with lab.unit.begin() as (_, outbox, now):
            for name in names("key", keys):
                talk = usecases.conversation(name)
                payload = MessageReceived(
                    message_id=new_id(), conversation_id=talk, channel="chat", account="web",
                    sender=Party(), text=f"{name} {number}", received_at=now,
                )  # fmt: skip
                uid = outbox.add(payload, tenant=lab.tenant, key=str(talk), cause=Cause(new_id()))
                expected.setdefault(str(talk), []).append(str(uid))
    return expected


async def outbox_empty(lab: Lab) -> None:
    async def empty() -> bool:
        return not await lab.value("SELECT count(*) FROM outbox")

    await until(empty, "the outbox is empty")


@pytest.mark.faults_long
@TIMES
@pytest.mark.parametrize("failpoint", ["P0", "P1", "P3", "P4", "P5"])
async def test_an_intake_that_is_killed_keeps_every_contact_that_it_answered_and_none_twice(
    lab: Lab, failpoint: str, n: int
) -> None:
    clients = Clients(names("visitor", 20), contacts=10)
    port = str(clients.port)
    doomed = await lab.start("intake", "intake", FAILPOINT=f"{failpoint}:{n}", SPECIMEN_PORT=port)
    sending = asyncio.create_task(clients.run())
    await lab.killed(doomed)
    await lab.start("intake", "intake,relay", SPECIMEN_PORT=port)
    await asyncio.wait_for(sending, 60)
    await outbox_empty(lab)
    await clients.check(lab)


@pytest.mark.faults_long
@TIMES
@pytest.mark.parametrize("failpoint", ["P10", "P3", "P4", "P5"])
async def test_a_timer_whose_process_is_killed_fires_once_and_never_early(
    lab: Lab, failpoint: str, n: int
) -> None:
    due = await arm_timers(lab, 100)
    await lab.dies_at(f"{failpoint}:{n}", "tick", "tick", SPECIMEN_LIMIT="10")
    await asyncio.gather(*(lab.start(name, "tick,relay") for name in ("tick", "rival")))
    await check_fired(lab, due)


async def check_fired(lab: Lab, due: dict[UUID, datetime]) -> None:
    """I5: each timer fired once, never before it was due, and was announced under its own id."""

    async def fired() -> bool:
        return not await lab.value("SELECT count(*) FROM timer WHERE fired = 0")

    await until(fired, "every timer has fired")
    await outbox_empty(lab)
    assert await lab.value("SELECT max(fired) FROM timer") == 1
    records = await announced(lab, "support.sla.v1")
    at = {UUID((record.key or b"").decode()): record.timestamp / 1000 for record in records}
    assert all(at[uid] >= due_at.timestamp() for uid, due_at in due.items())
    ids = {(dict(record.headers)["ce_id"] or b"").decode() for record in records}
    causes = {timer_cause(at, "specimen", uid.hex, 1) for uid, at in due.items()}
    assert ids == {str(derived_id(cause.id, ClockBreached.TYPE)) for cause in causes}


async def arm_timers(lab: Lab, count: int) -> dict[UUID, datetime]:
    """Timers of which most are due, and the last ones come due within two seconds."""
    async with lab.database.writing() as session:
        now = (await session.execute(select(func.now()))).scalar_one()
        due = {new_id(): now + timedelta(milliseconds=20 * n) for n in range(count)}
        rows = [{"id": uid, "due_at": at} for uid, at in due.items()]
        await session.execute(insert(usecases.timer), rows)
    return due
