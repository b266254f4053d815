"""What a chat socket gets for bad input: an answer or a close code, never a traceback."""

import asyncio
import json
from collections.abc import AsyncIterator
from uuid import uuid4

import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from services.ingest.settings import IngestSettings
from services.ingest.settings.chat import ChatSettings
from shared.contracts.inbound import InboundChatMessageSent
from shared.service.process import Process
from shared.testing.access import Access
from tests.ingest.chatroom import SECONDS, Visitor, clock_in, dial, refused_with, replica
from tests.ingest.mailroom import Mailroom


@pytest.fixture
async def api(
    settings: IngestSettings, access: Access, mailroom: Mailroom
) -> AsyncIterator[Process]:
    for tenant in ("demo", "other"):
        await access.know(mailroom.unit.database, tenant)
        await clock_in(mailroom.unit.database, tenant)
    chat = ChatSettings(
        patience=1, rate=0.001, burst=3, connections_per_address=3, file_limit=2048, poll=0.2
    )
    async with replica(settings.model_copy(update={"chat": chat, "http_port": 0})) as process:
        yield process


@pytest.mark.parametrize("garbage", ["", "{", "[]", "null", '{"type":"fly"}', '{"type":"message"}'])
async def test_garbage_is_answered_and_the_socket_stays(api: Process, garbage: str) -> None:
    visitor = await Visitor.come(api.port)
    await visitor.connection.send(garbage)
    assert (await visitor.get("error"))["code"] == "bad-frame"
    assert (await visitor.say("m1"))["type"] == "ack"
    await visitor.close()


@pytest.mark.parametrize(
    ("garbled", "id"),
    [
        (r'{"type":"message","id":"c1","text":"half \ud83d"}', "c1"),
        ('{"type":"leave","id":"c2","email":"nobody","text":"Hi"}', "c2"),
        ('{"type":"message","id":"not an id","text":"Hi"}', None),
        ('{"type":"message","id":7,"text":"Hi"}', None),
        ("[" * 100_000, None),
    ],
)
async def test_a_garbled_frame_is_refused_by_its_id_where_it_has_one(
    api: Process, garbled: str, id: str | None
) -> None:
    visitor = await Visitor.come(api.port)
    await visitor.connection.send(garbled)
    refused = await visitor.get("error", code="bad-frame")
    assert refused.get("id") == id
    await visitor.close()


async def test_ten_garbled_frames_are_enough(api: Process) -> None:
    visitor = await Visitor.come(api.port)
    for _ in range(10):
        await visitor.connection.send("{")
    assert await _closed(visitor) == 1008


async def test_a_binary_frame_closes(api: Process) -> None:
    visitor = await Visitor.come(api.port)
    await visitor.connection.send(b"\x00\xff")
    assert await _closed(visitor) == 1003


async def test_a_huge_frame_closes_and_a_long_text_is_refused(api: Process) -> None:
    visitor = await Visitor.come(api.port)
    await visitor.send("message", id="m1", text="ü" * 40_000)
    assert (await visitor.get("error"))["code"] == "bad-frame"
    await visitor.connection.send("x" * 300_000)
    assert await _closed(visitor) == 1009


async def test_a_text_of_64_kib_is_taken(api: Process) -> None:
    visitor = await Visitor.come(api.port)
    assert (await visitor.say("m1", "x" * 65_536))["type"] == "ack"
    await visitor.close()


async def test_a_socket_without_hello_is_closed(api: Process) -> None:
    connection = await dial(api.port)
    with pytest.raises(ConnectionClosed) as closed:
        await asyncio.wait_for(connection.recv(), SECONDS)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1008


@pytest.mark.parametrize("broken", ["nonsense", "a.b", "", "ü"])
async def test_a_wrong_token_is_refused(api: Process, broken: str) -> None:
    assert await _refused(api.port, broken) == 4401


async def test_a_changed_token_is_refused(api: Process) -> None:
    visitor = await Visitor.come(api.port)
    body, _, mac = visitor.token.partition(".")
    assert await _refused(api.port, f"{body}.{mac[:-2]}AA") == 4401
    await visitor.close()


async def test_a_token_of_another_tenant_is_refused(api: Process) -> None:
    visitor = await Visitor.come(api.port, tenant="other")
    assert await _refused(api.port, visitor.token) == 4401
    await visitor.close()


async def test_unknown_accounts_and_foreign_pages_are_refused_before_the_upgrade(
    api: Process, mailroom: Mailroom
) -> None:
    assert await refused_with(api.port, account="mail") == 404
    assert await refused_with(api.port, account="nowhere") == 404
    assert await refused_with(api.port, tenant="nobody") == 404
    assert await refused_with(api.port, origin="https://evil.example") == 403
    visitor = await Visitor.come(api.port, origin=f"http://127.0.0.1:{api.port}")
    await visitor.close()


async def test_one_address_has_so_many_sockets(api: Process) -> None:
    visitors = [await Visitor.come(api.port) for _ in range(3)]
    assert await refused_with(api.port) == 429
    for visitor in visitors:
        await visitor.close()


async def test_too_many_messages_are_put_off_and_not_stored(
    api: Process, mailroom: Mailroom
) -> None:
    one = await Visitor.come(api.port)
    two = await Visitor.come(api.port, token=one.token)
    answers = [await one.say(f"m{number}") for number in range(2)]
    answers += [await two.say(f"n{number}") for number in range(2)]
    assert [answer["type"] for answer in answers] == ["ack", "ack", "ack", "error"]
    assert answers[-1]["code"] == "too-fast"
    assert len(await mailroom.announced(InboundChatMessageSent)) == 3
    await one.close()
    await two.close()


async def test_a_cursor_beyond_the_end_misses_nothing(api: Process) -> None:
    visitor = await Visitor.come(api.port)
    await visitor.say("m1")
    again = await Visitor.come(api.port, token=visitor.token, cursor=2**31 - 1)
    await again.say("m2")
    assert (await again.entry(2))["id"] == "m2"
    await visitor.close()
    await again.close()


async def test_files_need_a_token_a_type_and_a_size(api: Process) -> None:
    visitor = await Visitor.come(api.port)
    url = f"http://127.0.0.1:{api.port}/v1/chat/web/files?tenant=demo&name=a.png"
    good = {"Authorization": f"Bearer {visitor.token}", "Content-Type": "image/png"}
    async with httpx.AsyncClient() as client:
        statuses = [
            (await client.post(url, content=b"x", headers=good | change)).status_code
            for change in (
                {"Authorization": "Bearer nonsense"},
                {"Content-Type": "application/x-sh"},
                {"Origin": "https://evil.example"},
            )
        ]
        statuses.append((await client.post(url, content=b"x" * 4096, headers=good)).status_code)
        statuses.append((await client.post(url, content=b"", headers=good)).status_code)
        assert statuses == [401, 415, 403, 413, 422]
        uploaded = (await client.post(url, content=b"picture", headers=good)).json()
        await visitor.send("message", id="m1", text="", files=[uploaded["file"]])
        entry = await visitor.entry(1)
        [file] = entry["files"]
        answer = await client.get(f"http://127.0.0.1:{api.port}{file['href']}")
        assert answer.content == b"picture"
        assert answer.headers["content-disposition"].startswith("attachment")
        assert (await client.get(f"http://127.0.0.1:{api.port}/v1/chat-files/x")).status_code == 404
    await visitor.close()


async def test_a_file_of_another_session_cannot_be_sent(api: Process) -> None:
    one, two = await Visitor.come(api.port), await Visitor.come(api.port)
    url = f"http://127.0.0.1:{api.port}/v1/chat/web/files?tenant=demo&name=a.png"
    headers = {"Authorization": f"Bearer {one.token}", "Content-Type": "image/png"}
    async with httpx.AsyncClient() as client:
        uploaded = (await client.post(url, content=b"picture", headers=headers)).json()
    await two.send("message", id="m1", text="", files=[uploaded["file"]])
    assert (await two.get("error"))["code"] == "bad-file"
    await one.close()
    await two.close()


async def test_agents_see_and_end_only_chats_of_their_tenant(
    api: Process, access: Access, mailroom: Mailroom
) -> None:
    visitor = await Visitor.come(api.port)
    await visitor.say("m1")
    url = f"http://127.0.0.1:{api.port}/v1/chats/{visitor.session}"
    stranger = access.service("other", "messages:read", "tickets:write")
    agent = access.service("demo", "messages:read", "tickets:write")
    async with httpx.AsyncClient() as client:
        assert (await client.get(url, headers=stranger)).status_code == 404
        assert (await client.post(f"{url}/end", headers=stranger)).status_code == 404
        assert (await client.get(url, headers=agent)).json()["state"] == "waiting"
        typing = await client.post(f"{url}/signals", json={"type": "typing"}, headers=agent)
        assert typing.status_code == 204
        assert (await visitor.get("typing"))["who"] == "agent"
        key = {"Idempotency-Key": str(uuid4())}
        assert (await client.post(f"{url}/end", headers=agent | key)).json()["state"] == "ended"
        assert (await client.post(f"{url}/end", headers=agent)).status_code == 409
    assert (await visitor.entry(2))["kind"] == "ended"
    await visitor.close()


async def test_the_page_to_try_it_is_served_for_a_chat_only(api: Process) -> None:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{api.port}") as client:
        page = await client.get("/t/demo/chat/web")
        assert page.status_code == 200
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert (await client.get("/t/demo/chat/mail")).status_code == 404


async def _closed(visitor: Visitor) -> int | None:
    async with asyncio.timeout(SECONDS):
        await visitor.connection.wait_closed()
    return visitor.connection.close_code


async def _refused(port: int, token: str) -> int:
    connection = await dial(port)
    await connection.send(json.dumps({"type": "hello", "token": token}))
    async with asyncio.timeout(SECONDS):
        await connection.wait_closed()
    return connection.close_code or 0
