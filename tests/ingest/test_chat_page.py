"""The chat page in a browser: what a visitor writes is kept until it is stored, and shown."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.ingest.settings import IngestSettings
from services.ingest.settings.chat import ChatSettings
from shared.contracts.inbound import InboundChatMessageSent
from shared.service.process import Process
from shared.testing.access import Access
from tests.ingest.browser import PROGRAM, Tab, opened
from tests.ingest.chatroom import clock_in, replica
from tests.ingest.mailroom import Mailroom

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="needs Chromium")
_KEPT = "Object.keys(JSON.parse(localStorage.getItem(place)).unsent).length"


@pytest.fixture
async def api(
    settings: IngestSettings, access: Access, mailroom: Mailroom
) -> AsyncIterator[Process]:
    """The service with two companies: demo, where an agent is in, and other, where nobody is."""
    for tenant in ("demo", "other"):
        await access.know(mailroom.unit.database, tenant)
    await clock_in(mailroom.unit.database, "demo")
    chat = ChatSettings(poll=0.2, queue_poll=0.3)
    async with replica(settings.model_copy(update={"chat": chat, "http_port": 0})) as process:
        yield process


async def test_a_message_left_while_the_connection_is_lost_is_sent_once_it_is_back(
    api: Process, mailroom: Mailroom, tmp_path: Path
) -> None:
    async with opened(f"http://127.0.0.1:{api.port}/t/other/chat/web", tmp_path) as tab:
        await tab.until("!document.getElementById('mail-label').hidden")
        left = """socket.close(); $('mail').value = 'ana@example.com';
            $('text').value = 'Please write.'; $('write').requestSubmit(); """
        await tab.run(left)
        assert await _shown(tab, "Please write.")
        assert not await _shown(tab, "Thank you")
        assert await tab.run(_KEPT) == 1
        await tab.until("document.body.innerText.includes('Thank you')")
        await tab.until("token === null")
        await tab.until("$('state').dataset.on === 'yes'")
        assert await _shown(tab, "Thank you. We answer by mail.")
        assert await tab.run(_KEPT) == 0
        assert await tab.run("document.querySelectorAll('#log .mine').length") == 1
        [event] = await mailroom.announced(InboundChatMessageSent)
        assert event.data.text == "Please write."
        assert event.data.visitor.email == "ana@example.com"
        for width in (390, 1200):
            await tab.picture(tmp_path / f"left-{width}.png", width)


async def test_half_a_character_is_replaced_and_its_message_goes_out(
    api: Process, mailroom: Mailroom, tmp_path: Path
) -> None:
    async with opened(f"http://127.0.0.1:{api.port}/t/demo/chat/web", tmp_path) as tab:
        await tab.until("$('state').dataset.on === 'yes'")
        await tab.run(r"$('text').value = 'Half \ud83d, whole \u{1f600}'")
        await tab.run("$('write').requestSubmit()")
        await tab.until("document.querySelectorAll('#log .mine:not(.waiting)').length === 1")
        assert await tab.run(_KEPT) == 0
        [event] = await mailroom.announced(InboundChatMessageSent)
        assert event.data.text == "Half \ufffd, whole \U0001f600"


async def test_what_is_refused_says_so_at_its_line_and_is_not_sent_for_ever(
    api: Process, tmp_path: Path
) -> None:
    async with opened(f"http://127.0.0.1:{api.port}/t/other/chat/web", tmp_path) as tab:
        await tab.until("!document.getElementById('mail-label').hidden")
        await tab.run("$('mail').value = 'a'.repeat(70) + '@example.com'")
        await tab.run("$('text').value = 'Please write.'")
        await tab.run("$('write').requestSubmit()")
        await tab.until("document.body.innerText.includes('not sent')")
        assert await tab.run(_KEPT) == 0
        assert not await _shown(tab, "Thank you")


async def test_who_begins_too_many_chats_is_told_so_and_the_message_is_kept(
    settings: IngestSettings, access: Access, mailroom: Mailroom, tmp_path: Path
) -> None:
    await access.know(mailroom.unit.database, "demo")
    await clock_in(mailroom.unit.database, "demo")
    chat = ChatSettings(poll=0.2, queue_poll=60, chats_per_address=1)
    async with (
        replica(settings.model_copy(update={"chat": chat, "http_port": 0})) as process,
        opened(f"http://127.0.0.1:{process.port}/t/demo/chat/web", tmp_path) as tab,
    ):
        await tab.until("$('state').dataset.on === 'yes'")
        await tab.run("say('The first.')")
        await tab.until("document.querySelectorAll('#log .mine:not(.waiting)').length === 1")
        await tab.run("window.prompt = () => 'ana@example.com'; $('transcript').click()")
        await tab.until("$('note').textContent.includes('somebody has answered')")
        await tab.run("$('end').click()")
        await tab.until("token === null")
        await tab.run("say('The second.')")
        await tab.until("$('note').textContent.startsWith('Too many chats')")
        assert await tab.run(_KEPT) == 1
        for width in (390, 1200):
            await tab.picture(tmp_path / f"too-many-{width}.png", width)


async def _shown(tab: Tab, text: str) -> bool:
    return bool(await tab.run(f"document.body.innerText.includes({json.dumps(text)})"))
