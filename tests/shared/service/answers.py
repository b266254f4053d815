"""What tests expect of answers."""

from typing import Any

import httpx


def problem_of(answer: httpx.Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert problem["status"] == status
    assert problem["type"].startswith("urn:deskstream:problem:")
    assert problem["title"]
    assert problem["detail"]
    return problem
