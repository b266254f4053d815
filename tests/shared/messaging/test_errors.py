"""Which errors pass by themselves, shown by real ones of PostgreSQL."""

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from deploy.local.ports import free_port
from shared.messaging.errors import (
    describe,
    is_statement_timeout,
    is_transient,
    is_unique_violation,
    sqlstate,
)
from shared.storage import Database, DatabaseSettings


async def failure(database: Database, *statements: str) -> BaseException:
    """The error that the statements end in."""
    try:
        async with database.writing() as session:
            for statement in statements:
                await session.execute(text(statement))
    except Exception as error:
        return error
    raise AssertionError("nothing failed")


async def test_a_refused_connection_passes() -> None:
    nowhere = Database(DatabaseSettings(url=f"postgresql://u:p@127.0.0.1:{free_port()}/x"), "test")
    assert is_transient(await failure(nowhere, "SELECT 1"))


async def test_a_killed_backend_passes(database: Database) -> None:
    error = await failure(database, "SELECT pg_terminate_backend(pg_backend_pid())")
    assert is_transient(error)


async def test_a_connection_that_was_lost_before_passes(database: Database) -> None:
    """The driver notices a dead connection of the pool without any SQLSTATE."""
    async with database.reading() as session:
        driver = (await session.get_raw_connection()).driver_connection
        assert driver is not None
        await driver.close()
        with pytest.raises(DBAPIError) as caught:
            await session.execute(text("SELECT 1"))
    assert is_transient(caught.value)


async def test_a_lock_timeout_passes(database: Database) -> None:
    async with database.writing() as holder:
        await holder.execute(text("SELECT * FROM engine_state FOR UPDATE"))
        error = await failure(
            database, "SET LOCAL lock_timeout = 100", "SELECT * FROM engine_state FOR UPDATE"
        )
    assert sqlstate(error) == "55P03"
    assert is_transient(error)


async def test_a_statement_timeout_passes_and_is_known_as_such(database: Database) -> None:
    error = await failure(database, "SET LOCAL statement_timeout = 50", "SELECT pg_sleep(5)")
    assert is_transient(error)
    assert is_statement_timeout(error)


async def test_a_deadlock_passes(database: Database) -> None:
    await make_rows(database)
    first_locked, second_locked = asyncio.Event(), asyncio.Event()

    async def lock(mine: int, other: int, done: asyncio.Event, wait: asyncio.Event) -> None:
        async with database.writing() as session:
            await session.execute(text("SET LOCAL lock_timeout = 0"))
            await session.execute(text(f"UPDATE two SET n = 1 WHERE id = {mine}"))
            done.set()
            await wait.wait()
            await session.execute(text(f"UPDATE two SET n = 1 WHERE id = {other}"))

    results = await asyncio.gather(
        lock(1, 2, first_locked, second_locked), lock(2, 1, second_locked, first_locked),
        return_exceptions=True,
    )  # fmt: skip
    (error,) = [result for result in results if result is not None]
    assert sqlstate(error) == "40P01"
    assert is_transient(error)


async def test_a_serialization_failure_passes(database: Database) -> None:
    await make_rows(database)
    async with database.engine.connect() as connection:
        await connection.execution_options(isolation_level="REPEATABLE READ")
        await connection.execute(text("SELECT * FROM two"))
        async with database.writing() as rival:
            await rival.execute(text("UPDATE two SET n = 2 WHERE id = 1"))
        with pytest.raises(DBAPIError) as caught:
            await connection.execute(text("UPDATE two SET n = 3 WHERE id = 1"))
    assert sqlstate(caught.value) == "40001"
    assert is_transient(caught.value)


async def make_rows(database: Database) -> None:
    async with database.writing() as session:
        await session.execute(
            text("CREATE TABLE two AS SELECT id, 0 AS n FROM generate_series(1, 2) id")
        )


@pytest.mark.parametrize("state", ["53100", "53300", "57P01", "57P03", "58030", "08006", "25006"])
async def test_a_server_in_trouble_passes(database: Database, state: str) -> None:
    raised = f"DO $$ BEGIN RAISE 'trouble' USING ERRCODE = '{state}'; END $$"
    assert is_transient(await failure(database, raised))


@pytest.mark.parametrize(
    "statement",
    ["SELECT 1/0", "SELECT 'x'::int", "SELECT * FROM nowhere", "SELEC", "SELECT '\\ud800'::jsonb",
     "INSERT INTO engine_state (one, epoch) VALUES (false, 1)"],
)  # fmt: skip
async def test_what_the_data_are_to_blame_for_does_not_pass(
    database: Database, statement: str
) -> None:
    assert not is_transient(await failure(database, statement))


async def test_a_unique_violation_is_known_as_such(database: Database) -> None:
    error = await failure(database, "INSERT INTO engine_state (epoch) VALUES (1)")
    assert is_unique_violation(error)
    assert not is_transient(error)


async def test_a_pool_without_a_free_connection_passes(database: Database) -> None:
    small = Database(
        DatabaseSettings(url=database.settings.url, pool_size=2, pool_timeout=0.05), "test"
    )
    async with small.reading(), small.reading():
        error = await failure(small, "SELECT 1")
    await small.dispose()
    assert isinstance(error, PoolTimeout)
    assert is_transient(error)


@pytest.mark.parametrize(
    ("error", "passes"),
    [
        (ConnectionResetError(), True),
        (TimeoutError(), True),
        (OSError(28, "No space left on device"), True),
        (ValueError(), False),
        (KeyError("x"), False),
        (RuntimeError(), False),
    ],
)
def test_errors_of_python(error: Exception, passes: bool) -> None:
    assert is_transient(error) == passes


async def test_a_description_says_where_but_not_what_a_customer_wrote(database: Database) -> None:
    error = await failure(database, "SELECT 'my secret'::int")
    said = describe(error)
    assert "SQLSTATE 22P02" in said
    assert "secret" not in said
