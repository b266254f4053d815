"""The description of an API: what its readers can rely on."""

from typing import Any

import pytest

from shared.service import Service, create_app


@pytest.fixture
def description(service: Service) -> dict[str, Any]:
    return create_app(service).openapi()


def operations(description: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        f"{method.upper()} {path}": operation
        for path, methods in description["paths"].items()
        for method, operation in methods.items()
    }


def test_every_operation_but_health_names_its_scopes(description: dict[str, Any]) -> None:
    found = operations(description)
    assert found["POST /v1/notes"]["security"] == [{"Bearer": ["tickets:write"]}]
    resume = found["POST /v1/partitions/{consumer}/{topic}/{partition}/resume"]
    assert resume["security"] == [{"Bearer": ["operations:write", "platform:operate"]}]
    assert "operations:write and platform:operate" in resume["description"]
    open_ones = {name for name, operation in found.items() if "security" not in operation}
    assert open_ones == {"GET /live", "GET /ready", "GET /metrics"}
    assert list(description["components"]["securitySchemes"]) == ["Bearer"]


def test_errors_are_described_as_problems(description: dict[str, Any]) -> None:
    for name, operation in operations(description).items():
        for status, response in operation["responses"].items():
            if status[0] in "45" and name != "GET /ready":
                assert list(response["content"]) == ["application/problem+json"], (name, status)
    assert "HTTPValidationError" not in description["components"]["schemas"]


def test_every_operation_says_what_it_does(description: dict[str, Any]) -> None:
    silent = [
        name
        for name, operation in operations(description).items()
        if "/notes" not in name and not operation.get("description")
    ]
    assert silent == []
