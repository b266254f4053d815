"""The tour in README.md works as it stands there, on a suite that `make run` has started."""

import asyncio
import re
import signal
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from deploy.local import tour
from deploy.local.identity import birth
from deploy.local.ports import DOCUMENTED
from tests.stack.running import Run, running
from tests.tour.shell import Shell

PATIENCE = 30

EXPECTED = {
    "1.": [r"^$"],
    "2.": [r'"status":"accepted"', r"^250$"],
    "3.": [r"least loaded of 4 available in Support[^\n]*\nAmina Diallo"],
    "4.": [r'(?s)"kind": "first-response".*"target_seconds": 14400.*"outcome": "running"'],
    "5.": [r'"title": "Reset your password"'],
    "6.": [r"^pending$"],
    "7.": [r"(?s)It has the number 1\..*our answer by 2.*In-Reply-To: <1@example\.com>"],
    "8.": [r"^1$", r"^solved$", r'(?s)^0\n.*"count": 1,.*seconds from a ticket\'s opening'],
    "9.": [r'"ce_type": "support.metric.updated.v1"', r"(?s)event: metric\.updated\ndata: {"],
    "10.": [
        r"error at /data/text: missing",
        r"support\.inbound\.chat\.v1\[\d\]@\d",
        r"wrong-schema: data/text: Field required\n1 parked",
        r'(?s)"reason": "wrong-schema".*dropped',
    ],
    "11.": [],
}  # fmt: skip
"""What each block of a step prints, in time, by the step's number."""


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """`make run` on free ports."""
    with running(tmp_path) as run:
        yield run


@pytest.fixture
async def shell(run: Run) -> AsyncIterator[Shell]:
    """The reader's second terminal."""
    issuer = {"AUTH_DEV_KEY_FILE": str(run.folder / "dev-issuer.json")}
    shell = await Shell.start({**run.environment, **issuer})
    yield shell
    await shell.end()


def test_every_block_of_the_tour_is_held_to_what_it_prints() -> None:
    blocks = {title.partition(" ")[0]: len(found) for title, found in tour.steps(DOCUMENTED)}
    assert blocks == {number: len(patterns) for number, patterns in EXPECTED.items()}


@pytest.mark.journey
async def test_a_reader_gets_through_the_tour_and_stops_it_with_ctrl_c(
    run: Run, shell: Shell
) -> None:
    await asyncio.to_thread(run.until_ready)
    for title, blocks in tour.steps(run.ports):
        patterns = EXPECTED[title.partition(" ")[0]]
        for block, pattern in zip(blocks, patterns, strict=True):
            await _until_it_prints(pattern, block, shell)
    pids = run.pids()
    run.process.send_signal(signal.SIGINT)
    assert await asyncio.to_thread(run.process.wait) == 0
    assert not any(birth(pid) for pid in pids)


async def _until_it_prints(pattern: str, block: str, shell: Shell) -> None:
    """Run a block again until it prints what it must: a reader is slower than Kafka, a test not."""
    deadline = time.monotonic() + PATIENCE
    while not re.search(pattern, printed := (await shell.run(block)).strip()):
        assert time.monotonic() < deadline, f"{block}\nprinted\n{printed}"
        await asyncio.sleep(0.2)
