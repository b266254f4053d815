"""Tickets for tests of the rules."""

from datetime import UTC, datetime
from uuid import UUID

from services.router.domain.tickets import Customer, Ticket, blank

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


def ticket(number: int = 1, **fields: object) -> Ticket:
    """A ticket that has just been opened, with other values where they are given."""
    made = blank(
        tenant="demo", id=UUID(int=number), conversation_id=UUID(int=1000 + number),
        channel="email", subject="Hello", customer=Customer("Ana", "ana@customer.example"),
        team="support", opened_at=NOW, now=NOW,
    )  # fmt: skip
    for name, value in {"number": number, **fields}.items():
        setattr(made, name, value)
    return made
