"""A shell that takes commands one block after another."""

import asyncio
from collections.abc import Mapping
from typing import Self

from deploy.local.processes import CHECKOUT

MARK = b"--- end of the block ---\n"
LONGEST = 60


class Shell:
    """One bash for the whole tour, as a reader has it: variables and functions stay."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def start(cls, environment: Mapping[str, str]) -> Self:
        """A bash in the checkout."""
        process = await asyncio.create_subprocess_exec(
            "bash",
            cwd=CHECKOUT,
            env=environment,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            limit=2**24,
        )
        return cls(process)

    async def run(self, block: str) -> str:
        """What a block prints, errors included; TimeoutError when it does not end."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{block}\nprintf %s\\\\n '{MARK.decode().strip()}'\n".encode())
        printed = await asyncio.wait_for(self._process.stdout.readuntil(MARK), LONGEST)
        return printed.removesuffix(MARK).decode()

    async def end(self) -> None:
        """End it."""
        self._process.kill()
        await self._process.communicate()
