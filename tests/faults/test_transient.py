"""Failures that pass by themselves: the engine backs off and succeeds, and parks nothing."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from shared.messaging import UnitOfWork
from shared.messaging.metric_names import RETRIES
from shared.messaging.reader import Reader
from shared.storage import Database
from shared.testing.records import chat
from tests.faults.invariants import check
from tests.faults.lab import Lab, until

pytestmark = [pytest.mark.faults, pytest.mark.kafka, pytest.mark.faults_long]


def retries(lab: Lab) -> float:
    """How often a batch was put back."""
    value: float = RETRIES.labels(lab.group)._value.get()
    return value


@asynccontextmanager
async def at_work(lab: Lab, **settings: float) -> AsyncIterator[tuple[Database, Reader]]:
    """The specimen's consumer and relay, on a pool of their own; afterwards all must hold."""
    await lab.send([chat(f"k{n % 7}", n, tenant=lab.tenant) for n in range(100)])
    database = lab.connect(**settings)
    unit = UnitOfWork(database, "/deskstream/ingest")
    before = retries(lab)
    async with lab.consuming(lab.consumer(), unit=unit) as consumption, lab.relaying():
        yield database, consumption.readers[0]
        await lab.drained()
    await database.dispose()
    assert retries(lab) > before, "the fault was never met"
    truth = await check(lab)
    assert not truth.parked


async def trouble(lab: Lab, action: str, times: int) -> None:
    """The first `times` insertions of messages meet `action`; sequences are never rolled back."""
    await lab.query("CREATE SEQUENCE trouble")
    await lab.query(
        "CREATE FUNCTION meet_trouble() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF nextval('trouble') <= {times} THEN {action}; END IF; RETURN NULL; END $$"
    )
    await lab.query(
        "CREATE TRIGGER trouble BEFORE INSERT ON message FOR EACH STATEMENT "
        "EXECUTE FUNCTION meet_trouble()"
    )


@pytest.mark.parametrize(
    ("named", "state"),
    [
        ("a deadlock", "40P01"),
        ("a serialization failure", "40001"),
        ("a full disk", "53100"),
        ("a server that is shutting down", "57P01"),
        ("a lock that is not available", "55P03"),
    ],
)
async def test_an_error_of_the_server_is_tried_again(lab: Lab, named: str, state: str) -> None:
    await trouble(lab, f"RAISE '{named}' USING ERRCODE = '{state}'", 3)
    async with at_work(lab):
        pass


async def test_a_database_that_refuses_connections_is_waited_for(lab: Lab) -> None:
    async with at_work(lab) as (_, reader):
        await lab.drained()
        await asyncio.to_thread(lab.postgres.stop)
        try:
            await lab.send([chat("k1", f"more-{n}", tenant=lab.tenant) for n in range(50)])
            failures = reader.assignment._failures
            await until(lambda: max(failures.values(), default=0) > 3, "four refusals")
        finally:
            await asyncio.to_thread(lab.postgres.start)


async def test_a_lock_that_another_holds_for_long_is_waited_for(lab: Lab) -> None:
    await lab.query("INSERT INTO entity (key, version) VALUES ('k1', 0)")
    async with lab.database.writing() as holder:
        await holder.exec_driver_sql("SELECT * FROM entity WHERE key = 'k1' FOR UPDATE")
        async with at_work(lab, lock_timeout=0.3):
            before = retries(lab)
            await until(lambda: retries(lab) >= before + 2, "two waits were given up")
            await holder.rollback()


async def test_a_statement_that_takes_too_long_once_is_tried_again(lab: Lab) -> None:
    await trouble(lab, "PERFORM pg_sleep(5)", 1)
    async with at_work(lab, statement_timeout=0.5):
        pass


async def test_a_backend_that_is_killed_in_its_transaction_costs_nothing(lab: Lab) -> None:
    await trouble(lab, "PERFORM pg_sleep(5)", 1)
    async with at_work(lab):

        async def killed() -> bool:
            return bool(
                lab.postgres.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE wait_event = 'PgSleep'"
                )
            )

        await until(killed, "the sleeping backend is killed")


async def test_a_pool_without_a_free_connection_is_waited_for(lab: Lab) -> None:
    async with at_work(lab, pool_size=2, pool_timeout=0.3) as (database, _):
        await lab.drained()
        async with database.reading(), database.reading():
            before = retries(lab)
            await lab.send([chat("k1", f"more-{n}", tenant=lab.tenant) for n in range(10)])
            await until(lambda: retries(lab) >= before + 1, "the pool was waited for")


async def test_a_record_whose_statement_alone_always_takes_too_long_is_parked_after_three_times(
    lab: Lab,
) -> None:
    await lab.query(
        "CREATE FUNCTION be_slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF NEW.text = 'slow' THEN PERFORM pg_sleep(5); END IF; RETURN NEW; END $$"
    )
    await lab.query(
        "CREATE TRIGGER slow BEFORE INSERT ON message FOR EACH ROW EXECUTE FUNCTION be_slow()"
    )
    samples = [chat("k", n, tenant=lab.tenant) for n in range(20)]
    slow = chat("k", "slow", tenant=lab.tenant, text="slow")
    samples.insert(7, replace(slow, expected="failed"))
    await lab.send(samples)
    unit = UnitOfWork(lab.connect(statement_timeout=0.3), "/deskstream/ingest")
    async with lab.consuming(lab.consumer(), unit=unit), lab.relaying():
        await lab.drained()
    await unit.database.dispose()
    truth = await check(lab)
    assert len(truth.parked) == 1
