"""Two processes of one group under load, killed at random; broker and database die too."""

import asyncio
import random
import signal
import time
from collections.abc import Awaitable
from contextlib import suppress

import pytest

from deploy.local.processes import Process
from tests.faults import logs
from tests.faults.invariants import check
from tests.faults.lab import SEED, Lab
from tests.faults.load import Load

pytestmark = [pytest.mark.faults, pytest.mark.kafka]

ROLES = "consume,relay"


class Pair:
    """Two specimens of one group; whoever is killed is started again at once."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self.kills = 0
        self.members = {name: lab.process(name, ROLES) for name in ("one", "two")}

    async def start(self) -> None:
        """Starts both."""
        for process in self.members.values():
            await asyncio.to_thread(process.start)

    async def kill(self, name: str) -> None:
        """Kill -9, and a successor with the same member id."""
        process: Process = self.members[name]
        await asyncio.to_thread(process.kill)
        self.kills += 1
        await asyncio.to_thread(process.start)

    async def kill_at_random(self, chance: random.Random) -> None:
        """Kills a random one every two to five seconds, until cancelled."""
        while True:
            await asyncio.sleep(chance.uniform(2, 5))
            await self.kill(chance.choice(sorted(self.members)))


async def feed(lab: Lab, seed: int, seconds: float) -> int:
    """Some 400 records a second, all of them acknowledged when it returns; how many."""
    load = Load(lab.tenant, seed)
    sent = []
    async with logs.producing(lab.bootstrap) as producer:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for sample in load.take(40):
                headers = sample.all_headers()
                sent.append(
                    await producer.send(lab.topic, sample.value, key=sample.key, headers=headers)
                )
            await asyncio.sleep(0.1)
        for acknowledged in sent:
            await acknowledged
    return len(sent)


async def survives(lab: Lab, seed: int, seconds: float, *also: Awaitable[None]) -> None:
    """Load and random kills for so long, `also` beside them; then everything must hold."""
    pair = Pair(lab)
    await pair.start()
    killing = asyncio.create_task(pair.kill_at_random(random.Random(seed)))
    feeding = asyncio.create_task(feed(lab, seed, seconds))
    await asyncio.gather(feeding, *also)
    killing.cancel()
    with suppress(asyncio.CancelledError):
        await killing
    for process in pair.members.values():
        if not process.alive:
            await asyncio.to_thread(process.start)
    await lab.drained(120)
    truth = await check(lab)
    assert pair.kills >= seconds // 6
    assert len(truth.ids) > feeding.result() * 0.8


async def test_two_processes_killed_at_random_for_a_quarter_of_a_minute_lose_nothing(
    lab: Lab,
) -> None:
    await survives(lab, SEED, 15)


@pytest.mark.faults_long
@pytest.mark.parametrize("seed", [SEED, SEED + 1, SEED + 2])
async def test_two_processes_killed_at_random_for_a_minute_lose_nothing(
    lab: Lab, seed: int
) -> None:
    await survives(lab, seed, 60)


@pytest.mark.faults_long
async def test_a_broker_killed_in_the_middle_loses_nothing(lab: Lab) -> None:
    async def kill_broker() -> None:
        await asyncio.sleep(10)
        await asyncio.to_thread(lab.kafka.kill)
        await asyncio.sleep(4)
        await asyncio.to_thread(lab.kafka.start)

    await survives(lab, SEED, 45, kill_broker())


@pytest.mark.faults_long
async def test_a_database_restarted_at_once_in_the_middle_loses_nothing_and_parks_nothing_more(
    lab: Lab,
) -> None:
    async def restart_database() -> None:
        for _ in range(3):
            await asyncio.sleep(8)
            await asyncio.to_thread(lab.postgres.restart, immediate=True)

    await survives(lab, SEED, 35, restart_database())


@pytest.mark.faults_long
@pytest.mark.parametrize("stopped_for", [12, 25])
async def test_a_process_stopped_past_its_session_goes_on_as_a_zombie_and_harms_nothing(
    lab: Lab, stopped_for: float
) -> None:
    pair = Pair(lab)
    await pair.start()
    feeding = asyncio.create_task(feed(lab, SEED, stopped_for + 15))
    await asyncio.sleep(6)
    zombie = pair.members["one"]
    zombie.send(signal.SIGSTOP)
    await asyncio.sleep(stopped_for)
    zombie.send(signal.SIGCONT)
    await feeding
    await lab.drained(120)
    await check(lab)
    assert all(process.alive for process in pair.members.values())


async def test_order_is_strict_while_two_processes_hand_partitions_to_each_other(
    lab: Lab,
) -> None:
    """A member leaves and joins again and again: every change of hands is under load."""
    pair = Pair(lab)
    await pair.start()
    feeding = asyncio.create_task(feed(lab, SEED, 12))
    leaver = pair.members["two"]
    while not feeding.done():
        await asyncio.sleep(1.5)
        await asyncio.to_thread(leaver.stop)
        await asyncio.to_thread(leaver.start)
    await lab.drained()
    await check(lab)
