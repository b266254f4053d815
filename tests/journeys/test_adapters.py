"""The examples for adapter authors: each says something, is answered, and shows the answer."""

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from deploy.local.ports import free_port
from tests.journeys.desk import Desk, entries

pytestmark = pytest.mark.journey

CHECKOUT = Path(__file__).parents[2]
EXAMPLES = CHECKOUT / "shared/contracts/examples_adapters"
SECRET = "whsec_ZXhhbXBsZS1zZWNyZXQtb2YtYW4tYWRhcHRlcg=="
ASKED, ANSWERED = "Where is my invoice? ¿Dónde está?", "Here it is: ご確認ください。"


@asynccontextmanager
async def running(*command: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A program, stopped in the end."""
    pipe = asyncio.subprocess.PIPE
    # As if the contracts were installed, see their README.
    installed = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    program = await asyncio.create_subprocess_exec(
        *command, stdout=pipe, stderr=pipe, cwd=CHECKOUT, env=installed
    )
    try:
        yield program
    finally:
        if program.returncode is None:
            program.kill()
        await program.wait()


async def answered(desk: Desk, program: asyncio.subprocess.Process) -> None:
    """Waits for the program's words, answers them, and waits for it to end with the answer."""
    ticket = await desk.ticket(lambda t: t["assignee"])
    assert entries(ticket, "message")[0]["text"] == ASKED
    await desk.act(ticket, "reply", {"text": ANSWERED})
    said, error = await asyncio.wait_for(program.communicate(), 30)
    assert (said.decode(), error.decode(), program.returncode) == (f"{ANSWERED}\n", "", 0)
    await desk.ticket(lambda t: [e["delivery"] for e in entries(t, "reply")] == ["sent"])


async def test_the_python_example_says_something_and_shows_the_answer(desk: Desk) -> None:
    account = {"kind": "chat", "name": "Shop chat", "delivery": "adapter"}
    await desk.do("ingest", "PUT", "/v1/channels/shop", account)
    servers = desk.suite.environment("ingest")["KAFKA_BOOTSTRAP_SERVERS"]
    script = str(EXAMPLES / "chat_adapter.py")
    async with running(sys.executable, script, servers, desk.tenant, "shop", ASKED) as program:
        await answered(desk, program)


async def test_the_node_example_says_something_and_shows_the_answer(desk: Desk) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs node")
    takes = [{"channel": "social"}, {"channel": "email"}]
    await desk.do("router", "PUT", "/v1/teams/support", {"name": "Support", "takes": takes})
    folder = Path(desk.suite.environment("ingest")["INGEST_SECRETS_FOLDER"]) / desk.tenant
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "partner").write_text(SECRET)
    port = str(free_port())
    account = {
        "kind": "webhook", "name": "Partner",
        "settings": {"api_base": f"http://127.0.0.1:{port}"},
        "secrets": {"signing-secret": f"file:{desk.tenant}/partner"},
    }  # fmt: skip
    await desk.do("ingest", "PUT", "/v1/channels/partner", account)
    script, ingest = str(EXAMPLES / "webhook_adapter.mjs"), desk.suite.addresses["ingest"]
    arguments = (ingest, desk.tenant, "partner", SECRET, port, ASKED)
    async with running(node, script, *arguments) as program:
        await answered(desk, program)
