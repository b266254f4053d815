"""A service dies while customers write: afterwards everything is there, once."""

import asyncio

import httpx
import pytest

from deploy.local.mail_sink import MailSink
from tests.journeys.desk import Desk, Json, eventually, is_acknowledged, mail

pytestmark = pytest.mark.journey
MAILS = 6


@pytest.mark.parametrize("dead", [("router",), ("sla", "metrics", "kb")], ids="-".join)
async def test_what_comes_in_while_services_are_dead_is_all_there_once_after_their_return(
    dead: tuple[str, ...], desk: Desk, mail_sink: MailSink
) -> None:
    for number in range(MAILS):
        await desk.send(_mail(desk, number))
        if number == MAILS // 2:
            for name in dead:
                await asyncio.to_thread(desk.suite.services[name].kill)
    for name in dead:
        desk.suite.services[name].start()
    await asyncio.to_thread(desk.suite.wait_ready)
    await _all_is_there_once(desk, mail_sink)


async def test_a_mail_whose_202_was_lost_with_ingest_can_be_sent_again(
    desk: Desk, mail_sink: MailSink
) -> None:
    senders = [
        asyncio.create_task(_send_until_accepted(desk, _mail(desk, number)))
        for number in range(MAILS)
    ]
    await asyncio.wait(senders, return_when=asyncio.FIRST_COMPLETED)
    await asyncio.to_thread(desk.suite.services["ingest"].kill)
    late = asyncio.create_task(_send_until_accepted(desk, _mail(desk, 0)))
    desk.suite.services["ingest"].start()
    await asyncio.gather(*senders, late)
    await asyncio.to_thread(desk.suite.wait_ready)
    await _all_is_there_once(desk, mail_sink)


def _address(desk: Desk, number: int) -> str:
    return f"c{number}@{desk.tenant}-customers.example"


def _mail(desk: Desk, number: int) -> bytes:
    text, id = "How do I reset my password?", f"<{number}@{desk.tenant}>"
    return mail(desk.tenant, _address(desk, number), text, id=id)


async def _send_until_accepted(desk: Desk, raw: bytes) -> None:
    async def accepted() -> bool:
        try:
            return bool(await desk.send(raw))
        except httpx.TransportError:
            return False

    await eventually(accepted, bool)


async def _all_is_there_once(desk: Desk, mail_sink: MailSink) -> None:
    found = await eventually(desk.tickets, lambda all: len(all) == MAILS)
    assert {one["customer"]["address"] for one in found} == {
        _address(desk, number) for number in range(MAILS)
    }
    for one in found:
        path = f"/v1/tickets/{one['id']}"
        ticket = await eventually(lambda p=path: desk.get("router", p), _is_complete)  # type: ignore[misc]
        assert ticket["message_count"] == 1
        assert [clock["kind"] for clock in ticket["clocks"]] == ["first-response", "resolution"]
    await desk.kpi("ticket-volume", lambda total: total["count"] == MAILS)
    assert [len(mail_sink.mails(_address(desk, number))) for number in range(MAILS)] == [1] * MAILS


def _is_complete(ticket: Json) -> bool:
    return bool(
        ticket["assignee"]
        and ticket["suggested_articles"]
        and len(ticket["clocks"]) == 2
        and is_acknowledged(ticket)
    )
