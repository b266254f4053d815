"""The relays that take our mails: connections are used again; a relay that fails gets a rest."""

import asyncio
import ssl
from collections import OrderedDict
from dataclasses import dataclass, field

from services.ingest.domain import smtp_answers
from services.ingest.domain.compose import Letter
from services.ingest.domain.deliveries import LONGEST_REASON, Outcome
from services.ingest.domain.texts import one_line
from services.ingest.mail_out.connection import Connection, Refused, Relay

_IDLE_SECONDS = 20.0
_MOST_MAILS = 200  # on one connection; many relays end it after some hundred
_REST_SECONDS = 5.0
_LONGEST_REST = 300.0
_MOST_RELAYS = 1000  # relays that are remembered


@dataclass(slots=True)
class _Line:
    """What we have with one relay under one account."""

    places: asyncio.Semaphore
    free: list[Connection] = field(default_factory=list)
    failures: int = 0
    rests_until: float = 0.0
    why: Outcome | None = None


class Relays:
    """Connections to any number of relays, a limited number to each."""

    def __init__(self, *, name: str, seconds: float, connections: int, trust: ssl.SSLContext):
        """name: what we call ourselves. seconds: for connecting, and again for sending.

        connections: to one relay under one account. trust: which certificates we take.
        """
        self._name = name
        self._seconds = seconds
        self._connections = connections
        self._trust = trust
        self._lines: OrderedDict[tuple[str, Relay], _Line] = OrderedDict()
        self._sweep: asyncio.TimerHandle | None = None

    async def send(self, account: str, relay: Relay, letter: Letter) -> Outcome:
        """Hands one mail over and says what came of it; raises nothing but cancellation.

        account: whose connection it is; accounts share none, even where the relay is the same.
        """
        line = self._line(account, relay)
        async with line.places:
            if line.why is not None and asyncio.get_running_loop().time() < line.rests_until:
                return line.why
            outcome = await self._sent(line, relay, letter)
        self._remember(line, outcome)
        return outcome

    async def close(self) -> None:
        """Leaves all relays, within a second."""
        if self._sweep is not None:
            self._sweep.cancel()
        free = [connection for line in self._lines.values() for connection in line.free]
        self._lines.clear()
        await asyncio.gather(*(connection.leave() for connection in free))

    async def _sent(self, line: _Line, relay: Relay, letter: Letter) -> Outcome:
        try:
            async with asyncio.timeout(self._seconds):
                connection = await self._addressed(line, relay, letter)
        except Refused as answer:
            return smtp_answers.outcome(answer.stage, answer.code, answer.text)
        except ssl.SSLError as error:
            # A certificate that we cannot trust will not become better by trying the next mail.
            return Outcome("blocked", _reason(error))
        except OSError as error:
            return Outcome("unreachable", _reason(error))
        try:
            async with asyncio.timeout(self._seconds):
                await connection.hand_over(letter.data)
        except Refused as answer:
            connection.abort()
            return smtp_answers.outcome(answer.stage, answer.code, answer.text)
        except OSError as error:
            # The relay may have the whole mail: only its answer is missing.
            connection.abort()
            return Outcome("unknown", _reason(error))
        except BaseException:
            connection.abort()
            raise
        self._set_free(line, connection)
        return Outcome("sent")

    async def _addressed(self, line: _Line, relay: Relay, letter: Letter) -> Connection:
        """A connection on which the relay has taken sender and recipient."""
        while line.free:
            connection = line.free.pop()
            try:
                if not connection.is_broken:
                    return await self._on(line, connection, letter)
            except Refused as answer:
                if answer.code != 421:
                    raise
            except OSError:
                pass  # the relay had closed a connection that was idle: nothing was sent on it
        connection = await Connection.open(relay, self._name, self._trust)
        return await self._on(line, connection, letter)

    async def _on(self, line: _Line, connection: Connection, letter: Letter) -> Connection:
        try:
            await connection.address(letter)
        except Refused as answer:
            await self._recover(line, connection, answer)
            raise
        except BaseException:
            connection.abort()
            raise
        return connection

    async def _recover(self, line: _Line, connection: Connection, answer: Refused) -> None:
        """Keeps the connection for the next mail, where the refusal was of a recipient."""
        if answer.stage != "recipient" or answer.code == 421 or connection.is_broken:
            connection.abort()
            return
        try:
            await connection.reset()
        except (OSError, Refused):
            connection.abort()
        else:
            self._set_free(line, connection)

    def _set_free(self, line: _Line, connection: Connection) -> None:
        loop = asyncio.get_running_loop()
        if connection.sent >= _MOST_MAILS:
            connection.abort()
            return
        connection.free_since = loop.time()
        line.free.append(connection)
        if self._sweep is None:
            self._sweep = loop.call_later(_IDLE_SECONDS / 2, self._sweep_idle)

    def _sweep_idle(self) -> None:
        loop = asyncio.get_running_loop()
        oldest = loop.time() - _IDLE_SECONDS
        for line in self._lines.values():
            for connection in [one for one in line.free if one.free_since < oldest]:
                line.free.remove(connection)
                connection.abort()
        busy = any(line.free for line in self._lines.values())
        self._sweep = loop.call_later(_IDLE_SECONDS / 2, self._sweep_idle) if busy else None

    def _line(self, account: str, relay: Relay) -> _Line:
        key = account, relay
        line = self._lines.get(key)
        if line is None:
            line = self._lines[key] = _Line(asyncio.Semaphore(self._connections))
            if len(self._lines) > _MOST_RELAYS:
                _, oldest = self._lines.popitem(last=False)
                for connection in oldest.free:
                    connection.abort()
        self._lines.move_to_end(key)
        return line

    def _remember(self, line: _Line, outcome: Outcome) -> None:
        """After a failure of the relay itself, mails fail at once for a while: 5 s, doubled."""
        if outcome.kind not in ("unreachable", "blocked"):
            line.failures, line.why = 0, None
            return
        if outcome is line.why:
            return
        now = asyncio.get_running_loop().time()
        if now >= line.rests_until:
            line.failures += 1
            pause = min(_LONGEST_REST, _REST_SECONDS * 2 ** min(line.failures - 1, 10))
            line.rests_until = now + pause
        line.why = outcome


def _reason(error: BaseException) -> str:
    text = str(error) or ("no answer in time" if isinstance(error, TimeoutError) else "")
    return one_line(text or type(error).__name__, LONGEST_REASON)
