"""Inputs of the experiments, the same for the same seed."""

import random

from shared.testing.records import APPLIED, Sample, broken_ways, chat
from tests.faults.lab import SEED, names


def conversation_samples(tenant: str, count: int, *, raising: bool = False) -> list[Sample]:
    """Messages of twelve sessions with copies and undecodable ones; some raise if wanted."""
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
            samples.append(chance.choice([s for s in samples if s.expected == APPLIED]))
        else:
            samples.append(chat(session, number, tenant=tenant))
    return samples
