"""What agents and programs do about live chats, beside answering through router."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field
from starlette.responses import Response

from services.ingest.chat.desk import ChatDesk
from services.ingest.domain.chat.happenings import End
from services.ingest.domain.chat.sessions import Chat
from services.ingest.usecases.chat_turns import Turn
from shared.service import (
    COMMAND,
    NOT_FOUND,
    Caller,
    Command,
    Conflict,
    NotFound,
    Work,
    command,
    require,
)


class ChatView(BaseModel):
    """How a chat session stands."""

    id: UUID = Field(description="The session's id, which is also its conversation's")
    account: str = Field(description="The channel account that it is on")
    state: Literal["open", "bot", "waiting", "active", "ended"]
    seq: int = Field(description="Number of its last entry")
    read_seq: int = Field(description="How far the visitor has read")
    messages: int = Field(description="What the visitor has written")
    replies: int = Field(description="What was answered, by the bot and by people")

    @classmethod
    def of(cls, chat: Chat) -> "ChatView":
        """From the domain."""
        return cls.model_validate(chat, from_attributes=True)


class Signal(BaseModel):
    """Something that the visitor sees at once and that may be lost."""

    type: Literal["typing", "read"]
    seq: int | None = Field(None, ge=0, description="Of `read`: the last entry that was read")


def add_routes(routes: APIRouter, desk: ChatDesk) -> None:
    """GET /chats/{id}, POST /chats/{id}/signals and /chats/{id}/end."""

    @routes.get("/chats/{id}", tags=["chat"], responses=NOT_FOUND)
    async def show(
        id: UUID, caller: Annotated[Caller, Depends(require("messages:read"))]
    ) -> ChatView:
        """How a chat session stands; its id is its conversation's."""
        chat = await desk.chat((caller.tenant, id))
        if chat is None:
            raise NotFound("chat", id)
        return ChatView.of(chat)

    @routes.post("/chats/{id}/signals", tags=["chat"], status_code=204)
    async def signal(
        id: UUID, asked: Signal, caller: Annotated[Caller, Depends(require("tickets:write"))]
    ) -> None:
        """Show the visitor that an agent is typing or has read; nothing is stored."""
        frame = {"type": asked.type, "who": "agent"}
        if asked.seq is not None:
            frame |= {"seq": asked.seq}  # type: ignore[dict-item]
        desk.hub.signal((caller.tenant, id), frame)

    @routes.post(
        "/chats/{id}/end", tags=["chat"], response_model=ChatView, responses=NOT_FOUND | COMMAND
    )
    async def end(
        id: UUID, command: Annotated[Command, Depends(command("tickets:write"))]
    ) -> Response:
        """End a chat session."""
        caller = command.caller
        agent = UUID(caller.subject) if caller.kind == "agent" else None
        key = caller.tenant, id

        async def effect(work: Work) -> ChatView:
            turn = Turn(key, None, End("agent", agent), work.cause)
            taken = (await desk.take(work.session, work.outbox, [turn], work.now))[0]
            if taken.refusal == "no-session":
                raise NotFound("chat", id)
            if taken.refusal is not None:
                raise Conflict("The chat has ended, or nothing was said in it yet.")
            return ChatView.of(await desk.stored(work.session, key))

        return await command.run(effect)
