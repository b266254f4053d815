"""The command line of every service: `python -m services.X <role>` and `… parked <what>`.

Exit codes: 0 ended as asked; 1 it cannot be done, with one line that says why; 2 wrong arguments;
70 something failed that should not have, or did not end in time.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

import uvloop
from sqlalchemy.exc import SQLAlchemyError

from shared.messaging.errors import describe
from shared.messaging.resync import resync
from shared.service import logs, operate, telemetry
from shared.service.parts import ROLES
from shared.service.process import Process
from shared.service.server import PortBusy
from shared.service.service import Service
from shared.service.settings import BadSettings
from shared.storage.migrate import upgrade
from shared.tools import CannotDo, ToolCommand, carry_out, left_unread, refuse

log = logging.getLogger(__name__)
FAILED: Final = 70
_HELP: Final = {
    "consume": "read topics and carry out the use cases",
    "relay": "publish the outbox",
    "api": "serve the HTTP API",
    "tick": "fire timers and run workers",
    "all": "all of these in one process",
    "migrate": "bring the database up to date, then end",
    "resync": "after a restore from backup: announce full state in a new epoch, then end",
}


@dataclass(frozen=True)
class OwnCommand:
    """A command that one service adds: its name, one line of help, its arguments and its work.

    `work` returns the exit code; raising CannotDo gives one line and exit code 1.
    """

    name: str
    help: str
    arguments: Callable[[argparse.ArgumentParser], None]
    work: Callable[[Service, argparse.Namespace], Awaitable[int]]


def main(build: Callable[[], Service], commands: Sequence[OwnCommand | ToolCommand] = ()) -> None:
    """Run what the command line asks for, and end the process with its exit code."""
    sys.exit(run(build, commands, sys.argv[1:]))


def run(
    build: Callable[[], Service],
    commands: Sequence[OwnCommand | ToolCommand],
    arguments: Sequence[str],
) -> int:
    """The same without ending the process: returns the exit code."""
    asked = _parser(commands).parse_args(arguments)
    named = next((one for one in commands if one.name == asked.command), None)
    if isinstance(named, ToolCommand):
        return carry_out(named, asked)
    try:
        service = build()
        logs.configure(service.settings.log, service.name)
        return uvloop.run(_carry_out(service, asked, named))
    except (BadSettings, PortBusy, CannotDo, operate.NotPossible) as error:
        return refuse(str(error))
    except BrokenPipeError:
        return left_unread()
    except (SQLAlchemyError, OSError) as error:
        return refuse(f"the database cannot be used: {describe(error)}")


async def _carry_out(service: Service, asked: argparse.Namespace, own: OwnCommand | None) -> int:
    if own is not None:
        return await _with_database(service, own.work(service, asked))
    if asked.command == "parked":
        return await _with_database(service, operate.carry_out(service, asked))
    if asked.command == "migrate":
        return await _with_database(service, _migrate(service))
    if asked.command == "resync":
        return await _with_database(service, _resync(service))
    return await _play(service, asked.command)


async def _with_database(service: Service, work: Awaitable[int]) -> int:
    try:
        return await work
    finally:
        await service.database.dispose()


async def _migrate(service: Service) -> int:
    await upgrade(service.database, service.chains)
    log.info("migrated")
    return 0


async def _resync(service: Service) -> int:
    epoch = await resync(service.unit, service.restates)
    log.info("resynced", extra={"epoch": epoch})
    return 0


async def _play(service: Service, role: str) -> int:
    provider = telemetry.configure(service.settings.telemetry, service.name)
    tune_collector()
    process = Process(service, ROLES if role == "all" else [one for one in ROLES if one == role])
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, process.stopping.set)
    clean = await process.run()
    if provider is not None:
        await asyncio.to_thread(provider.shutdown)
    return 0 if clean else FAILED


def tune_collector() -> None:
    """Batches make many short-lived objects: the default thresholds cost a quarter of the CPU."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 10)
    # A thread that parses would keep the event loop waiting 5 ms after each of its waits.
    sys.setswitchinterval(0.0005)


def _parser(commands: Sequence[OwnCommand | ToolCommand]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(epilog="Settings come from the environment: see README.md")
    choices = parser.add_subparsers(dest="command", required=True, metavar="command")
    for name, text in _HELP.items():
        choices.add_parser(name, help=text)
    operate.add_arguments(choices.add_parser("parked", help="records and partitions set aside"))
    for command in commands:
        command.arguments(choices.add_parser(command.name, help=command.help))
    return parser
