"""What a chat account may set, and the passes that visitors hold."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.domain.chat.channel import (
    BadChatSettings,
    Visit,
    chat_channel,
    choose_invitation,
)
from services.ingest.domain.chat.passes import (
    FilePass,
    SessionPass,
    read_file,
    read_session,
    sign_file,
    sign_session,
)
from services.ingest.domain.chat.sessions import File
from services.ingest.domain.messages import Blob

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
KEY = b"k" * 32


@pytest.mark.parametrize(
    "bad",
    [
        {"origins": ["shop.example"]},
        {"origins": ["https://shop.example/path"]},
        {"origins": "https://shop.example"},
        {"origins": ["http://["]},
        {"bot": "yes"},
        {"idle_minutes": 0},
        {"nonsense": 1},
        {"invitations": [{"id": "a", "text": "Hi"}]},
        {"invitations": [{"id": "a", "rule": "page +", "text": "Hi"}]},
        {"invitations": [{"id": "a", "rule": "weather == 'rain'", "text": "Hi"}]},
        {"invitations": [{"id": "a", "rule": "page > 3", "text": "Hi"}]},
        {"invitations": [{"id": "a", "rule": "visits + 1", "text": "Hi"}]},
        {"invitations": [{"id": "a", "rule": "true", "text": "Hi"}] * 2},
    ],
)
def test_settings_that_cannot_work_are_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(BadChatSettings):
        chat_channel(bad)


SHOP = {"origins": ["https://shop.example", "https://a.example;script-src", "https://ü.example"]}


@pytest.mark.parametrize(
    ("settings", "origin", "is_admitted"),
    [
        (SHOP, "https://SHOP.example", True),
        (SHOP, "https://chat.desk.example", True),
        (SHOP, "https://evil.example", False),
        (SHOP, "http://[", False),
        (SHOP, "null", False),
        ({}, "https://chat.desk.example", True),
        ({}, "http://[", False),
        ({}, None, True),
        ({"origins": ["*"]}, "http://[", True),
    ],
)
def test_pages_of_the_settings_and_our_own_are_admitted(
    settings: dict[str, Any], origin: str | None, is_admitted: bool
) -> None:
    assert chat_channel(settings).admits(origin, "chat.desk.example") == is_admitted


@pytest.mark.parametrize(
    ("settings", "ancestors"),
    [({}, "'self'"), (SHOP, "'self' https://shop.example"), ({"origins": ["*"]}, "'self' *")],
)
def test_the_pages_that_may_embed_ours_are_those_of_the_settings(
    settings: dict[str, Any], ancestors: str
) -> None:
    assert chat_channel(settings).frame_ancestors == ancestors


def test_the_first_invitation_whose_rule_holds_and_that_is_new_is_chosen() -> None:
    rule = "page.contains('/pricing') && time_on_page > 30 && agents_available > 0"
    channel = chat_channel(
        {
            "invitations": [
                {"id": "never", "rule": "1 / (visits - 7) > 0", "text": "No"},
                {"id": "pricing", "rule": rule, "text": "May we help?"},
            ]
        }
    )
    visit = Visit("https://shop.example/pricing", "", 31, 7, "en")
    chosen = choose_invitation(channel, visit, 1, {})
    assert chosen is not None
    assert chosen.id == "pricing"
    assert choose_invitation(channel, visit, 0, {}) is None
    assert choose_invitation(channel, visit, 1, {"pricing": "dismissed"}) is None


def test_a_pass_is_read_back_until_it_is_over_and_by_its_own_key_only() -> None:
    given_pass = SessionPass("demo", "web", uuid4(), NOW)
    token = sign_session(KEY, given_pass)
    month = timedelta(days=30)
    assert read_session(KEY, token, NOW, month) == given_pass
    assert read_session(KEY, token, NOW + timedelta(days=31), month) is None
    assert read_session(b"o" * 32, token, NOW, month) is None


def test_a_pass_for_a_file_is_none_for_a_session() -> None:
    file = File("a.png", Blob("ingest/demo/ab", 3, "ab", "image/png"))
    token = sign_file(KEY, FilePass("demo", UUID(int=1), file, NOW))
    assert read_file(KEY, token, NOW) is not None
    assert read_file(KEY, token, NOW + timedelta(seconds=2)) is None
    assert read_session(KEY, token, NOW, timedelta(days=1)) is None


@given(st.text(max_size=100))
def test_no_text_but_a_signed_one_is_a_pass(text: str) -> None:
    assert read_session(KEY, text, NOW, timedelta(days=1)) is None
    assert read_file(KEY, text, NOW) is None
