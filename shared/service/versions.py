"""ETag and If-Match by entity version: nobody overwrites a change that they have not seen."""

from __future__ import annotations

from shared.service.problems import Problem


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
    """The version that an If-Match header names; None for no condition (no header, or `*`)."""
    return None if sent is None or sent == "*" else int(sent.strip('"'))
