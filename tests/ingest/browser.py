"""A page in headless Chromium, spoken to by the DevTools protocol."""

import asyncio
import base64
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect

SECONDS = 20.0
PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser")
_WIDE, _HEIGHT = 1200, 844


class Tab:
    """One page."""

    def __init__(self, line: ClientConnection) -> None:
        self._line = line
        self._numbers = count(1)

    async def do(self, method: str, **given: Any) -> dict[str, Any]:
        """Asks the browser for something, and waits until it is done."""
        number = next(self._numbers)
        await self._line.send(json.dumps({"id": number, "method": method, "params": given}))
        while True:
            said = json.loads(await self._line.recv())
            if said.get("id") == number:
                assert "error" not in said, said
                return dict(said["result"])

    async def run(self, script: str) -> Any:
        """What a piece of JavaScript comes to in the page."""
        done = await self.do("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in done, done
        return done["result"].get("value")

    async def until(self, script: str) -> None:
        """Waits until it is true in the page."""
        async with asyncio.timeout(SECONDS):
            while not await self.run(script):
                await asyncio.sleep(0.02)

    async def picture(self, file: Path, width: int) -> None:
        """The page as it looks at a width of so many pixels."""
        await self.do(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=_HEIGHT, deviceScaleFactor=1, mobile=width < _WIDE,
        )  # fmt: skip
        taken = await self.do("Page.captureScreenshot")
        file.write_bytes(base64.b64decode(taken["data"]))


@asynccontextmanager
async def opened(url: str, folder: Path) -> AsyncIterator[Tab]:
    """The page in a browser of its own, whose files lie in the folder."""
    process = await asyncio.create_subprocess_exec(
        str(PROGRAM), "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
        "--remote-debugging-port=0", f"--user-data-dir={folder}", "about:blank",
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        port = await _port(folder / "DevToolsActivePort")
        async with httpx.AsyncClient() as client:
            made = (await client.put(f"http://127.0.0.1:{port}/json/new?{url}")).json()
        async with connect(made["webSocketDebuggerUrl"], max_size=None) as line:
            tab = Tab(line)
            await tab.until("location.href !== 'about:blank' && document.readyState === 'complete'")
            yield tab
    finally:
        process.terminate()
        await process.wait()


async def _port(file: Path) -> str:
    async with asyncio.timeout(SECONDS):
        while not (file.exists() and file.read_text().count("\n")):
            await asyncio.sleep(0.05)
    return file.read_text().splitlines()[0]
