"""Everything that a visitor's socket needs, in one place: accounts, keys, turns, listeners."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from uuid import UUID
from weakref import WeakValueDictionary

from services.ingest.chat.hub import Hub
from services.ingest.chat.limits import Bucket, Places
from services.ingest.chat.watch import Watch
from services.ingest.chat.wire import Wire
from services.ingest.domain.accounts import Account
from services.ingest.domain.chat.channel import BadChatSettings, ChatChannel, chat_channel
from services.ingest.domain.chat.happenings import Action
from services.ingest.domain.chat.passes import (
    FilePass,
    SessionPass,
    read_file,
    read_session,
    sign_file,
    sign_session,
)
from services.ingest.domain.chat.sessions import Chat, Entry, File, Key
from services.ingest.pressure import Pressure
from services.ingest.repository import Accounts
from services.ingest.repository.chat import Chats
from services.ingest.repository.chat_queue import Queues, signing_key
from services.ingest.settings.chat import ChatSettings
from services.ingest.usecases.chat_turns import ChatTimes, Taken, Turn, take_turns
from shared.messaging.events import command_cause
from shared.messaging.ids import new_id
from shared.messaging.intake import Intake
from shared.messaging.unit import UnitOfWork
from shared.service.clock import wall_clock
from shared.service.standing import Fresh
from shared.storage import ReadSession

_LINK = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Open:
    """A chat account that visitors may use now."""

    account: Account
    channel: ChatChannel


class ChatDesk:
    """One process's part of the live chat."""

    def __init__(
        self,
        unit: UnitOfWork,
        settings: ChatSettings,
        redis_url: str | None,
        pressure: Pressure,
    ) -> None:
        self.settings = settings
        self.pressure = pressure
        self.database = unit.database
        self.hub = Hub(
            unit.database, Wire(redis_url), poll=settings.poll, calm_poll=settings.calm_poll
        )
        self.hub.links = self._links
        self.watch = Watch(unit.database, self.hub, seconds=settings.queue_poll)
        self.places = Places(settings.connections, settings.connections_per_address)
        self.times = ChatTimes(
            timedelta(seconds=settings.idle), timedelta(days=settings.token_days)
        )
        self.take = partial(take_turns, times=self.times, told=self.hub.told)
        self._intake: Intake[Turn, Taken] = Intake(unit, self.take)
        self._accounts = Fresh(self._look_up)
        self._allowances: WeakValueDictionary[Key, Bucket] = WeakValueDictionary()
        self._key = settings.key.get_secret_value().encode() if settings.key else b""

    async def listen(self, stop: asyncio.Event) -> None:
        """Role api: hands out what is new until `stop` is set."""
        await asyncio.gather(self.hub.run(stop), self.watch.run(stop))

    async def close(self) -> None:
        """Ends what a process that never listens has opened."""
        await self.hub.close()

    async def act(self, key: Key, account: str | None, action: Action) -> Taken:
        """Takes one turn; returns once it is committed. Raises what the database raises."""
        turn = Turn(key, account, action, command_cause())
        return await self._intake.submit(turn, session=key[1].hex)

    async def open(self, tenant: str, account: str) -> Open | None:
        """The tenant's chat account, None where there is none that is served."""
        return await self._accounts.get(tenant, account)

    async def chat(self, key: Key) -> Chat | None:
        """A session as it is stored."""
        async with self.database.reading() as session:
            return (await Chats(session).find([key])).get(key)

    def allowance(self, key: Key) -> Bucket:
        """What a session may still send: the same for all its sockets, as long as it has one."""
        found = self._allowances.get(key)
        if found is None:
            found = self._allowances[key] = Bucket(self.settings.rate, self.settings.burst)
        return found

    async def stored(self, session: ReadSession, key: Key) -> Chat:
        """A session that is known to be stored, within a transaction."""
        return (await Chats(session).find([key]))[key]

    async def unlock(self) -> None:
        """Makes sure of the key; every socket asks first."""
        if not self._key:
            async with self.database.reading() as session:
                self._key = await signing_key(session)

    def admit(self, tenant: str, account: str, token: str | None) -> tuple[UUID, str] | None:
        """(session, token to go on with); None where the token is not one for this account."""
        if token is None:
            return self._issue(tenant, account, new_id())
        known = self.read(token)
        if known is None or (known.tenant, known.account) != (tenant, account):
            return None
        if wall_clock() - known.issued_at > timedelta(days=1):
            return self._issue(tenant, account, known.session)
        return known.session, token

    def read(self, token: str) -> SessionPass | None:
        """Whose session a token is; None where it is not good."""
        days = timedelta(days=self.settings.token_days)
        return read_session(self._key, token, wall_clock(), days)

    def link(self, tenant: str, session: UUID, file: File) -> str:
        """A token by which a file can be read for a day, and be sent in its session."""
        until = wall_clock() + _LINK
        return sign_file(self._key, FilePass(tenant, session, file, until))

    def file(self, token: str) -> FilePass | None:
        """What such a token is for; None where it is not good."""
        return read_file(self._key, token, wall_clock())

    def _issue(self, tenant: str, account: str, session: UUID) -> tuple[UUID, str]:
        made = SessionPass(tenant, account, session, wall_clock())
        return session, sign_session(self._key, made)

    def _links(self, key: Key, entry: Entry) -> list[str]:
        return [f"/v1/chat-files/{self.link(*key, file)}" for file in entry.files]

    async def _look_up(self, tenant: str, account: str) -> Open | None:
        async with self.database.reading() as session:
            found = (await Accounts(session).of_tenants([tenant])).get((tenant, account))
            served = await Queues(session).is_served(tenant)
        if found is None or found.kind != "chat" or not served:
            return None
        try:
            return Open(found, chat_channel(found.settings))
        except BadChatSettings:
            # Stored before settings were validated: nobody is invited, only our pages may embed it.
            return Open(found, ChatChannel())
