"""The clock of the process, for the edge alone."""

from datetime import UTC, datetime


def wall_clock() -> datetime:
    """Now, UTC, by this machine: for how long a token or a link is good, as auth does.

    What is stored, ordered or due goes by the database's time, which use cases are given as `now`.
    """
    return datetime.now(UTC)
