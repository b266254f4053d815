"""Commands over HTTP: one unit of work each, done once however often the same request comes.

A caller that does not know whether its request got through sends it again with the same
`Idempotency-Key` and gets the first answer again. The key is stored with the answer in the effect's
own transaction (DESIGN §4.11), for 24 hours.
"""

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Final

from fastapi import Depends, Header, Request
from pydantic import BaseModel
from sqlalchemy.exc import DBAPIError
from starlette.responses import Response

from shared.messaging.commands import (
    CommandKey,
    KeyInFlight,
    KeyReused,
    StoredAnswer,
    find_answer,
    store_answer,
)
from shared.messaging.errors import is_unique_violation, sqlstate
from shared.messaging.events import Cause, command_cause
from shared.messaging.outbox import Outbox
from shared.messaging.unit import UnitOfWork
from shared.service.auth import Caller, require
from shared.service.metric_names import REPLAYED
from shared.service.problems import Problem
from shared.service.roles import Scope
from shared.service.versions import PreconditionFailed, etag, parse_if_match
from shared.storage.sessions import Session

_JSON: Final = "application/json"
# Serialization failure and deadlock.
_LOST_RACES: Final = frozenset({"40001", "40P01"})


@dataclass(frozen=True, slots=True)
class Work:
    """What a command works with: one transaction, its announcements, its cause and its time."""

    session: Session
    outbox: Outbox
    cause: Cause
    now: datetime


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer with more than a body: a status of its own, the entity's version, its address."""

    body: BaseModel | None = None
    status: int | None = None
    version: int | None = None
    location: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


Effect = Callable[[Work], Awaitable[Reply | BaseModel | None]]


@dataclass(frozen=True, slots=True)
class Command:
    """One mutating request: who makes it, and how to carry it out once."""

    caller: Caller
    unit: UnitOfWork
    key: CommandKey | None
    if_match: int | None
    status: int

    def expects(self, version: int) -> None:
        """Refuse with a 412 unless the entity is at the version that If-Match names, if it does.

        Call it inside `run`, after the row is locked.
        """
        if self.if_match is not None and self.if_match != version:
            raise PreconditionFailed(version)

    async def run(self, effect: Effect) -> Response:
        """Carry the effect out in one unit of work and answer with what it returns.

        With an Idempotency-Key that was answered before, the same answer comes again and the effect
        is not run. Raises a 409 while the same request is in flight, a 422 for another body.
        What the effect raises rolls everything back, the key too. It runs a second time when a
        rival transaction won a race, so it must change nothing but the session and the outbox.
        """
        cause = command_cause()
        try:
            return await self._once(effect, cause)
        except DBAPIError as error:
            # A rival was faster; the second look sees what it did.
            if not (is_unique_violation(error) or sqlstate(error) in _LOST_RACES):
                raise
        return await self._once(effect, cause)

    async def _once(self, effect: Effect, cause: Cause) -> Response:
        async with self.unit.begin() as (session, outbox, now):
            if (
                self.key is not None
                and (before := await _before(session, self.key, now)) is not None
            ):
                REPLAYED.inc()
                return _response(before)
            reply = _reply(await effect(Work(session, outbox, cause, now)))
            answer = _answer(reply, self.status)
            if self.key is not None:
                await store_answer(session, self.key, answer, now)
        return _response(answer)


def command(*scopes: Scope) -> Callable[..., Awaitable[Command]]:
    """A FastAPI dependency: the command of a caller whose token carries all these scopes.

    >>> @routes.post("/v1/tickets", status_code=201, response_model=TicketView)
    >>> async def open_ticket(
    >>>     asked: OpenTicket, command: Annotated[Command, Depends(command("tickets:write"))]
    >>> ) -> Response:
    >>>     return await command.run(lambda work: usecases.open_ticket(work, asked))
    """

    async def of_request(
        request: Request,
        caller: Annotated[Caller, Depends(require(*scopes))],
        idempotency_key: Annotated[
            str | None,
            Header(
                min_length=1,
                max_length=200,
                pattern=r"^[\x21-\x7e]+$",
                description="Any text that names this request: sent again, it is done once",
            ),
        ] = None,
        if_match: Annotated[
            str | None,
            Header(
                pattern=r'^(\*|"[0-9]{1,18}")$',
                description="ETag of the state that this change is based on, or `*` for any",
                examples=['"17"'],
            ),
        ] = None,
    ) -> Command:
        key = None
        if idempotency_key is not None:
            key = await _key(request, caller, idempotency_key, if_match)
        status = getattr(request.scope.get("route"), "status_code", None) or 200
        unit: UnitOfWork = request.app.state.service.unit
        return Command(caller, unit, key, parse_if_match(if_match), status)

    return of_request


async def _before(session: Session, key: CommandKey, now: datetime) -> StoredAnswer | None:
    try:
        return await find_answer(session, key, now)
    except KeyInFlight:
        raise Problem(
            409,
            "In flight",
            "The first request with this Idempotency-Key is still at work. Send it again shortly.",
            headers={"Retry-After": "1"},
        ) from None
    except KeyReused:
        raise Problem(
            422,
            "Idempotency key reused",
            "This Idempotency-Key came before with another request. Use a new key for a new one.",
        ) from None


async def _key(request: Request, caller: Caller, key: str, if_match: str | None) -> CommandKey:
    path = request.url.path
    query = request.url.query
    parts = (request.method.encode(), f"{path}?{query}".encode(), (if_match or "").encode())
    digest = hashlib.sha256()
    for part in (*parts, await request.body()):
        digest.update(len(part).to_bytes(8))
        digest.update(part)
    return CommandKey(
        tenant=caller.tenant,
        subject=f"{caller.kind}:{caller.subject}",
        method=request.method,
        route=path,
        key=key,
        request_hash=digest.digest(),
    )


def _reply(result: Reply | BaseModel | None) -> Reply:
    return result if isinstance(result, Reply) else Reply(result)


def _answer(reply: Reply, status: int) -> StoredAnswer:
    headers = dict(reply.headers)
    if reply.version is not None:
        headers["ETag"] = etag(reply.version)
    if reply.location is not None:
        headers["Location"] = reply.location
    body = b""
    if reply.body is not None:
        headers.setdefault("Content-Type", _JSON)
        body = reply.body.__pydantic_serializer__.to_json(reply.body, by_alias=True)
    return StoredAnswer(status=reply.status or status, headers=headers, body=body)


def _response(answer: StoredAnswer) -> Response:
    return Response(answer.body, answer.status, dict(answer.headers))
