"""`make conformance`: feeds every reference mail through a running suite, and loses none.

Before that it prints how right ingest is about languages, kinds of mail and trimmed replies.

Exit code 0: each mail is a message, or parked with a reason, and the goals of quality hold. 1: one
was lost, was not let in, or made its reader raise; or a goal does not hold. 2: there are no
reference mails.
"""

import asyncio
import base64
import hashlib
import os
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx

from deploy.local import demo, ports
from deploy.local.processes import CHECKOUT, StackFailure
from deploy.local.servers import Servers
from deploy.local.stack import Stack
from deploy.local.suite import Suite
from tests.conformance import quality
from tests.conformance.mails import DATA, Outcome, mails, missing, table

PATIENCE = 120


def main() -> int:
    """Run it all; the exit code."""
    if reason := missing():
        print(reason, file=sys.stderr)
        return 2
    figures, good = quality.report()
    print(f"quality over {DATA}\n{figures}\n", flush=True)
    with Stack(CHECKOUT / ".run" / f"conformance-{os.getpid()}", durable=False) as stack:
        servers = Servers.of(stack, ports.free())
        servers.start()
        suite = Suite(stack, servers.surroundings, ports.free())
        suite.start()
        outcomes = asyncio.run(_feed(suite, stack.folder / "demo-loaded"))
        dead = [name for name, process in suite.services.items() if not process.alive]
    print(f"reference mails from {DATA}\n{table(outcomes)}")
    for name in dead:
        print(f"{name} died")
    wrong = sum(outcome.is_wrong for outcome in outcomes)
    print("every mail is accounted for" if not wrong else f"{wrong} mails are not as they must be")
    return 1 if wrong or dead or not good else 0


async def _feed(suite: Suite, note: Path) -> Sequence[Outcome]:
    token = suite.token(demo.TENANT, "conformance", "admin", "operator", "platform")
    await demo.load(suite.addresses, token, note)
    await demo.until_known(suite.addresses, token)
    headers = {"Authorization": f"Bearer {token}"}
    base = suite.addresses["ingest"]
    async with httpx.AsyncClient(base_url=base, headers=headers, timeout=60) as client:
        handed_in = [(path, await _hand_in(client, path)) for path in mails()]
        return await _accounts(client, handed_in)


async def _hand_in(client: httpx.AsyncClient, path: Path) -> httpx.Response:
    media = {"Content-Type": "message/rfc822"}
    return await client.post("/v1/email/messages", content=path.read_bytes(), headers=media)


async def _accounts(
    client: httpx.AsyncClient, handed_in: Sequence[tuple[Path, httpx.Response]]
) -> Sequence[Outcome]:
    """What became of each; whoever is still waiting when time is up is lost."""
    outcomes = [
        Outcome(path, "refused", f"{answer.status_code} {answer.text}")
        for path, answer in handed_in
        if answer.status_code != 202
    ]
    waiting = {path: answer.json()["id"] for path, answer in handed_in if answer.is_success}
    deadline = time.monotonic() + PATIENCE
    while waiting and time.monotonic() < deadline:
        parked = await _parked(client)
        for path, raw_id in list(waiting.items()):
            if outcome := await _outcome(client, path, raw_id, parked):
                outcomes.append(outcome)
                del waiting[path]
        await asyncio.sleep(0.2)
    outcomes += [Outcome(path, "lost", f"raw mail {raw_id}") for path, raw_id in waiting.items()]
    return sorted(outcomes, key=lambda outcome: outcome.mail)


async def _outcome(
    client: httpx.AsyncClient, path: Path, raw_id: str, parked: Mapping[str, str]
) -> Outcome | None:
    found = (await client.get(f"/v1/messages/{raw_id}")).raise_for_status().json()
    if found["message"] is not None:
        return Outcome(path, "message")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return Outcome(path, "parked", parked[digest]) if digest in parked else None


async def _parked(client: httpx.AsyncClient) -> Mapping[str, str]:
    """Why ingest parked a mail, by the SHA-256 of its bytes, which is its record's key."""
    parked: dict[str, str] = {}
    next_page: dict[str, str] = {}
    while True:
        page = (await client.get("/v1/parked", params=next_page)).raise_for_status().json()
        for one in page["items"]:
            parked[await _key(client, one)] = f"{one['reason']}: {one['detail']}"
        if page["next"] is None:
            return parked
        next_page = {"cursor": page["next"]}


async def _key(client: httpx.AsyncClient, parked: Mapping[str, Any]) -> str:
    shown = (await client.get(f"/v1/parked/{parked['id']}")).raise_for_status().json()
    return base64.b64decode(shown["key"] or "").decode("utf-8", "replace")


if __name__ == "__main__":
    try:
        sys.exit(main())
    except StackFailure as failure:
        sys.exit(str(failure))
