"""What visitors' pages and the server say to each other: one JSON object in each text frame."""

import json
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter

from services.ingest.domain.accounts import is_mail_address
from services.ingest.domain.chat.sessions import Chat, Entry
from shared.contracts.payload import EARLIEST, LATEST, Text


def _one_line(text: str) -> str:
    if not text.isprintable() or not text.strip():
        raise ValueError("must be printable text on one line")
    return text.strip()


def _is_mail(text: str) -> str:
    if not is_mail_address(text):
        raise ValueError("must be a mail address")
    return text


Name = Annotated[str, Field(max_length=200), AfterValidator(_one_line)]
Mail = Annotated[str, Field(max_length=320), AfterValidator(_is_mail)]
Id = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9._:-]+$")]
Language = Annotated[str, Field(max_length=35, pattern=r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$")]
Page = Annotated[str, Field(max_length=2000)]
Moment = Annotated[AwareDatetime, Field(ge=EARLIEST, lt=LATEST)]
Number = Annotated[int, Field(ge=0, le=2**31 - 1)]


class Frame(BaseModel):
    """A frame of a page's; fields that we do not know are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Hello(Frame):
    """The first frame. token: of a session to go on with. cursor: the last entry that it has."""

    type: Literal["hello"]
    token: str | None = Field(None, max_length=4096)
    cursor: Number = 0
    name: Name | None = None
    email: Mail | None = None
    language: Language | None = None
    page: Page | None = None


class Message(Frame):
    """id: the client's own, the same for each retry. files: what the upload answered."""

    type: Literal["message"]
    id: Id
    text: Text = ""
    sent_at: Moment | None = None
    files: list[Annotated[str, Field(max_length=4096)]] = Field(default=[], max_length=10)


class LeaveMessage(Frame):
    """The form that is shown while nobody is in."""

    type: Literal["leave"]
    id: Id
    email: Mail
    name: Name | None = None
    text: Annotated[Text, Field(min_length=1)]


class Typing(Frame):
    """The visitor is typing."""

    type: Literal["typing"]


class ReadMark(Frame):
    """The visitor has seen everything up to an entry."""

    type: Literal["read"]
    seq: Number


class Person(Frame):
    """The visitor wants a person rather than the bot."""

    type: Literal["person"]


class Visited(Frame):
    """Where the visitor is; what invitations are chosen by."""

    type: Literal["page"]
    page: Page
    referrer: Page = ""
    time_on_page: Number = 0
    visits: Number = 1


class Invitation(Frame):
    """What the visitor made of an invitation."""

    type: Literal["invitation"]
    id: Annotated[str, Field(min_length=1, max_length=60)]
    outcome: Literal["accepted", "dismissed"]


class Transcript(Frame):
    """Mail the transcript there when the session ends."""

    type: Literal["transcript"]
    email: Mail


class End(Frame):
    """The visitor ends the session."""

    type: Literal["end"]


AnyFrame = Annotated[
    Hello | Message | LeaveMessage | Typing | ReadMark | Person | Visited | Invitation | Transcript
    | End,
    Field(discriminator="type"),
]  # fmt: skip
_reader: TypeAdapter[AnyFrame] = TypeAdapter(AnyFrame)
_ids: TypeAdapter[str] = TypeAdapter(Id)


def read_frame(text: str) -> AnyFrame:
    """A page's frame; raises ValueError (pydantic's, which names fields)."""
    return _reader.validate_json(text)


def id_of(text: str) -> str | None:
    """The id of a frame that cannot be read as a whole, where it has a good one."""
    try:
        frame = json.loads(text)
        return _ids.validate_python(frame["id"]) if isinstance(frame, dict) else None
    except (ValueError, KeyError, RecursionError):
        return None


def entry_frame(entry: Entry, links: list[str]) -> dict[str, Any]:
    """A line of the session. links: where each of its files can be read."""
    frame: dict[str, Any] = {
        "type": "entry", "seq": entry.seq, "kind": entry.kind, "at": stamp(entry.at),
    }  # fmt: skip
    if entry.client_id.startswith("v:"):
        frame["id"] = entry.client_id.removeprefix("v:")
    if entry.author:
        frame["author"] = entry.author
    if entry.text:
        frame["text"] = entry.text
    if entry.files:
        frame["files"] = [
            {"name": file.name, "type": file.blob.media_type, "size": file.blob.size, "href": href}
            for file, href in zip(entry.files, links, strict=True)
        ]
    return frame


def welcome(
    token: str, session: str, chat: Chat | None, *, online: bool, greeting: str | None
) -> dict[str, Any]:
    """The answer to hello."""
    return {
        "type": "welcome", "token": token, "session": session, "seq": chat.seq if chat else 0,
        "state": chat.state if chat else "open", "read": chat.read_seq if chat else 0,
        "online": online, "greeting": greeting,
    }  # fmt: skip


OFFLINE = {
    "type": "offline",
    "fields": [
        {"name": "email", "required": True},
        {"name": "name", "required": False},
        {"name": "text", "required": True},
    ],
}
"""Nobody is in: what a `leave` frame needs."""


def error(code: str, detail: str, id: str | None = None) -> dict[str, Any]:
    """Something was not done. id: of the message that it was."""
    frame = {"type": "error", "code": code, "detail": detail}
    return frame if id is None else {**frame, "id": id}


def encode(frame: dict[str, Any]) -> str:
    """As it goes over the line."""
    return json.dumps(frame, ensure_ascii=False, separators=(",", ":"))


def stamp(at: datetime) -> str:
    """RFC 3339, milliseconds."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
