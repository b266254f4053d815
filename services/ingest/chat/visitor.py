"""What a visitor's frames do."""

from typing import Any

from services.ingest.chat import frames
from services.ingest.chat.desk import ChatDesk, Open
from services.ingest.chat.frames import encode, error, stamp
from services.ingest.chat.limits import Bucket
from services.ingest.chat.line import Line
from services.ingest.chat.quota import Quota
from services.ingest.chat.watch import tell_presence
from services.ingest.domain.chat.channel import Visit, choose_invitation
from services.ingest.domain.chat.happenings import (
    Action,
    AskPerson,
    End,
    Invite,
    Read,
    Say,
    WantTranscript,
)
from services.ingest.domain.chat.sessions import Chat, File
from services.ingest.domain.headers import Person
from services.ingest.domain.texts import clean
from services.ingest.usecases.chat_turns import Taken
from shared.messaging.errors import is_transient
from shared.service.clock import wall_clock

_REFUSALS = {
    "ended": "The session is over: say hello without a token.",
    "not-started": "Nothing was said yet.",
    "no-bot": "No bot holds this session.",
    "unknown": "There is no such invitation in this session.",
    "no-session": "Nothing was said yet.",
    "not-answered": "A transcript is mailed of chats that somebody has answered; ask again then.",
}


class Visitor:
    """One socket's visitor. Frames are taken one after another, so that messages keep order."""

    def __init__(
        self,
        desk: ChatDesk,
        line: Line,
        opened: Open,
        hello: frames.Hello,
        *,
        chat: Chat | None,
        quota: Quota,
    ) -> None:
        self.line = line
        self.patience = desk.settings.patience
        self._desk = desk
        self._opened = opened
        self._chat = chat
        self._quota = quota
        self._person = Person(hello.name, hello.email)
        self._language, self._page = hello.language, hello.page
        self._messages = desk.allowance(line.key)
        self._signals = Bucket(desk.settings.rate, desk.settings.burst)
        self._invited = dict(chat.invited) if chat else {}

    async def welcome(self, token: str) -> None:
        """Answers hello; the entries that the page has missed follow."""
        agents = await self._desk.watch.agents(self.line.key[0])
        greeting = self._opened.channel.greeting
        session = str(self.line.key[1])
        frame = frames.welcome(token, session, self._chat, online=agents > 0, greeting=greeting)
        self.line.push(encode(frame))
        self.line.told["online"] = True
        tell_presence(self.line, agents)

    async def answer(self, frame: dict[str, Any]) -> None:
        """Says something to this socket alone; waits for room, so that a slow one is not read."""
        await self.line.queue.put(encode(frame))

    def go_on(self) -> None:
        """There is room again for what was put off."""
        self.line.behind = False
        self._desk.hub.look({self.line.key})

    async def take(self, frame: frames.AnyFrame) -> None:
        """Does what a frame asks for, and answers."""
        match frame:
            case frames.Message() | frames.LeaveMessage():
                await self._say(frame)
            case frames.Typing() | frames.ReadMark():
                await self._signal(frame)
            case frames.Visited():
                await self._visit(frame)
            case frames.Hello():
                await self.answer(error("bad-frame", "hello was said already"))
            case frames.Transcript() if not await self._quota.transcript():
                detail = "Too many transcripts were asked for; ask again in ten minutes."
                await self.answer(error("too-many", detail))
            case _:
                await self._act(_ACTIONS[type(frame)](frame))

    async def _say(self, frame: frames.Message | frames.LeaveMessage) -> None:
        if self._desk.pressure.shortage is not None:
            await self._put_off(frame.id)
            return
        if not self._messages.take():
            detail = f"at most {self._desk.settings.rate:g} messages a second; send it again"
            await self.answer(error("too-fast", detail, frame.id))
            return
        said = await self._left(frame) if frame.type == "leave" else self._written(frame)
        if said is None:
            await self.answer(error("bad-file", "a file is not of this session", frame.id))
        elif not (said.text.strip() or said.files):
            await self.answer(error("empty", "there is neither a text nor a file", frame.id))
        elif not (self._has_begun or await self._quota.chat()):
            detail = "Too many chats begin here just now; it is sent again in a minute."
            await self.answer(error("too-many", detail, frame.id))
        elif (taken := await self._act(said, frame.id)) and taken.entry:
            entry = taken.entry
            await self.answer(
                {"type": "ack", "id": frame.id, "seq": entry.seq, "at": stamp(entry.at)}
            )

    @property
    def _has_begun(self) -> bool:
        """Whether anything was said in the session yet, by any of its sockets."""
        return bool(self.line.cursor or (self._chat and self._chat.seq))

    async def _left(self, frame: frames.LeaveMessage) -> Say:
        """The form's message; where somebody has come in meanwhile, it begins a chat."""
        self._person = Person(frame.name or self._person.name, frame.email)
        agents = await self._desk.watch.agents(self.line.key[0])
        return Say(
            id=frame.id, text=clean(frame.text), sent_at=wall_clock(), visitor=self._person,
            offline=agents == 0, language=self._language, page=self._page,
        )  # fmt: skip

    def _written(self, frame: frames.Message) -> Say | None:
        """The message; None where a file is not of this session."""
        files = self._files(frame.files)
        if files is None:
            return None
        return Say(
            id=frame.id, text=clean(frame.text), sent_at=frame.sent_at or wall_clock(),
            files=files, visitor=self._person, language=self._language, page=self._page,
        )  # fmt: skip

    def _files(self, tokens: list[str]) -> tuple[File, ...] | None:
        passes = [self._desk.file(token) for token in tokens]
        if any(one is None or (one.tenant, one.session) != self.line.key for one in passes):
            return None
        return tuple(one.file for one in passes if one)

    async def _act(self, action: Action, id: str | None = None) -> Taken | None:
        """Takes a turn; the visitor is told why where it was not taken."""
        try:
            taken = await self._desk.act(self.line.key, self.line.account, action)
        except Exception as failure:
            if not is_transient(failure):
                raise
            await self._put_off(id)
            return None
        if taken.refusal is not None:
            await self.answer(error(taken.refusal, _REFUSALS[taken.refusal], id))
        return taken

    async def _put_off(self, id: str | None) -> None:
        await self.answer(error("try-again", "It was not stored; send it again soon.", id))

    async def _signal(self, frame: frames.Typing | frames.ReadMark) -> None:
        if not self._signals.take():
            return
        if isinstance(frame, frames.Typing):
            signal: dict[str, Any] = {"type": "typing", "who": "visitor"}
        else:
            signal = {"type": "read", "who": "visitor", "seq": frame.seq}
            await self._desk.act(self.line.key, None, Read(frame.seq))
        self._desk.hub.signal(self.line.key, signal, self.line)

    async def _visit(self, frame: frames.Visited) -> None:
        self._page = frame.page
        if not self._signals.take() or (self._chat and self._chat.started_at):
            return
        visit = Visit(
            frame.page, frame.referrer, frame.time_on_page, frame.visits, self._language or ""
        )
        agents = await self._desk.watch.agents(self.line.key[0])
        chosen = choose_invitation(self._opened.channel, visit, agents, self._invited)
        if chosen is None or not await self._quota.invitation():
            return
        self._invited[chosen.id] = "shown"
        taken = await self._act(Invite(chosen.id, "shown", frame.page))
        if taken and taken.refusal is None:
            await self.answer({"type": "invitation", "id": chosen.id, "text": chosen.text})


_ACTIONS: dict[type[frames.Frame], Any] = {
    frames.Person: lambda frame: AskPerson(),
    frames.End: lambda frame: End("visitor"),
    frames.Transcript: lambda frame: WantTranscript(frame.email),
    frames.Invitation: lambda frame: Invite(frame.id, frame.outcome),
}
