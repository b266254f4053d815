"""Each guard of the engine switched off turns its own experiment red: they prove something.

Every test runs its experiment twice, without the guard and with it, and the numbers of both are
printed as a table at the end of the run.
"""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from uuid import UUID

import pytest
from aiokafka import TopicPartition

from shared.messaging import UnitOfWork
from shared.messaging.apply import Applier
from shared.messaging.decode import Decoded, decode
from shared.messaging.errors import is_transient
from shared.testing.records import chat
from tests.faults import logs, mutations, usecases
from tests.faults.conftest import MakeLab
from tests.faults.invariants import first_ones, published, truth_of
from tests.faults.lab import Lab, until
from tests.faults.test_offsets import replace_topic, some
from tests.faults.test_relay import announce, connected, empty_outbox

pytestmark = [pytest.mark.faults, pytest.mark.kafka, pytest.mark.faults_long]

Table = list[tuple[str, str, str, str]]


async def test_without_the_inbox_copies_have_effects_twice(
    make_lab: MakeLab, monkeypatch: pytest.MonkeyPatch, guards: Table
) -> None:
    async def doubled(lab: Lab) -> int:
        samples = [chat(f"k{n % 5}", n, tenant=lab.tenant) for n in range(100)]
        await lab.send([*samples, *samples[::10]])
        settings = lab.settings(batch_size=20)
        async with lab.consuming(lab.consumer(), settings=settings), lab.relaying():
            await lab.drained()
        return int(await lab.value("SELECT count(*) FROM message")) - len(samples)

    with_guard = await doubled(await make_lab())
    mutations.switch_off("inbox", monkeypatch)
    without = await doubled(await make_lab())
    guards.append(("inbox", f"{without} effects twice", f"{with_guard}", "10 copies among 110"))
    assert (with_guard, without) == (0, 10)


async def test_without_the_sorted_claim_rivals_that_replay_deadlock(
    make_lab: MakeLab, monkeypatch: pytest.MonkeyPatch, guards: Table
) -> None:
    with_guard = await rivals_replay(await make_lab())
    mutations.switch_off("sorted", monkeypatch)
    without = await rivals_replay(await make_lab())
    row = ("sorted claim", f"{without} deadlocks", f"{with_guard}", "two rivals replay 2,000")
    guards.append(row)
    assert with_guard == 0
    assert without > 0


async def rivals_replay(lab: Lab) -> int:
    """Two appliers go over the same log side by side; the deadlocks that it took."""
    lab.postgres.execute(f"ALTER DATABASE {lab.database_name} SET deadlock_timeout = '50ms'")
    # Slow insertions, so that the two are in the middle of theirs at the same time.
    await lab.query(
        "CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "PERFORM pg_sleep(0.0005); RETURN NEW; END $$"
    )
    await lab.query(
        "CREATE TRIGGER dawdle BEFORE INSERT ON inbox FOR EACH ROW EXECUTE FUNCTION dawdle()"
    )
    await lab.send([chat(f"k{n % 40}", n, tenant=lab.tenant) for n in range(2000)])
    batch = decode(lab.consumer(), await logs.read(lab.bootstrap, [lab.topic]))
    databases = [lab.connect(), lab.connect()]
    units = [UnitOfWork(database, "/deskstream/ingest") for database in databases]
    for begin in range(0, len(batch), 200):
        part = batch[begin : begin + 200]
        await asyncio.gather(*(apply_until_done(lab, unit, part) for unit in units))
    for database in databases:
        await database.dispose()
    assert await lab.value("SELECT count(*) FROM message") == 2000
    assert await lab.value("SELECT count(DISTINCT uid) FROM message") == 2000
    lab.postgres.execute("SELECT pg_stat_force_next_flush()")
    return int(
        await lab.value("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
    )


async def apply_until_done(lab: Lab, unit: UnitOfWork, part: Sequence[Decoded]) -> None:
    async def stop(*_: object) -> None:
        raise AssertionError("nothing may stop a partition here")

    applier = Applier(unit, lab.consumer(), lambda _: None, stop)
    epochs = defaultdict[TopicPartition, int](lambda: 1)
    while True:
        try:
            return await applier.apply(part, epochs)
        except Exception as error:
            if not is_transient(error):
                raise


async def test_without_key_locks_a_key_that_is_not_the_locked_row_is_published_out_of_order(
    make_lab: MakeLab, monkeypatch: pytest.MonkeyPatch, guards: Table
) -> None:
    with_guard = await interleaved(await make_lab())
    mutations.switch_off("key-locks", monkeypatch)
    without = await interleaved(await make_lab())
    row = ("key locks", f"{without} of 10 keys out of order", f"{with_guard}",
           "a pause between the rows of one key and their COMMIT")  # fmt: skip
    guards.append(row)
    assert with_guard == 0
    assert without == 10


async def interleaved(lab: Lab) -> int:
    """For ten keys: one transaction pauses after its insert, another wants the same key.

    How many keys were published in another order than that of their outbox rows.
    """
    await lab.query("CREATE TABLE trail (id bigint, key bytea, event_id uuid)")
    await lab.query(
        "CREATE FUNCTION follow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "INSERT INTO trail VALUES (NEW.id, NEW.key, NEW.event_id); "
        "IF convert_from(NEW.payload, 'UTF8') LIKE '%slow%' THEN PERFORM pg_sleep(0.5); END IF; "
        "RETURN NULL; END $$"
    )
    await lab.query(
        "CREATE TRIGGER follow AFTER INSERT ON outbox FOR EACH ROW EXECUTE FUNCTION follow()"
    )
    talks = [usecases.conversation(str(n)) for n in range(10)]

    async def ask(talk: UUID, text: str) -> None:
        async with lab.unit.begin() as (session, outbox, _):
            await usecases.request_outgoing(
                session, outbox, row=f"{talk} {text}", talk=talk, tenant=lab.tenant, text=text
            )

    async def slow_then_quick(talk: UUID) -> None:
        slow = asyncio.create_task(ask(talk, "slow"))
        await until(lambda: sleeping(lab), "the slow one has inserted its row")
        await ask(talk, "quick")
        await slow

    async with lab.relaying():
        for talk in talks:
            await slow_then_quick(talk)
        await empty_outbox(lab)
    found = await published(lab, "support.outgoing.v1")
    rows = await lab.query("SELECT key, event_id FROM trail ORDER BY id")
    expected = defaultdict(list)
    for key, uid in rows:
        expected[key.decode()].append(str(uid))
    return sum([name for name, _ in first_ones(found[key])] != ids for key, ids in expected.items())


async def sleeping(lab: Lab) -> bool:
    return bool(
        await lab.value(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' "
            "AND datname = current_database()"
        )
    )


async def test_without_the_shard_lock_events_are_published_more_than_once_though_nobody_dies(
    make_lab: MakeLab, guards: Table
) -> None:
    with_guard = await copies(await make_lab(), "")
    without = await copies(await make_lab(), "shard-lock")
    row = ("shard lock", f"{without} events twice", f"{with_guard}", "two relays, 3,000 rows")
    guards.append(row)
    assert with_guard == 0
    assert without > 0


async def copies(lab: Lab, switched_off: str) -> int:
    """Two relays of their own processes side by side; how many events came more than once."""
    for name in ("one", "two"):
        await lab.start(name, "relay", SPECIMEN_WITHOUT=switched_off, KAFKA_RELAY_PAGE="100")
    await until(lambda: connected(lab), "both are connected")
    await announce(lab, keys=20, rows=100)
    await empty_outbox(lab)
    for _ in range(15):
        await announce(lab, keys=20, rows=200)
    await empty_outbox(lab)
    found = await published(lab, "support.messages.v1")
    return sum(len(ids) - len(first_ones(ids)) for ids in found.values())


async def test_without_the_offset_epoch_a_topic_made_again_loses_records(
    make_lab: MakeLab, monkeypatch: pytest.MonkeyPatch, guards: Table
) -> None:
    with_guard = await lost(await make_lab())
    mutations.switch_off("epoch", monkeypatch)
    without = await lost(await make_lab())
    row = ("offset epoch", f"{without} messages lost", f"{with_guard}", "topic made again, longer")
    guards.append(row)
    assert with_guard == 0
    assert without > 0


async def lost(lab: Lab) -> int:
    """A topic is replaced by a longer one while nobody reads; how many messages never arrive."""
    await lab.send(some(lab, 0, 150))
    async with lab.consuming(lab.consumer()), lab.relaying():
        await lab.drained()
    old = await replace_topic(lab, some(lab, 140, 400))
    async with lab.consuming(lab.consumer()), lab.relaying():
        await lab.drained()
        ids = (await truth_of(lab, old)).ids

        async def complete() -> bool:
            return bool(await lab.value("SELECT count(DISTINCT uid) FROM message") == len(ids))

        with suppress(AssertionError):
            await until(complete, "every message is applied", 8)
    return len(ids) - int(await lab.value("SELECT count(DISTINCT uid) FROM message"))
