"""Fixtures that every test may ask for, and what runs first and where."""

from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

pytest_plugins = ["shared.testing.stack"]

LONG = ("journeys", "tour", "faults", "stack")
"""Folders that take long by the file: they come first, so that nobody waits for one at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts the long ones first; else tests stay in their order."""
    items.sort(key=lambda item: next((n for n, name in enumerate(LONG) if _in(item, name)), 99))


def _in(item: pytest.Item, folder: str) -> bool:
    return item.path.is_relative_to(Path(__file__).parent / folder)


class Together(LoadFileScheduling):
    """A file's tests run in one process; all journeys do, for they share the five services."""

    def _split_scope(self, nodeid: str) -> str:
        journeys = "tests/journeys/"
        return journeys if nodeid.startswith(journeys) else str(super()._split_scope(nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Together:
    """With -n: in the order of collection, not the longest files first."""
    config.option.loadscopereorder = False
    return Together(config, log)
