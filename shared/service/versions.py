"""ETag and If-Match by entity version: nobody overwrites a change that they have not seen."""

from __future__ import annotations

import re
from typing import Final

from shared.service.problems import Invalid, Problem

_ETAG: Final = re.compile(r'"(\d{1,18})"')


class PreconditionFailed(Problem):
    """412: the entity has changed since the caller read it; `version` is where it stands now."""

    def __init__(self, version: int) -> None:
        super().__init__(
            412,
            "Changed meanwhile",
            "Someone changed this since you read it. Read it again and repeat your change.",
            headers={"ETag": etag(version)},
            version=version,
        )


def etag(version: int) -> str:
    """The ETag of an entity at a version."""
    return f'"{version}"'


def parse_if_match(sent: str | None) -> int | None:
    """The version that an If-Match header names; None for no condition (no header, or `*`).

    Raises a 422 for text that is no ETag of ours.
    """
    if sent is None or sent.strip() == "*":
        return None
    found = _ETAG.fullmatch(sent.strip())
    if found is None:
        raise Invalid('If-Match must be the ETag of one of our answers, such as "17", or *.')
    return int(found[1])
