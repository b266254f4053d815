"""The watchdog ends what has died quietly, and waits for a database that is away."""

import asyncio
import time

import pytest

from shared.messaging.watchdog import EXIT_CODE
from shared.testing.records import chat
from tests.faults.invariants import check
from tests.faults.lab import Lab, until

pytestmark = [pytest.mark.faults, pytest.mark.kafka, pytest.mark.faults_long]


async def test_a_dead_coordinator_task_ends_the_process_within_70_seconds(lab: Lab) -> None:
    began = time.monotonic()
    process = await lab.start("doomed", "consume,relay", SPECIMEN_DIES_INSIDE="yes")
    await until(lambda: not process.alive, "the watchdog ends the process", 75)
    assert process.wait() == EXIT_CODE, process.last_words(20)
    assert time.monotonic() - began < 75
    await lab.send([chat(f"k{n % 5}", n, tenant=lab.tenant) for n in range(50)])
    await lab.start("next", "consume,relay")
    await lab.drained()
    await check(lab)


async def test_a_database_that_is_away_for_three_minutes_ends_no_process(
    outage: "asyncio.Task[None]",
) -> None:
    """It runs beside the other experiments, on a database server of its own."""
    await outage
