"""Errors as callers see them: problem details that say what to do."""

import logging
from collections.abc import AsyncIterator
from typing import Annotated

import httpx
import pytest
from fastapi import Path, Query
from pydantic import BaseModel, Field
from sqlalchemy.exc import DBAPIError

from shared.service.api import Api
from shared.service.paging import AskedPage
from shared.service.problems import Conflict, NotFound, Problem, Unavailable
from tests.shared.service.answers import problem_of


class Person(BaseModel):
    name: str = Field(min_length=1)


class Order(BaseModel):
    customer: Person
    lines: list[Person] = []


class SqlError(Exception):
    def __init__(self, sqlstate: str) -> None:
        self.sqlstate = sqlstate


@pytest.fixture
def app() -> Api:
    app = Api.bare("test", "for tests", body_limit=4096)

    @app.post("/v1/orders", status_code=201)
    async def order(order: Order, urgent: Annotated[int, Query(le=3)] = 0) -> dict[str, str]:
        return {"name": order.customer.name}

    @app.get("/v1/orders/{number}")
    async def show(number: Annotated[int, Path(ge=1)]) -> dict[str, int]:
        raise NotFound("order", number)

    @app.get("/v1/list")
    async def many(asked: AskedPage) -> dict[str, int]:
        return {"limit": asked.limit}

    @app.get("/v1/broken")
    async def broken() -> None:
        raise RuntimeError("a customer's words")

    @app.get("/v1/sql/{state}")
    async def sql(state: str) -> None:
        raise DBAPIError("SELECT", {}, SqlError(state))

    @app.get("/v1/away")
    async def away() -> None:
        raise ConnectionRefusedError

    @app.get("/v1/problem")
    async def problem() -> None:
        raise Problem(418, "Teapot", "Ask for coffee elsewhere.", hint="tea", headers={"X-A": "b"})

    return app


@pytest.fixture
async def client(app: Api) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


async def test_a_problem_shows_all_that_it_was_given(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/problem")
    assert problem_of(answer, 418) == {
        "type": "urn:deskstream:problem:teapot",
        "title": "Teapot",
        "status": 418,
        "detail": "Ask for coffee elsewhere.",
        "hint": "tea",
    }
    assert answer.headers["x-a"] == "b"


async def test_every_answer_carries_a_request_id(client: httpx.AsyncClient) -> None:
    minted = (await client.get("/v1/list")).headers["x-request-id"]
    assert len(minted) == 36
    for sent, kept in (("abc-1", True), ("x" * 65, False), ("a b", False)):
        answer = await client.get("/v1/list", headers={"x-request-id": sent})
        assert (answer.headers["x-request-id"] == sent) is kept


async def test_malformed_json_is_a_422_that_says_where(client: httpx.AsyncClient) -> None:
    headers = {"content-type": "application/json"}
    answer = await client.post("/v1/orders", content=b'{"customer": {"name": }', headers=headers)
    (error,) = problem_of(answer, 422)["errors"]
    assert error["pointer"] == "#"
    assert "character 22" in error["detail"]


@pytest.mark.parametrize("body", [b'{"customer": "\xff\xfe"}', b"[" * 3000])
async def test_json_that_no_parser_takes_is_a_422(client: httpx.AsyncClient, body: bytes) -> None:
    headers = {"content-type": "application/json"}
    problem_of(await client.post("/v1/orders", content=body, headers=headers), 422)


async def test_every_wrong_field_is_pointed_at(client: httpx.AsyncClient) -> None:
    body = {"customer": {"name": ""}, "lines": [{"name": "a"}, {}]}
    answer = await client.post("/v1/orders?urgent=9", json=body)
    errors = problem_of(answer, 422)["errors"]
    assert {error.get("pointer") or error["parameter"] for error in errors} == {
        "#/customer/name",
        "#/lines/1/name",
        "urgent",
    }


async def test_no_body_is_a_422(client: httpx.AsyncClient) -> None:
    (error,) = problem_of(await client.post("/v1/orders"), 422)["errors"]
    assert error["pointer"] == "#"


async def test_what_was_sent_is_not_shown_again(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/orders", json={"customer": {"name": ["hush"]}})
    assert "hush" not in str(problem_of(answer, 422))


@pytest.mark.parametrize("media_type", ["text/plain", "application/xml", "multipart/form-data"])
async def test_another_media_type_is_a_415(client: httpx.AsyncClient, media_type: str) -> None:
    answer = await client.post("/v1/orders", content=b"x=1", headers={"content-type": media_type})
    assert "application/json" in problem_of(answer, 415)["detail"]


async def test_a_vendors_json_is_json(client: httpx.AsyncClient) -> None:
    headers = {"content-type": "application/vnd.shop+json; charset=utf-8"}
    body = '{"customer":{"name":"Ü"}}'.encode()
    answer = await client.post("/v1/orders", content=body, headers=headers)
    assert answer.json() == {"name": "Ü"}


async def test_unknown_paths_and_methods_say_what_there_is(client: httpx.AsyncClient) -> None:
    assert "/docs" in problem_of(await client.get("/v1/nothing"), 404)["detail"]
    answer = await client.delete("/v1/orders")
    assert "POST" in problem_of(answer, 405)["detail"]
    assert answer.headers["allow"] == "POST"


async def test_what_is_not_there_is_named(client: httpx.AsyncClient) -> None:
    assert "order 7" in problem_of(await client.get("/v1/orders/7"), 404)["detail"]


async def test_a_forged_cursor_is_a_422(client: httpx.AsyncClient) -> None:
    problem_of(await client.get("/v1/list", params={"cursor": "forged!"}), 422)


async def test_our_own_mistakes_are_a_500_that_tells_nothing(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        answer = await client.get("/v1/broken", headers={"x-request-id": "r-1"})
    assert "words" not in answer.text
    assert problem_of(answer, 500)["request_id"] == "r-1"
    assert any(record.exc_info for record in caplog.records)


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("57P01", 503),
        ("53300", 503),
        ("40P01", 503),
        ("23505", 409),
        ("22021", 422),
        ("22003", 422),
        ("22000", 422),
    ],
)
async def test_database_errors_say_whose_turn_it_is(
    client: httpx.AsyncClient, state: str, status: int
) -> None:
    problem_of(await client.get(f"/v1/sql/{state}"), status)


async def test_an_unexplained_database_error_is_our_mistake(client: httpx.AsyncClient) -> None:
    problem_of(await client.get("/v1/sql/42P01"), 500)


async def test_a_service_that_is_away_says_when_to_come_again(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/away")
    problem_of(answer, 503)
    assert answer.headers["retry-after"] == "1"


def test_helpers_say_their_status() -> None:
    assert Conflict("Reopen it first.").status_code == 409
    assert Unavailable("Wait.", retry_after=7).headers == {"Retry-After": "7"}
