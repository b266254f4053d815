"""Inputs of the experiments, the same for the same seed."""

import random
from collections import deque
from dataclasses import replace

from shared.testing.records import APPLIED, Sample, broken_ways, chat
from tests.faults.lab import SEED, names


def conversation_samples(tenant: str, count: int, *, some_raise: bool = False) -> list[Sample]:
    """Messages of twelve sessions with copies and undecodable ones; some raise if wanted."""
    chance = random.Random(SEED)
    broken = list(broken_ways("session-3", tenant=tenant).values())[:6]
    samples: list[Sample] = []
    for number in range(count):
        session = chance.choice(names("session", 12))
        if some_raise and number % 50 == 7:
            samples.append(raising(session, number, tenant=tenant))
        elif number % 40 == 11 and broken:
            samples.append(broken.pop())
        elif number % 20 == 13:
            samples.append(chance.choice([s for s in samples if s.expected == APPLIED]))
        else:
            samples.append(chat(session, number, tenant=tenant))
    return samples


class Load:
    """An endless mix by seed: 300 sessions, 5 % copies, a few undecodable and raising records."""

    def __init__(self, tenant: str, seed: int, sessions: int = 300) -> None:
        self._chance = random.Random(seed)
        self._tenant = tenant
        self._sessions = sessions
        self._number = 0
        self._recent: deque[Sample] = deque(maxlen=2000)

    def take(self, count: int) -> list[Sample]:
        """The next samples."""
        return [self._next() for _ in range(count)]

    def _next(self) -> Sample:
        self._number += 1
        lot = self._chance.random()
        if lot < 0.05 and self._recent:
            return self._chance.choice(self._recent)
        session = f"session-{self._chance.randrange(self._sessions)}"
        if lot < 0.052:
            return broken_ways(session, tenant=self._tenant)["bad JSON"]
        if lot < 0.054:
            return raising(session, self._number, tenant=self._tenant)
        sample = chat(session, self._number, tenant=self._tenant)
        self._recent.append(sample)
        return sample


def raising(session: str, number: int | str, *, tenant: str) -> Sample:
    """A message whose use case raises."""
    return replace(chat(session, number, tenant=tenant, text="raise"), expected="failed")
