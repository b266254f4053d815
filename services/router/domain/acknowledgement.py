"""The text that tells a customer the number of their ticket and when they will hear from us."""

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip


def acknowledgement(number: int, company: str, promised: datetime | None, zone: str) -> str:
    """The acknowledgement; without `promised` it names no time. zone: the company's IANA zone."""
    paragraphs = [
        "Thank you for your message.",
        f"It has the number {number}. Please quote it if you ask us about it.",
    ]
    if promised is not None:
        paragraphs.append(f"You will have our answer by {readable(promised, zone)}.")
    return "\n\n".join([*paragraphs, company]) + "\n"


def readable(moment: datetime, zone: str) -> str:
    """A time as people write it, with its zone: `23 November 2026, 14:05 (Europe/Berlin)`.

    Cut to the minute, so that no promise is told later than it is; an unknown zone becomes UTC.
    """
    try:
        local = moment.astimezone(ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        local, zone = moment.astimezone(ZoneInfo("UTC")), "UTC"
    return f"{local.day} {_MONTHS[local.month - 1]} {local.year}, {local:%H:%M} ({zone})"
