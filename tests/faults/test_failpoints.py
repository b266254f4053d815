"""Kill -9 at every failpoint, restart, drain: nothing lost, nothing doubled, in order per key."""

import random

import pytest

from shared.testing.records import Sample, broken_ways, chat
from tests.faults.invariants import check
from tests.faults.lab import SEED, Lab, names

pytestmark = [pytest.mark.faults, pytest.mark.kafka]

# Ten batches or more of at most 20 records, so that each failpoint is passed seven times.
SMALL = {"KAFKA_BATCH_SIZE": "20", "KAFKA_RELAY_PAGE": "20"}


def times(*numbers: int) -> list[object]:
    """The first time in every run, the later ones only in `make faults`."""
    return [
        pytest.param(n, marks=[] if n == 1 else pytest.mark.faults_long, id=f"time {n}")
        for n in numbers
    ]


def conversation_samples(tenant: str, count: int, *, raising: bool = False) -> list[Sample]:
    """Messages of twelve sessions with copies; some of them undecodable or raising."""
    chance = random.Random(SEED)
    broken = list(broken_ways("session-3", tenant=tenant).values())[:6]
    samples: list[Sample] = []
    for number in range(count):
        session = chance.choice(names("session", 12))
        if raising and number % 25 == 7:
            sample = chat(session, number, tenant=tenant, text="raise")
            samples.append(Sample(sample.key, sample.value, sample.headers, "failed"))
        elif number % 40 == 11 and broken:
            samples.append(broken.pop())
        elif number % 20 == 13:
            samples.append(chance.choice([s for s in samples if s.expected == "applied"]))
        else:
            samples.append(chat(session, number, tenant=tenant))
    return samples


@pytest.mark.parametrize("n", times(1, 2, 7))
@pytest.mark.parametrize("failpoint", ["P2", "P3", "P4", "P5", "P6", "P7", "P8"])
async def test_a_consumer_with_its_relay_that_is_killed_loses_and_doubles_nothing(
    lab: Lab, failpoint: str, n: int
) -> None:
    await lab.send(conversation_samples(lab.tenant, 240))
    await lab.dies_at(f"{failpoint}:{n}", "one", "consume,relay", **SMALL)
    await lab.start("one", "consume,relay", **SMALL)
    await lab.drained()
    await check(lab)
