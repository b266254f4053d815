"""Webhooks that nobody here wrote: every person's message, every status, the rest by name."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.ingest.domain.providers import line, whatsapp
from services.ingest.domain.providers.found import Found, Ignored, Post, Status
from services.ingest.domain.social import revision

DATA = Path(__file__).parents[3] / "shared" / "data" / "webhooks"

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"no reference webhooks at {DATA}")


def bodies(network: str) -> Iterator[tuple[str, Any]]:
    """Each body with its name; a file of WhatsApp's holds several, by what they are."""
    for file in sorted((DATA / network).glob("*.json")):
        given = json.loads(file.read_text())
        if network == "line":
            yield file.stem, given
            continue
        for name, body in given.items():
            yield f"{file.stem}/{name}", body


def found(network: str) -> Iterator[tuple[str, Found]]:
    read = {"whatsapp": whatsapp.read, "line": line.read}[network]
    for name, body in bodies(network):
        yield from ((name, one) for one in read(body))


def told(network: str) -> dict[str, Any]:
    every = [one for _name, one in found(network)]
    posts = {(one.thread, one.id, revision(one)) for one in every if isinstance(one, Post)}
    return {
        "posts": sum(isinstance(one, Post) for one in every),
        "different posts": len(posts),
        "statuses": Counter(one.kind for one in every if isinstance(one, Status)),
        "ignored": Counter(one.name for one in every if isinstance(one, Ignored)),
    }


@pytest.mark.parametrize("network", ["whatsapp", "line"])
def test_reference_webhooks_say_nothing_that_is_not_understood(network: str) -> None:
    counts = told(network)
    print(f"\n{network}: {counts}")
    assert counts["posts"] > 0
    assert "unnamed" not in counts["ignored"]
    assert not [name for name in counts["ignored"] if "without" in name]
