"""A form and a missed call, from a page and a telephone system to tickets and answers."""

import base64
import hashlib
import hmac
import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from deploy.local.mail_sink import MailSink
from tests.journeys.desk import Desk, entries

pytestmark = pytest.mark.journey
KEY = b"the telephone system's key"


async def takes(desk: Desk, channel: str) -> None:
    """Has the team take a channel, too."""
    channels = [{"channel": name} for name in ("email", "chat", channel)]
    await desk.do("router", "PUT", "/v1/teams/support", {"name": "Support", "takes": channels})


async def test_a_form_becomes_a_ticket_and_its_answer_a_mail(
    desk: Desk, mail_sink: MailSink
) -> None:
    await takes(desk, "form")
    await desk.do("ingest", "PUT", "/v1/channels/contact", {"kind": "form", "name": "Contact"})
    sender = f"ana@{desk.tenant}.customer.example"
    filled = {"name": "Ana", "email": sender, "subject": "Invoice", "message": "Where is it?"}
    url = f"{desk.suite.addresses['ingest']}/v1/forms/{desk.tenant}/contact"
    for _ in range(2):
        answer = await desk.client.post(url, json=filled, headers={"Idempotency-Key": "once"})
        assert answer.status_code == 202
    ticket = await desk.ticket(lambda t: t["assignee"])
    assert (ticket["channel"], ticket["subject"]) == ("form", "Invoice")
    assert [entry["text"] for entry in entries(ticket, "message")] == ["Where is it?"]
    await desk.act(ticket, "reply", {"text": "Here it is."})
    await desk.ticket(lambda t: [e["delivery"] for e in entries(t, "reply")] == ["sent"])
    [mail] = await mail_sink.wait_for(sender)
    assert mail.message["From"].endswith(f"<help@{desk.tenant}.example>")
    assert mail.message["Subject"] == "Re: Invoice"


async def test_a_missed_call_becomes_a_ticket_that_is_due_when_its_caller_wishes(
    desk: Desk,
) -> None:
    await takes(desk, "voice")
    folder = Path(desk.suite.environment("ingest")["INGEST_SECRETS_FOLDER"]) / desk.tenant
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "phone").write_text(f"whsec_{base64.b64encode(KEY).decode()}")
    account = {
        "kind": "voice", "name": "Phone", "settings": {"region": "DE"},
        "secrets": {"signing-secret": f"file:{desk.tenant}/phone"},
    }  # fmt: skip
    await desk.do("ingest", "PUT", "/v1/channels/phone", account)
    now = datetime.now(UTC).replace(microsecond=0)
    wish = (now + timedelta(hours=3)).isoformat().replace("+00:00", "Z")
    call = {"call_id": "7001", "caller": "030 1234567"}
    started = {"event": "call", "at": (now - timedelta(seconds=20)).isoformat()} | call
    missed = {"event": "missed", "at": now.isoformat(), "wished_at": wish} | call
    # The end is told before the beginning.
    for event in (missed, started, missed):
        await _ring(desk, event)
    ticket = await desk.ticket(lambda t: t["assignee"])
    assert ticket["customer"]["address"] == "+49301234567"
    assert ticket["due_at"] == wish
    [message] = entries(ticket, "message")
    assert message["text"].startswith("Missed call, waited 20 s\n")


async def _ring(desk: Desk, event: dict[str, Any]) -> None:
    body, stamp = json.dumps(event), str(int(time.time()))
    digest = hmac.new(KEY, f"ring.{stamp}.{body}".encode(), hashlib.sha256).digest()
    signature = f"v1,{base64.b64encode(digest).decode()}"
    headers = {
        "webhook-id": "ring", "webhook-timestamp": stamp, "webhook-signature": signature,
    }  # fmt: skip
    url = f"{desk.suite.addresses['ingest']}/v1/voice/{desk.tenant}/phone"
    answer = await desk.client.post(url, content=body, headers=headers)
    assert answer.status_code == 200, answer.text
