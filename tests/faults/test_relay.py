"""The relay's order and its lock: leaders away, holders frozen, two rows behind one key."""

import asyncio
import signal
from collections import defaultdict
from collections.abc import AsyncIterator

import pytest
from aiokafka.admin import NewTopic

from deploy.local import topics
from deploy.local.kafka_jvm import TwoBrokers
from deploy.local.postgres import Postgres
from deploy.local.stack import Stack
from shared.contracts.messages import MessageReceived
from shared.contracts.payload import Party
from shared.messaging import Cause, new_id
from tests.faults import usecases
from tests.faults.conftest import create_outputs
from tests.faults.invariants import first_ones, published
from tests.faults.lab import Lab, until

pytestmark = [pytest.mark.faults, pytest.mark.kafka, pytest.mark.faults_long]

REQUEST_SECONDS = 8.0


async def announce(lab: Lab, keys: int, rows: int, size: int = 500) -> dict[str, list[str]]:
    """Announces rows of all keys in turn; the ids of each key, in order."""
    expected: defaultdict[str, list[str]] = defaultdict(list)
    async with lab.unit.begin() as (_, outbox, now):
        for number in range(rows):
            talk = usecases.conversation(str(number % keys))
            payload = MessageReceived(
                message_id=new_id(), conversation_id=talk, channel="chat", account="web",
                sender=Party(), text="x" * size, received_at=now,
            )  # fmt: skip
            uid = outbox.add(payload, tenant=lab.tenant, key=str(talk), cause=Cause(new_id()))
            expected[str(talk)].append(str(uid))
    return dict(expected)


@pytest.fixture
async def away_lab(stack: Stack, postgres: Postgres, two_brokers: TwoBrokers) -> AsyncIterator[Lab]:
    """An experiment whose outgoing topics are on the broker that can be away."""
    await create_outputs(two_brokers.bootstrap_servers, nodes=(1, 2, 2, 2))
    made = Lab(stack, postgres, two_brokers, "away")
    await made.open()
    yield made
    await made.close()


@pytest.mark.parametrize("timeouts", [2, 3])
async def test_a_leader_that_is_away_for_longer_than_requests_last_reorders_nothing(
    away_lab: Lab, two_brokers: TwoBrokers, timeouts: int
) -> None:
    lab = away_lab
    # A page of a partition is larger than a batch: 1 MiB.
    settings = lab.settings(request_timeout=REQUEST_SECONDS, relay_page=1000)
    expected = await announce(lab, keys=50, rows=1500, size=6000)
    async with lab.relaying(settings):
        await until(lambda: some_published(lab), "publishing has begun")
        await asyncio.to_thread(two_brokers.kill, 2)
        more = await announce(lab, keys=50, rows=1500, size=6000)
        await asyncio.sleep(timeouts * REQUEST_SECONDS + 1)
        await asyncio.to_thread(two_brokers.start, 2)

        async def empty() -> bool:
            return not await lab.value("SELECT count(*) FROM outbox")

        await until(empty, "everything is published", 90)
    found = await published(lab, "support.messages.v1")
    assert set(found) == set(expected)
    for key, ids in expected.items():
        assert [name for name, _ in first_ones(found[key])] == ids + more[key]


async def some_published(lab: Lab) -> bool:
    return bool(await lab.value("SELECT count(*) < 1500 FROM outbox"))


async def test_when_the_holder_of_the_lock_is_frozen_another_relay_publishes_within_20_seconds(
    lab: Lab,
) -> None:
    holder = await lab.start("holder", "relay")
    await announce(lab, keys=8, rows=40)
    await empty_outbox(lab)
    rival = await lab.start("rival", "relay")
    await until(lambda: connected(lab), "the rival stands by")
    holder.send(signal.SIGSTOP)
    await announce(lab, keys=8, rows=400)
    await empty_outbox(lab, seconds=20)
    holder.send(signal.SIGCONT)
    expected = await announce(lab, keys=8, rows=400)
    await empty_outbox(lab)
    assert holder.alive
    assert rival.alive
    found = await published(lab, "support.messages.v1")
    for key, ids in expected.items():
        assert [name for name, _ in first_ones(found[key])][-len(ids) :] == ids


async def connected(lab: Lab) -> bool:
    count = await lab.value(
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'specimen-relay' "
        "AND datname = current_database()"
    )
    return bool(count == 2)


async def empty_outbox(lab: Lab, seconds: float = 30) -> None:
    async def empty() -> bool:
        return not await lab.value("SELECT count(*) FROM outbox")

    await until(empty, "the outbox is empty", seconds)


async def test_a_frozen_relay_that_goes_on_with_an_old_page_sends_copies_and_breaks_no_order(
    lab: Lab,
) -> None:
    """Frozen again and again under load, past the end of its session."""
    names = ("one", "two")
    pair = [await lab.start(name, "relay", KAFKA_RELAY_PAGE="50") for name in names]
    expected: defaultdict[str, list[str]] = defaultdict(list)
    for turn in range(3):
        for key, ids in (await announce(lab, keys=10, rows=2000)).items():
            expected[key] += ids
        await until(lambda: some_left(lab), "publishing goes on")
        frozen = pair[turn % 2]
        frozen.send(signal.SIGSTOP)
        await empty_outbox(lab)
        frozen.send(signal.SIGCONT)
    await empty_outbox(lab)
    found = await published(lab, "support.messages.v1")
    assert {k: [n for n, _ in first_ones(v)] for k, v in found.items()} == expected


async def test_rows_of_a_topic_that_does_not_exist_wait_and_hold_up_no_other_topic(
    lab: Lab,
) -> None:
    expected = await announce(lab, keys=8, rows=80)
    missing = f"{lab.topic}-not-made-yet"
    await lab.query("UPDATE outbox SET topic = :missing WHERE id % 8 IN (0, 1)", missing=missing)
    late = {bytes(key).decode() for (key,) in await lab.query(
        "SELECT DISTINCT key FROM outbox WHERE topic = :missing", missing=missing
    )}  # fmt: skip
    async with lab.relaying():

        async def rest() -> bool:
            others = "SELECT count(*) FROM outbox WHERE topic <> :missing"
            return not await lab.value(others, missing=missing)

        await until(rest, "every other topic is published", 20)
        await topics.create(lab.bootstrap, [NewTopic(missing, 4, 1)])
        await empty_outbox(lab)
    found = await published(lab, "support.messages.v1")
    found |= await published(lab, missing)
    assert {k: [n for n, _ in first_ones(v)] for k, v in found.items()} == expected
    assert len(late) == 2


async def some_left(lab: Lab) -> bool:
    return bool(await lab.value("SELECT count(*) BETWEEN 1 AND 1900 FROM outbox"))
