"""Which target of a policy counts: by priority, by tier, and where nothing is promised."""

from typing import Any

import pytest

from services.sla.api.policy import PolicyText
from services.sla.domain.book import Book
from services.sla.domain.fold import fold
from services.sla.domain.history import Facts, Step, What
from services.sla.domain.policy import Kind, Policy, PolicySet, of_minutes
from tests.sla.test_domain import NINE

FIRST, RESOLUTION = Kind.FIRST_RESPONSE, Kind.RESOLUTION


def test_a_priority_whose_targets_are_null_starts_no_clock() -> None:
    minutes: dict[str, Any] = {
        name: {"first-response": 60, "resolution": 240} for name in ("urgent", "high", "normal")
    }
    minutes["low"] = {"first-response": None, "resolution": None}
    asked = PolicyText.model_validate({"name": "Standard", "minutes": minutes})
    promised = Book([PolicySet(1, None, (of_minutes(asked.name, asked.by_kind()),))])
    assert fold([Step(1, What.ASKED, NINE, Facts(priority="low"))], promised) == {}
    assert len(fold([Step(1, What.ASKED, NINE, Facts(priority="high"))], promised)) == 2


TIERED = Policy(
    "p", "P",
    targets={
        "urgent": {FIRST: 15, RESOLUTION: 240}, "low": {FIRST: 480},
        "normal": {FIRST: 60, RESOLUTION: 1440},
    },
    tier_targets={
        "L2": {"normal": {FIRST: 90, RESOLUTION: 2880}},
        "L3": {"urgent": {FIRST: 5}, "low": {}, "whenever": {RESOLUTION: 7}},
    },
)  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "priority", "tier", "minutes"),
    [
        (RESOLUTION, "urgent", "L2", 240),
        (RESOLUTION, "normal", "L2", 2880),
        (RESOLUTION, "whenever", "L2", 2880),
        (RESOLUTION, "low", "L2", None),
        (FIRST, "urgent", "L3", 5),
        (RESOLUTION, "urgent", "L3", 240),
        (FIRST, "low", "L3", 480),
        (FIRST, "whenever", "L3", 60),
        (RESOLUTION, "whenever", "L3", 7),
        (FIRST, "normal", "L1", 60),
    ],
)
def test_an_urgent_ticket_keeps_its_urgent_target_in_a_tier_that_names_only_normal(
    kind: Kind, priority: str, tier: str, minutes: int | None
) -> None:
    found = TIERED.target(kind, priority, tier)
    assert found == (None if minutes is None else minutes * 60)
