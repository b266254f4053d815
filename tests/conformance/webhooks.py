"""The reference webhooks: what of them is a message or a delivery, and what is ignored by name."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from services.ingest.domain.providers import line, whatsapp
from services.ingest.domain.providers.found import Found, Ignored
from tests.conformance.mails import DATA

READERS = {"whatsapp": whatsapp.read, "line": line.read}


def bodies(network: str, data: Path = DATA) -> Iterator[tuple[str, Any]]:
    """Each body with its name; a file of WhatsApp's holds several, by what they are."""
    for file in sorted((data / "webhooks" / network).glob("*.json")):
        given = json.loads(file.read_text(encoding="utf-8"))
        if network == "line":
            yield file.stem, given
            continue
        for name, body in given.items():
            yield f"{file.stem}/{name}", body


def found(network: str, data: Path = DATA) -> Iterator[Found]:
    """What the bodies of a network hold."""
    for _name, body in bodies(network, data):
        yield from READERS[network](body)


def is_understood(one: Found) -> bool:
    """Whether it is a message, a status, or ignored for what it is, not for what it lacks."""
    return not (isinstance(one, Ignored) and ("without" in one.name or one.name == "unnamed"))
