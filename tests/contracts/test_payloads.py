"""The limits and keys of payloads that their schemas alone do not state."""

import base64
import hashlib
from datetime import UTC, datetime, timedelta, timezone

import pytest
from pydantic import ValidationError

from shared.contracts.inbound import InboundChatMessageSent, InboundEmailReceived
from shared.contracts.metrics import MetricUpdated
from shared.contracts.payload import MAX_TEXT_BYTES, BlobRef

NOW = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)


def mail(raw: bytes) -> InboundEmailReceived:
    return InboundEmailReceived(raw=base64.b64encode(raw).decode(), received_at=NOW)


def chat(text: str) -> InboundChatMessageSent:
    return InboundChatMessageSent(session_id="s", message_id="1", text=text, sent_at=NOW)


def figure(window_start: datetime, **dimensions: str) -> MetricUpdated:
    return MetricUpdated(
        tenant="demo",
        metric="backlog",
        unit="tickets",
        direction="lower-is-better",
        dimensions=dimensions,
        window="hour",
        window_start=window_start,
        count=1,
        updated_at=NOW,
    )


@pytest.mark.parametrize("letter", ["a", "é", "は", "😬"])
def test_a_text_may_have_64_kib_of_utf8_and_not_a_byte_more(letter: str) -> None:
    most = MAX_TEXT_BYTES // len(letter.encode())
    assert len(chat(letter * most).text) == most
    with pytest.raises(ValidationError):
        chat(letter * (most + 1))


def test_a_mail_inside_may_have_64_kib_and_not_a_byte_more() -> None:
    raw = b"x" * MAX_TEXT_BYTES
    assert mail(raw).decoded() == raw
    with pytest.raises(ValidationError, match="send it as a blob"):
        mail(raw + b"x")


@pytest.mark.parametrize("raw", ["QQ", "Q Q=", "QQ==\n", "Q-_=", "🙂"])
def test_a_mail_inside_is_strict_base64(raw: str) -> None:
    with pytest.raises(ValidationError, match=r"not base64|ASCII"):
        InboundEmailReceived(raw=raw, received_at=NOW)


def test_a_mail_is_keyed_by_the_hash_of_its_bytes_wherever_they_lie() -> None:
    sha256 = hashlib.sha256(b"mail").hexdigest()
    blob = BlobRef(key=f"ingest/demo/{sha256}", size=4, sha256=sha256)
    assert mail(b"mail").record_key() == sha256
    assert InboundEmailReceived(blob=blob, received_at=NOW).record_key() == sha256
    assert InboundEmailReceived(blob=blob, received_at=NOW).decoded() is None


def test_a_figure_has_one_key_however_its_dimensions_and_time_are_written() -> None:
    tokyo = NOW.astimezone(timezone(timedelta(hours=9)))
    key = "demo/backlog/channel=email,team=billing/hour/2026-11-02T08:00:00Z"
    assert figure(NOW, team="billing", channel="email").record_key() == key
    assert figure(tokyo, channel="email", team="billing").record_key() == key
    assert figure(NOW).record_key() == "demo/backlog//hour/2026-11-02T08:00:00Z"


def test_different_figures_never_share_a_key() -> None:
    tricky = [
        figure(NOW, channel="b,team=a"),
        figure(NOW, team="a", channel="b"),
        figure(NOW, channel="b%2Cteam%3Da"),
        figure(NOW, team="a/b"),
    ]
    assert len({it.record_key() for it in tricky}) == len(tricky)
