"""The demo tenant is what the README promises."""

import json
from collections import Counter
from typing import Any

import pytest

from deploy.local.demo import DATA


@pytest.fixture(scope="module")
def demo() -> dict[str, Any]:
    """The demo tenant's data."""
    loaded: dict[str, Any] = json.loads(DATA.read_text())
    return loaded


def test_it_has_two_teams_and_six_agents_who_work_in_them(demo: dict[str, Any]) -> None:
    teams = {team["key"] for team in demo["teams"]}
    assert len(teams) == 2
    assert len({agent["id"] for agent in demo["agents"]}) == 6
    assert {team for agent in demo["agents"] for team in agent["teams"]} == teams


def test_every_language_of_the_tenant_has_an_agent_and_an_article(demo: dict[str, Any]) -> None:
    languages = Counter(article["language"] for article in demo["articles"])
    assert languages.total() == 8
    assert set(languages) == set(demo["tenant"]["languages"])
    assert set(languages) <= {spoken for agent in demo["agents"] for spoken in agent["languages"]}


def test_each_article_says_enough_to_answer_a_question(demo: dict[str, Any]) -> None:
    for article in demo["articles"]:
        assert len(article["body"].encode()) > 500, article["title"]
