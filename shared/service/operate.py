"""`python -m services.X parked list|show|retry|drop|resume`: what operators do from a shell."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from shared.messaging import offsets, parked
from shared.messaging.park import unpack_headers
from shared.messaging.parked import StillBroken, UnknownParked
from shared.service.service import Service

_PAGE: Final = 200


class NotPossible(Exception):
    """What the operator asked for cannot be done; the text says why."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `parked` takes."""
    actions = parser.add_subparsers(dest="action", required=True)
    shown = actions.add_parser("list", help="open parked records and stopped partitions")
    shown.add_argument("--tenant", help="records of this tenant only")
    for name, text in (
        ("show", "one record with its bytes, as JSON"),
        ("retry", "apply one record now"),
        ("drop", "give one record up"),
    ):
        actions.add_parser(name, help=text).add_argument("id", type=UUID, help="from `parked list`")
    resume = actions.add_parser("resume", help="let a stopped partition go on")
    resume.add_argument("consumer", help="from `parked list`, such as support.router.messages")
    resume.add_argument("topic")
    resume.add_argument("partition", type=int)


async def carry_out(service: Service, asked: argparse.Namespace) -> int:
    """Do what was asked; returns the exit code, raises NotPossible."""
    try:
        await _ACTIONS[asked.action](service, asked)
    except UnknownParked as error:
        raise NotPossible(f"no such parked record: {error}") from error
    except StillBroken as error:
        raise NotPossible(f"it stays parked: {error}") from error
    return 0


async def _list(service: Service, asked: argparse.Namespace) -> None:
    after, count = None, 0
    async with service.database.reading() as session:
        while rows := await parked.list_parked(
            session, tenant=asked.tenant, after=after, limit=_PAGE
        ):
            for row in rows:
                _say(_line(row))
            after, count = rows[-1]["id"], count + len(rows)
        stops = await offsets.stops(session)
    _say(f"{count} parked")
    for stop in stops:
        _say(f"stopped: {stop['consumer']} {stop['topic']} {stop['partition']}  {stop['reason']}")


async def _show(service: Service, asked: argparse.Namespace) -> None:
    async with service.database.reading() as session:
        row = await parked.show_parked(session, asked.id)
    headers = [(name, _text(value)) for name, value in unpack_headers(row["headers"])]
    shown = row | {"key": _text(row["key"]), "value": _text(row["value"]), "headers": headers}
    _say(json.dumps(shown, indent=2, ensure_ascii=False, default=str))


async def _retry(service: Service, asked: argparse.Namespace) -> None:
    done = await parked.retry_parked(service.unit, service.all_consumers, asked.id)
    _say(f"applied {done.applied} record(s)")


async def _drop(service: Service, asked: argparse.Namespace) -> None:
    await parked.drop_parked(service.unit, service.all_consumers, asked.id)
    _say("dropped")


async def _resume(service: Service, asked: argparse.Namespace) -> None:
    async with service.database.writing() as session:
        found = await offsets.resume(session, asked.consumer, asked.topic, asked.partition)
    if not found:
        raise NotPossible(f"{asked.consumer} is not stopped on {asked.topic}[{asked.partition}]")
    _say("resumed: its consumer goes on within a second")


_ACTIONS: Final = {
    "list": _list,
    "show": _show,
    "retry": _retry,
    "drop": _drop,
    "resume": _resume,
}


def _line(row: Mapping[str, Any]) -> str:
    place = f"{row['topic']}[{row['partition']}]@{row['offset']}"
    whose = row["tenant"] or "-"
    return f"{row['id']}  {whose}  {row['consumer']}  {place}  {row['reason']}: {row['detail']}"


def _text(data: bytes | None) -> str | None:
    """Bytes for reading: UTF-8 as it is, anything else escaped."""
    return None if data is None else data.decode("utf-8", "backslashreplace")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
