"""Logs: JSON lines without secrets and without what customers wrote."""

import io
import json
import logging
from typing import Any

import pytest

from shared.service.logs import JsonLines


@pytest.fixture
def log() -> Any:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines("post"))
    logger = logging.Logger("test", logging.DEBUG)
    logger.addHandler(handler)
    logger.lines = lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    return logger


def test_a_line_has_time_level_service_event_and_fields(log: Any) -> None:
    log.info("assigned", extra={"count": 3, "tickets": ["a", "b"], "took": 0.5})
    (line,) = log.lines()
    assert (line["level"], line["service"], line["event"]) == ("INFO", "post", "assigned")
    assert (line["count"], line["tickets"], line["took"]) == (3, ["a", "b"], 0.5)
    assert line["time"].endswith("+00:00")


@pytest.mark.parametrize(
    "text",
    [
        "token eyJhbGciOiJFZDI1NTE5In0.eyJzdWIiOiJhIn0.c2lnbmF0dXJl",
        "connecting to postgresql://router:c2lnbmF0dXJl@db/router",
        "sent Authorization: Bearer c2lnbmF0dXJlc2lnbmF0dXJl",
        "-----BEGIN PRIVATE KEY-----\nc2lnbmF0dXJl\n-----END PRIVATE KEY-----",
    ],
)
def test_secrets_in_texts_are_replaced(log: Any, text: str) -> None:
    log.info(text)
    log.info("nested", extra={"deep": {"list": [text]}})
    assert "c2lnbmF0dXJl" not in json.dumps(log.lines())


def test_fields_named_like_secrets_are_replaced(log: Any) -> None:
    log.info("x", extra={"sasl_password": "hush", "outer": {"api_key": "hush"}, "Cookie": ["hush"]})
    assert "hush" not in json.dumps(log.lines())


def test_an_exception_says_where_and_what_kind_but_not_what_it_quotes(log: Any) -> None:
    try:
        int("words of a customer")
    except ValueError:
        log.exception("failed")
    (line,) = log.lines()
    assert "words" not in json.dumps(line)
    assert any("test_logs.py" in frame for frame in line["exception"])
    assert line["exception"][-1].startswith("ValueError")


def test_a_line_stays_a_line_whatever_the_text(log: Any) -> None:
    log.info("first\nsecond\u2028third \ud800")
    assert len(log.lines()) == 1
