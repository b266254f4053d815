"""Which pages a chat account lets connect, upload, and embed its own page."""

from collections.abc import AsyncIterator

import httpx
import pytest

from services.ingest.settings import IngestSettings
from services.ingest.usecases.set_up_account import Wanted, set_up_account
from shared.service.process import Process
from shared.testing.access import Access
from tests.ingest.chatroom import Visitor, refused_with, replica
from tests.ingest.mailroom import Mailroom


@pytest.fixture
async def api(
    settings: IngestSettings, access: Access, mailroom: Mailroom
) -> AsyncIterator[Process]:
    await access.know(mailroom.unit.database, "demo")
    async with replica(settings.model_copy(update={"http_port": 0})) as process:
        yield process


async def test_an_origin_that_the_account_names_is_let_in(api: Process, mailroom: Mailroom) -> None:
    wanted = Wanted("demo", "shop", "chat", None, "Shop", "internal",
                    {"origins": ["https://shop.example"]}, {})  # fmt: skip
    async with mailroom.unit.begin() as (session, _outbox, now):
        await set_up_account(session, wanted, lambda _version: None, now)
    visitor = await Visitor.come(api.port, account="shop", origin="https://shop.example")
    assert await refused_with(api.port, account="shop", origin="https://evil.example") == 403
    await visitor.close()
    own = f"http://127.0.0.1:{api.port}"
    visitor = await Visitor.come(api.port, account="shop", origin=own)
    await visitor.close()
    async with httpx.AsyncClient(base_url=own) as client:
        policy = (await client.get("/t/demo/chat/shop")).headers["content-security-policy"]
    assert "frame-ancestors 'self' https://shop.example;" in policy


async def test_an_origin_that_is_no_address_is_refused_as_a_foreign_one(api: Process) -> None:
    visitor = await Visitor.come(api.port)
    assert await refused_with(api.port, origin="http://[") == 403
    url = f"http://127.0.0.1:{api.port}/v1/chat/web/files?tenant=demo&name=a.png"
    headers = {"Authorization": f"Bearer {visitor.token}", "Origin": "http://["}
    async with httpx.AsyncClient() as client:
        assert (await client.post(url, content=b"x", headers=headers)).status_code == 403
        assert (await client.options(url, headers=headers)).status_code == 403
    await visitor.close()
