"""A process to kill: `python -m tests.faults.specimen`, told what to be by SPECIMEN_… variables.

SPECIMEN_WITHOUT switches guards of the engine off, to show that an experiment notices.
"""

import asyncio
import logging
import os
import signal
import sys
from contextlib import suppress

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel
from starlette.responses import PlainTextResponse

from shared.contracts.inbound import InboundChatMessageSent
from shared.messaging import (
    Consumer,
    Consumption,
    Intake,
    KafkaSettings,
    OutboxConnection,
    Relay,
    UnitOfWork,
    run_timer,
)
from shared.messaging.errors import is_transient
from shared.storage import Database, DatabaseSettings
from tests.faults import mutations, usecases

log = logging.getLogger("specimen")


class Posted(BaseModel):
    """What a client posts."""

    client_id: str
    session: str
    text: str


def make_app(unit: UnitOfWork, tenant: str) -> FastAPI:
    """The HTTP intake: 202 with the stored id, or 503 when nothing was stored for certain."""
    app = FastAPI()
    intake = Intake(unit, usecases.accept)

    @app.post("/contacts", status_code=202)
    async def post(posted: Posted) -> PlainTextResponse:
        contact = usecases.Contact(tenant, posted.client_id, posted.session, posted.text)
        try:
            uid = await intake.submit(contact, len(posted.text))
        except Exception as error:
            return PlainTextResponse("again later", 503 if is_transient(error) else 422)
        return PlainTextResponse(str(uid), 202)

    return app


async def main() -> None:
    """Plays the roles until SIGTERM."""
    environment = os.environ
    mutations.switch_off_for_good(environment.get("SPECIMEN_WITHOUT", ""))
    roles = environment["SPECIMEN_ROLES"].split(",")
    database = Database(DatabaseSettings(), "specimen")
    unit = UnitOfWork(database, "/deskstream/ingest")
    settings = KafkaSettings()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    works = []
    if "consume" in roles:
        works.append(_consume(unit, settings))
    if "relay" in roles:
        works.append(_relay(unit, database, settings))
    if "tick" in roles:
        limit = int(environment.get("SPECIMEN_LIMIT", "10"))
        works.append(run_timer(unit, usecases.make_timer(environment["SPECIMEN_TENANT"], limit)))
    if "intake" in roles:
        works.append(_serve(unit))
    tasks = [asyncio.create_task(work) for work in works]
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait([stopping, *tasks], return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
    for task, ended in zip(
        tasks, await asyncio.gather(*tasks, return_exceptions=True), strict=True
    ):
        if not isinstance(ended, asyncio.CancelledError | None):
            log.error("%s failed", task, exc_info=ended)
    await database.dispose()


async def _consume(unit: UnitOfWork, settings: KafkaSettings) -> None:
    environment = os.environ
    consumer = Consumer(
        environment["SPECIMEN_GROUP"],
        (environment["SPECIMEN_TOPIC"],),
        (InboundChatMessageSent,),
        usecases.write,
    )
    while True:
        consumption = Consumption(unit, [consumer], settings)
        try:
            await consumption.start()
            if environment.get("SPECIMEN_DIES_INSIDE"):
                await mutations.kill_coordinator(consumption)
            await asyncio.Event().wait()
        except Exception as error:
            log.warning("consuming begins again", exc_info=error)
            await asyncio.sleep(0.5)
        finally:
            await consumption.stop()


async def _relay(unit: UnitOfWork, database: Database, settings: KafkaSettings) -> None:
    await Relay(
        lambda: OutboxConnection.open(database.settings, "specimen"), settings, unit.committed
    ).run()


async def _serve(unit: UnitOfWork) -> None:
    app = make_app(unit, os.environ["SPECIMEN_TENANT"])
    port = int(os.environ["SPECIMEN_PORT"])
    server = uvicorn.Server(uvicorn.Config(app, "127.0.0.1", port, log_level="warning"))
    with suppress(asyncio.CancelledError):
        await server.serve()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, stream=sys.stderr,
                        format="%(asctime)s %(name)s %(levelname)s %(message)s")  # fmt: skip
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    asyncio.run(main())
