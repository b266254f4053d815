"""Files of chat visitors: looked at, counted, bounded, and gone when no message names them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from services.ingest.api import chat_files
from services.ingest.blob_sweep import BlobSweep
from services.ingest.settings import IngestSettings
from services.ingest.settings.chat import ChatSettings
from shared.contracts.inbound import ChatFile, InboundChatMessageSent
from shared.contracts.messages import MessageReceived
from shared.contracts.payload import BlobRef
from shared.messaging import Received
from shared.service.process import Process
from shared.storage import BlobStore, UnknownBlob
from shared.testing.access import Access
from tests.ingest.chatroom import SECONDS, Backstage, Visitor, clock_in, replica
from tests.ingest.mailroom import Mailroom, chat
from tests.ingest.test_blobs import PNG, PROGRAM, VIRUS, clamd

URL = "/v1/chat/web/files?tenant=demo&name=a.png"
CHAT = ChatSettings(file_limit=4096, files_per_address=3, poll=0.2)


class Page:
    """A visitor's page: its socket, and files by HTTP."""

    def __init__(self, process: Process, visitor: Visitor, client: httpx.AsyncClient) -> None:
        self.process, self.visitor, self.client = process, visitor, client

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.visitor.token}", "Content-Type": "image/png"}

    async def upload(self, data: bytes = PNG, **changed: str) -> httpx.Response:
        return await self.client.post(URL, content=data, headers=self.headers | changed)


@asynccontextmanager
async def opened(settings: IngestSettings, **changed: Any) -> AsyncIterator[Page]:
    changed = {"chat": CHAT, "http_port": 0} | changed
    async with replica(settings.model_copy(update=changed)) as process:
        visitor = await Visitor.come(process.port)
        base = f"http://127.0.0.1:{process.port}"
        async with httpx.AsyncClient(base_url=base) as client:
            yield Page(process, visitor, client)
        await visitor.close()


@pytest.fixture
async def known(access: Access, mailroom: Mailroom) -> None:
    await access.know(mailroom.unit.database, "demo")
    await clock_in(mailroom.unit.database, "demo")


@pytest.mark.usefixtures("known")
async def test_a_visitors_file_is_what_its_bytes_say_and_programs_are_refused(
    settings: IngestSettings,
) -> None:
    async with opened(settings) as page:
        assert (await page.upload(PNG, **{"Content-Type": "text/plain"})).json()["type"] == (
            "image/png"
        )
        assert (await page.upload(PROGRAM)).status_code == 415
        assert (await page.upload(b"OggS" + bytes(40))).status_code == 415


@pytest.mark.usefixtures("known")
async def test_clamd_sees_a_visitors_file_before_it_is_kept(settings: IngestSettings) -> None:
    async with clamd() as (fake, address), opened(settings, clamd_address=address) as page:
        ill = await page.upload(PNG + VIRUS)
        assert (ill.status_code, ill.json()["type"].endswith("virus")) == (422, True)
        fake.answer = b""
        assert (await page.upload()).status_code == 503


@pytest.mark.usefixtures("known")
async def test_one_address_sends_so_many_files_whatever_sessions_it_opens(
    settings: IngestSettings,
) -> None:
    async with opened(settings) as page:
        assert [(await page.upload()).status_code for _ in range(3)] == [201] * 3
        page.visitor = await Visitor.come(page.process.port)
        answer = await page.upload()
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "600")
        await page.visitor.close()


@pytest.mark.usefixtures("known")
async def test_a_file_is_put_off_while_the_disk_is_nearly_full(settings: IngestSettings) -> None:
    async with opened(settings, free_disk=2**60) as page:
        answer = await page.upload()
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")


@pytest.mark.usefixtures("known")
async def test_what_a_visitor_says_is_put_off_while_the_disk_is_nearly_full(
    settings: IngestSettings, mailroom: Mailroom
) -> None:
    async with opened(settings, free_disk=2**60) as page:
        answer = await page.visitor.say("m1")
        assert (answer["type"], answer["code"]) == ("error", "try-again")
        await page.visitor.send("leave", id="l1", email="ana@example.com", text="Please write.")
        assert (await page.visitor.get("error", id="l1"))["code"] == "try-again"
    assert await mailroom.announced(InboundChatMessageSent) == []


@pytest.mark.usefixtures("known")
async def test_unfinished_files_hold_no_more_memory_than_there_is_room_for(
    settings: IngestSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chat_files, "_WAIT_SECONDS", 0.2)
    chat = CHAT.model_copy(update={"files_per_address": 100})
    async with opened(settings, chat=chat) as page:
        lines = [await _begun(page) for _ in range(8)]
        async with asyncio.timeout(SECONDS):
            while (answer := await page.upload(bytes(4096))).status_code == 201:
                pass
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        for line in lines:
            line.close()
            await line.wait_closed()


async def _begun(page: Page) -> asyncio.StreamWriter:
    """A file whose second half does not come."""
    _reader, writer = await asyncio.open_connection("127.0.0.1", page.process.port)
    fields = page.headers | {"Host": "test", "Content-Length": "4096"}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    writer.write(f"POST {URL} HTTP/1.1\r\n{head}\r\n".encode() + bytes(2048))
    await writer.drain()
    return writer


@pytest.mark.usefixtures("known")
async def test_a_visitors_file_goes_in_two_days_unless_a_message_names_it(
    settings: IngestSettings, mailroom: Mailroom, blobs: BlobStore, now: datetime
) -> None:
    async with opened(settings) as page:
        named = (await page.upload(PNG)).json()["file"]
        dropped = (await page.upload(PNG + b"2")).json()["file"]
        await page.visitor.send("message", id="m1", text="", files=[named])
        await page.visitor.get("ack")
    desk = Backstage(mailroom.unit, settings).desk
    await desk.unlock()
    keys = [known.file.blob.key for token in (named, dropped) if (known := desk.file(token))]
    await desk.close()
    [said] = await mailroom.announced(InboundChatMessageSent)
    assert [file.blob.key for file in said.data.files] == keys[:1]
    sweep = BlobSweep(mailroom.unit, blobs)
    assert await sweep.sweep(now + timedelta(hours=47)) == 0
    assert await sweep.sweep(now + timedelta(hours=49)) == 2
    assert await blobs.get(keys[0]) == PNG
    with pytest.raises(UnknownBlob):
        await blobs.get(keys[1])


@pytest.mark.parametrize(
    "changed",
    [
        {"key": f"ingest/demo/{'0' * 64}"},
        {"key": "ingest/demo/../other/{sha256}"},
        {"key": "ingest/other/{sha256}"},
        {"sha256": "0" * 64},
        {"size": len(PNG) + 1},
    ],
)
async def test_a_file_that_is_not_what_its_event_says_is_parked_and_not_announced(
    mailroom: Mailroom, blobs: BlobStore, changed: dict[str, Any]
) -> None:
    key = await blobs.put("ingest", "demo", PNG)
    await blobs.put("ingest", "other", PNG)
    good = {"key": key, "size": len(PNG), "sha256": key.rpartition("/")[2]}
    if "key" in changed:
        changed = {"key": changed["key"].format(**good)}
    broken, whole = with_file(1, good | changed), with_file(2, good)
    await mailroom.chats(broken, chat("web-1", 3), whole)
    assert mailroom.refused.keys() == {broken.uid}
    assert mailroom.refused[broken.uid][0] == "missing-blob"
    announced = await mailroom.announced(MessageReceived)
    assert [len(event.data.attachments) for event in announced] == [0, 1]


def with_file(number: int, blob: dict[str, Any]) -> Received[Any]:
    """A message of an adapter's chat with one file."""
    said = chat("web-1", number)
    file = ChatFile(name="a.png", blob=BlobRef(media_type="image/png", **blob))
    data = said.data.model_copy(update={"files": (file,)})
    return Received(said.uid, said.event, data, said.at)
